"""Settings of all tests. Fixtures stand beside the tests that use them."""

from __future__ import annotations

from hypothesis import settings

# No deadline: how long one example takes says more of the machine's other work than of the code. A failure
# prints what reproduces it, since the example database stays behind on the machine that found it.
settings.register_profile("auditor", deadline=None, print_blob=True)
settings.load_profile("auditor")
