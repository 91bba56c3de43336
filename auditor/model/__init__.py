"""The frozen values that pass between the stages: snapshot, coverage, finding, drift, result.

No I/O, no network, no clock. Imports nothing of the project outside this room.
"""
