"""Signing in to a tenant and asking Graph one question that needs no permission: what ``doctor`` looks at.

It reads nothing of the tenant itself. Whatever goes wrong comes back as a value, with what went well before it.
"""

from collections.abc import Mapping

from msgspec import Struct

from auditor.graph import reads
from auditor.graph.client import TenantClient
from auditor.graph.collect import Target, utc_now
from auditor.graph.credentials import check_secret, new_credential
from auditor.graph.errors import GraphRoomError, SetupError
from auditor.graph.permissions import TokenClaims
from auditor.graph.retry import Budget
from auditor.graph.signin import authentication, first_token
from auditor.graph.transport import AiohttpTransport, ReadOnlyTransport, new_session, tls_context
from auditor.model.evidence import Unknown


class Probed(Struct, frozen=True):
    """How far a tenant was reached. ``error`` is what stopped the credential or the sign-in."""

    credential_ready: bool
    signed_in: bool = False
    claims: TokenClaims | None = None
    error: GraphRoomError | None = None
    graph_cause: str | None = None
    """Why Graph gave no answer, where it did not."""


async def probe(target: Target, template: str, environ: Mapping[str, str], budget_s: float) -> Probed:
    """Reach ``target``; ``template`` is the gallery entry that is looked up."""
    try:
        check_secret(target.credential, target.name, environ)
        credential = new_credential(
            target.credential,
            tenant_id=target.tenant_id,
            client_id=target.client_id,
            cloud=target.cloud,
            environ=environ,
        )
    except GraphRoomError as error:
        return Probed(credential_ready=False, error=error)
    except (ValueError, OSError) as error:
        return Probed(credential_ready=False, error=SetupError(f"The credential cannot be used: {str(error)[:200]}"))
    budget = Budget(budget_s)
    try:
        claims = await first_token(credential, target.cloud, target.tenant_id, target.name, budget.remaining)
        async with new_session(tls_context(target.cloud.ca_file), connections=2) as session:
            transport = ReadOnlyTransport(AiohttpTransport(session), target.cloud.graph)
            provider = authentication(credential, target.cloud)
            client = TenantClient(transport, provider, target.cloud.graph, budget, clock=utc_now)
            (reading,) = await client.read([reads.templates(template)])
    except GraphRoomError as error:
        return Probed(credential_ready=True, error=error)
    finally:
        await credential.close()
    cause = reading.cause if isinstance(reading, Unknown) else None
    return Probed(credential_ready=True, signed_in=True, claims=claims, graph_cause=cause)
