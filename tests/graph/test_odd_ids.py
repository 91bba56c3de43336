"""Ids that cannot stand in a request leave a gap: what they name is never passed over in silence."""

import asyncio

import httpx
import msgspec
import pytest
from kiota_abstractions.authentication import AnonymousAuthenticationProvider

from auditor.graph import reads
from auditor.graph.asks import Collected
from auditor.graph.client import TenantClient
from auditor.graph.clouds import BUILT_IN
from auditor.graph.collect import Plan, Target, utc_now
from auditor.graph.credentials import CredentialSpec
from auditor.graph.discovery import FirstAnswers, by_template
from auditor.graph.retry import Budget
from auditor.graph.wire import Found
from auditor.model.evidence import Known, Unknown
from auditor.model.graph_objects import ApplicationTemplate, StsPolicy


def offline() -> TenantClient:
    provider = AnonymousAuthenticationProvider()
    return TenantClient(httpx.AsyncBaseTransport(), provider, "https://graph.microsoft.com", Budget(1), clock=utc_now)


def test_a_template_with_an_odd_id_leaves_discovery_open() -> None:
    client = offline()
    first = FirstAnswers(Known((ApplicationTemplate(id="../x"),)), Known(()), Known(()))
    (found,) = asyncio.run(by_template(client, [first]))
    assert isinstance(found, Unknown)
    assert client.gaps


def test_a_policy_with_an_odd_id_is_kept_with_nobody_known_to_be_covered() -> None:
    client = offline()
    target = Target("t", "contoso", BUILT_IN["global"], None, CredentialSpec("access-token", env="T"))
    plan = Plan(target, {}, client)
    reading = Known(Collected(members=(StsPolicy(id="a/b"),)))
    records = asyncio.run(
        plan._policies(reading, reads.token_issuance_policy_applies_to, "tokenIssuancePolicyAppliesTo")
    )
    assert isinstance(records.value[0].applies_to, Unknown)
    assert client.gaps


@pytest.mark.parametrize("odd", ["", "../x", "a/b", "x" * 129, "a\n"])
def test_a_service_principal_with_an_odd_id_makes_the_answer_invalid(odd: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"id": odd}, Found)
    assert msgspec.convert({"id": "a-1_B"}, Found).id == "a-1_B"
