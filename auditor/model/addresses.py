"""Whether a text is a mail address at all."""

import re

_ADDRESS = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@(?:[^@\s.\"(),:;<>\[\]\\]{1,63}\.)+[^@\s.\"(),:;<>\[\]\\]{2,63}")


def is_address(text: str) -> bool:
    """True for an address of the usual form, ``local@host.tld``, in any script; no quoted local part, no comment."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None
