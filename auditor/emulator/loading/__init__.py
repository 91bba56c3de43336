"""From a tenant file to a tenant: one file for each kind of object. The format is described in ``tenantfile``."""
