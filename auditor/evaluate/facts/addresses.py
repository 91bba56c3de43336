"""RelayState and reply URLs, judged."""

import ipaddress
from urllib.parse import urlsplit

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import not_understood
from auditor.model.evidence import Unknown


def put_relay_state(evidence: Evidence, context: Context) -> None:
    """``relayState.*``: the address of the product that the configuration declares, and whether it is set."""
    product = context.tenant.product
    if product is None:
        evidence.put("relayState.intended", None)
        evidence.put("relayState.isIntended", False)
        return
    by_fold = {name.casefold(): address for name, address in context.app.products.items()}
    intended = by_fold.get(product.casefold())
    if intended is None:
        cause = f"the rule pack knows no product named {product}"
        evidence.miss("relayState", not_understood("configuration", cause))
        return
    evidence.put("relayState.intended", intended)
    path = "servicePrincipal.samlSingleSignOnSettings.relayState"
    causes = evidence.unknown.get(path) or evidence.unknown.get("servicePrincipal")
    if causes:
        evidence.miss("relayState.isIntended", *causes)
    else:
        evidence.put("relayState.isIntended", evidence.value(path) == intended)


def put_reply_urls(evidence: Evidence, context: Context) -> None:
    """``urls.*``: of both objects, because the service principal's copy is what sign-in uses."""
    urls: set[str] = set()
    gaps: list[Unknown] = []
    for root, path in (
        ("application", "application.web.redirectUris"),
        ("servicePrincipal", "servicePrincipal.replyUrls"),
    ):
        causes = evidence.unknown.get(path) or evidence.unknown.get(root)
        if causes:
            gaps += causes
        else:
            urls |= set(evidence.value(path))
    unsafe = []
    for url in sorted(urls):
        problems = url_problems(url)
        if problems:
            unsafe.append({"url": url, "problems": problems, "label": f"{url} ({', '.join(problems)})"})
    if urls or not gaps:
        evidence.put("urls.present", bool(urls))
    else:
        evidence.miss("urls.present", *gaps)
    evidence.put_list("urls.replyUrls", sorted(urls), gaps)
    evidence.put_list("urls.unsafe", unsafe, gaps)


def url_problems(url: str) -> list[str]:
    """What makes a reply URL unsafe, in words; empty where nothing does."""
    problems: list[str] = []
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return ["not a URL"]
    if parts.scheme.lower() != "https":
        problems.append("not https")
    if "*" in url:
        problems.append("wildcard")
    if not host:
        problems.append("no host")
    elif host == "localhost" or host.endswith((".localhost", ".localdomain")):
        problems.append("localhost")
    elif (address := _ip_address(host)) is not None:
        problems.append("localhost" if address.is_loopback else "IP address")
    return problems


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is in plain form, the old ones included.

    ``127.1``, ``2130706433``, ``0x7f000001``.
    """
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    numbers = [_number(part) for part in host.split(".")]
    known = [number for number in numbers if number is not None]
    if len(known) != len(numbers) or len(known) > 4:
        return None
    *leading, last = known
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(known)):
        return None
    whole = last + sum(number << (8 * (3 - place)) for place, number in enumerate(leading))
    return ipaddress.IPv4Address(whole)


def _number(text: str) -> int | None:
    """A part of an address as browsers read it.

    Decimal, ``0x`` hexadecimal, leading-zero octal (URL Standard, 3.5).
    """
    try:
        if text[:2].lower() == "0x":
            return int(text[2:] or "0", 16)
        if len(text) > 1 and text.startswith("0"):
            return int(text, 8)
        return int(text) if text.isascii() and text.isdigit() else None
    except ValueError:
        return None
