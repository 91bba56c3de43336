"""Python's cyclic garbage collector during a fleet: less often, and not over what stays loaded anyway.

A scan makes many small values and hardly a cycle; by its defaults the collector walks them, and every loaded module,
for a sixth of the CPU. Reference counting frees what a tenant leaves behind all the same, and the settings before come
back at the end.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 50_000
"""Containers made, less those freed, until the young ones are looked at: a few tenants' worth, some megabytes."""


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Within it, collect after :data:`YOUNG` new containers, and leave out what was there before."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
