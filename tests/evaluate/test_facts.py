"""Facts by themselves: addresses, membership rules, certificates in time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evaluate.facts.addresses import url_problems
from auditor.evaluate.facts.certificates import in_words, lifetime_years, validity
from auditor.evaluate.facts.membership import takes_in_everybody

MOMENTS = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    "rule",
    [
        "user.objectId -ne null",
        "(user.objectId -ne $null)",
        "USER.OBJECTID -NE NULL",
        "user.userPrincipalName -ne null",
        "user.displayName -ne null",
        "user.mail -ne null",
        'user.mail -ne ""',
        "user.accountEnabled -eq true",
        "user.accountEnabled -eq $true",
        'user.accountEnabled -eq "True"',
        'user.userType -eq "Member"',
        'user.userType -in ["Member", "Guest"]',
        '(user.objectId -ne null) -and (user.userType -eq "Member")',
        '((user.department -eq "Sales") -or (user.objectId -ne null))',
        'user.department -eq "Sales" or user.accountEnabled -eq true',
        "  ( ( user.objectId   -ne   null ) )  ",
    ],
)
def test_rules_that_take_in_everybody(rule: str) -> None:
    assert takes_in_everybody(rule)


@pytest.mark.parametrize(
    "rule",
    [
        'user.department -eq "Sales"',
        'user.userType -eq "Guest"',
        '(user.department -eq "Sales") -and (user.accountEnabled -eq true)',
        '(user.objectId -ne null) -and ((user.department -eq "Sales") -or (user.city -eq "Oslo"))',
        "user.department -ne null",
        "user.accountEnabled -eq false",
        'user.department -in ["Member", "Guest"]',
        'user.userType -in ["Guest"]',
        'user.userType -notIn ["Member"]',
        'user.department -eq "Member"',
        "user.department -eq true",
        "-not (user.objectId -ne null)",
        "device.objectId -ne null",
        'user.displayName -ne "user.objectId -ne null or user.x"',
        'user.jobTitle -eq "a -or user.objectId -ne null"',
        "user.memberof -any (group.objectId -in ['x'])",
        "",
        "(((",
        ")(",
        '"',
        "user.objectId -ne",
    ],
)
def test_rules_that_do_not(rule: str) -> None:
    assert not takes_in_everybody(rule)


@given(st.text(alphabet="()[],\"'` -aeou.usrnl$", max_size=80))
def test_any_rule_is_read_without_a_crash(rule: str) -> None:
    assert takes_in_everybody(rule) in (True, False)


def test_a_rule_of_any_length_that_the_directory_takes_is_read() -> None:
    clause = "user.objectId -ne null"
    assert takes_in_everybody(clause.rjust(20_000))
    assert not takes_in_everybody(clause.rjust(20_001))


def test_a_rule_nested_too_deeply_is_not_followed() -> None:
    assert not takes_in_everybody("(" * 30_000)
    assert takes_in_everybody("(" * 200 + "user.objectId -ne null" + ")" * 200)


@pytest.mark.parametrize(
    ("url", "problems"),
    [
        ("https://sso.contoso.com/acs", []),
        ("HTTPS://SSO.CONTOSO.COM", []),
        ("https://sso.contoso.com:8443/acs", []),
        ("https://10.contoso.com/", []),
        ("https://deadbeef.contoso.com/", []),
        ("http://sso.contoso.com", ["not https"]),
        ("ftp://sso.contoso.com", ["not https"]),
        ("sso.contoso.com", ["not https", "no host"]),
        ("https://*.contoso.com", ["wildcard"]),
        ("https://sso.contoso.com/*", ["wildcard"]),
        ("http://*", ["not https", "wildcard"]),
        ("https://localhost", ["localhost"]),
        ("https://LOCALHOST.:3000", ["localhost"]),
        ("https://app.localhost/", ["localhost"]),
        ("https://app.localdomain/", ["localhost"]),
        ("https://127.0.0.1%25eth0/", ["localhost"]),
        ("https://127.0.0.1", ["localhost"]),
        ("https://127.1", ["localhost"]),
        ("https://2130706433", ["localhost"]),
        ("https://0x7f.0.0.1", ["localhost"]),
        ("https://[::1]/", ["localhost"]),
        ("https://192.0.2.1/acs", ["IP address"]),
        ("https://255.255.255.255/", ["IP address"]),
        ("https://256.0.0.1/", []),
        ("https://192.0.2.255/", ["IP address"]),
        ("https://192.0.2.256/", []),
        ("https://192.0.65535/", ["IP address"]),
        ("https://192.0.65536/", []),
        ("https://4294967295/", ["IP address"]),
        ("https://4294967296/", []),
        ("https://0300.0.2.1/acs", ["IP address"]),
        ("https://0x.0.0.1/", ["IP address"]),
        ("https://0177.0.0.1/", ["localhost"]),
        ("https://08.0.0.1/", []),
        ("https://0xff.0x0.2.1/acs", ["IP address"]),
        ("https://1_0/", []),
        ("https://1.2.3.4.0/", []),
        ("https://192.0.2.\u0661/", []),
        ("https://[2001:db8::1]:8443/", ["IP address"]),
        ("https://[fe80::1%25eth0]/", ["IP address"]),
        ("https://[", ["not a URL"]),
        ("", ["not https", "no host"]),
    ],
)
def test_url_problems(url: str, problems: list[str]) -> None:
    assert url_problems(url) == problems


@given(st.text(max_size=60))
def test_any_url_is_judged_without_a_crash(url: str) -> None:
    assert isinstance(url_problems(url), list)


@given(begin=MOMENTS, end=MOMENTS, now=MOMENTS)
@pytest.mark.fault(20)
def test_validity_is_told_for_any_dates(begin: datetime, end: datetime, now: datetime) -> None:
    state = validity(begin, end, now)
    assert (state == "valid") == (begin <= now < end)
    assert (state == "expired") == (now >= end)


def test_validity_without_a_date_is_told_where_the_other_decides() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert validity(None, now, now) == "expired"
    assert validity(now + timedelta(1), None, now) == "not-yet-valid"
    assert validity(None, now + timedelta(1), now) is None
    assert validity(now, None, now) is None


@pytest.mark.parametrize(
    ("begin", "end", "years"),
    [
        ("2025-01-01", "2028-01-01", 3),
        ("2025-01-01", "2028-01-02", 3),
        ("2025-01-01", "2028-01-03", 4),
        ("2024-02-29", "2027-02-28", 3),
        ("2024-02-29", "2027-03-01", 3),
        ("2024-02-29", "2027-03-02", 4),
        ("2025-01-01", "2025-01-02", 0),
        ("2025-01-01", "2025-06-01", 1),
        ("2025-01-01", "2024-01-01", 0),
        ("9999-01-01", "9999-12-31", 0),
    ],
)
@pytest.mark.fault(20)
def test_lifetime_in_calendar_years(begin: str, end: str, years: int) -> None:
    dates = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (begin, end))
    assert lifetime_years(*dates) == years


@given(begin=MOMENTS, end=MOMENTS)
@pytest.mark.fault(20)
def test_lifetime_is_told_for_any_dates(begin: datetime, end: datetime) -> None:
    years = lifetime_years(begin, end)
    assert years >= 0
    assert years >= (end - begin).days / 366 - 1.1


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (28, "expires 2026-12-20, in 28 days"),
        (1, "expires 2026-11-23, in 1 day"),
        (0.2, "expires 2026-11-22, in less than a day"),
        (0, "expired 2026-11-22, less than a day ago"),
        (-2, "expired 2026-11-20, 2 days ago"),
        (-1.5, "expired 2026-11-21, 1 day ago"),
        (5000, "expires 2040-07-31, in 5,000 days"),
    ],
)
def test_expiry_in_words(days: float, words: str) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert in_words(now + timedelta(days=days), now) == words
