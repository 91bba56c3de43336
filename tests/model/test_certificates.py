"""Grouping the three objects of one SAML certificate, in both forms of customKeyIdentifier."""

import base64
import hashlib
import random

from auditor.model.certificates import active_certificate, group_credentials
from auditor.model.graph_objects import X509, KeyCredential, PasswordCredential

THUMBPRINT = "DA20FCA696C4F83E8A9AED59BE33368ED421F3C1"
OTHER = "A7D3C4626B8A84FDA868CCC67D274D402FFD0A10"


def identifier(thumbprint: str, *, hashed: bool) -> str:
    raw = hashlib.sha256(thumbprint.encode()).digest() if hashed else bytes.fromhex(thumbprint)
    return base64.b64encode(raw).decode()


def parts(thumbprint: str, name: str, *, hashed: bool = False) -> tuple[list[KeyCredential], list[PasswordCredential]]:
    shared = identifier(thumbprint, hashed=hashed)
    keys = [
        KeyCredential(
            key_id=f"{name}-{usage}", usage=usage, custom_key_identifier=shared, end_date_time="2027-01-01T00:00:00Z"
        )
        for usage in ("Sign", "Verify")
    ]
    return keys, [PasswordCredential(key_id=f"{name}-password", custom_key_identifier=shared)]


def test_one_certificate_is_three_objects_and_no_leaked_secret() -> None:
    for hashed in (False, True):
        keys, passwords = parts(THUMBPRINT, "a", hashed=hashed)
        groups = group_credentials(keys, passwords, THUMBPRINT)
        assert len(groups.certificates) == 1
        assert groups.certificates[0].thumbprint == THUMBPRINT
        assert (groups.stray_keys, groups.stray_passwords) == ((), ())


def test_a_hashed_identifier_with_no_key_and_no_thumbprint_is_known_by_its_identifier() -> None:
    keys, passwords = parts(THUMBPRINT, "a", hashed=True)
    (group,) = group_credentials(keys, passwords).certificates
    assert group.thumbprint is None
    assert group.identity == hashlib.sha256(THUMBPRINT.encode()).hexdigest().upper()


def test_a_lone_verify_key_and_a_lone_password_are_strays() -> None:
    keys, passwords = parts(THUMBPRINT, "a")
    lone = KeyCredential(key_id="lone", usage="Verify", custom_key_identifier=identifier(OTHER, hashed=False))
    secret = PasswordCredential(key_id="secret", custom_key_identifier=None)
    groups = group_credentials([*keys, lone], [*passwords, secret])
    assert [key.key_id for key in groups.stray_keys] == ["lone"]
    assert [password.key_id for password in groups.stray_passwords] == ["secret"]


def test_order_does_not_matter() -> None:
    keys, passwords = parts(THUMBPRINT, "a")
    more_keys, more_passwords = parts(OTHER, "b", hashed=True)
    credentials = [*keys, *more_keys]
    expected = group_credentials(credentials, [*passwords, *more_passwords], OTHER)
    for seed in range(10):
        random.Random(seed).shuffle(credentials)  # noqa: S311 - a reproducible order
        assert group_credentials(credentials, [*more_passwords, *passwords], OTHER) == expected


def test_the_active_certificate() -> None:
    keys, passwords = parts(THUMBPRINT, "a")
    more_keys, more_passwords = parts(OTHER, "b")
    two = group_credentials([*keys, *more_keys], [*passwords, *more_passwords]).certificates
    one = group_credentials(keys, passwords).certificates
    preferred = active_certificate(two, OTHER.lower())
    assert preferred is not None
    assert preferred.thumbprint == OTHER
    assert active_certificate(two, None) is None
    assert active_certificate(two, "00" * 20) is None
    assert active_certificate(one, None) == one[0]
    assert active_certificate(one, "") == one[0]
    assert active_certificate((), None) is None


def test_identifiers_that_are_no_base64_group_with_nothing() -> None:
    odd = [
        KeyCredential(key_id=str(n), usage="Sign", custom_key_identifier=text)
        for n, text in enumerate(["%%", "", None])
    ]
    assert len(group_credentials(odd, []).stray_keys) == 3


def certificate(thumbprint: str) -> X509:
    return X509(
        thumbprint=thumbprint, sha256="00" * 32, subject="CN=a", not_before="2025-01-01T00:00:00Z",
        not_after="2027-01-01T00:00:00Z", key_algorithm="RSA", key_bits=2048, curve=None, signature_hash="sha256",
    )  # fmt: skip


def test_what_shares_an_identifier_of_any_form_with_a_given_certificate_belongs_to_it() -> None:
    for odd in (b"\x00\x01\x02", bytes(20), bytes(32)):
        shared = base64.b64encode(odd).decode()
        sign = KeyCredential(key_id="s", usage="Sign", custom_key_identifier=shared, certificate=certificate(OTHER))
        verify = KeyCredential(key_id="v", usage="Verify", custom_key_identifier=shared, certificate=None)
        groups = group_credentials(
            [sign, verify], [PasswordCredential(key_id="p", custom_key_identifier=shared)], THUMBPRINT
        )
        assert [group.thumbprint for group in groups.certificates] == [OTHER]
        assert (groups.stray_keys, groups.stray_passwords) == ((), ())


def test_an_identifier_that_two_certificates_share_tells_neither() -> None:
    shared = base64.b64encode(b"\x00\x01\x02").decode()
    keys = [
        KeyCredential(
            key_id=thumbprint, usage="Sign", custom_key_identifier=shared, certificate=certificate(thumbprint)
        )
        for thumbprint in (THUMBPRINT, OTHER)
    ]
    groups = group_credentials(keys, [PasswordCredential(key_id="p", custom_key_identifier=shared)])
    assert [group.thumbprint for group in groups.certificates] == [OTHER, THUMBPRINT]
    assert [password.key_id for password in groups.stray_passwords] == ["p"]
