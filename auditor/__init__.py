"""Compliance audit and drift report for SAML single sign-on in Microsoft Entra ID.

The package root holds the version alone: importing it must stay free of cost, so nothing is imported here.
"""

__version__ = "0.1.0"
