"""The emulator as a program uses it: tenants in, two loopback servers in a background thread, handles to everything."""

import asyncio
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn

from auditor.emulator import tls as certificates_of_server
from auditor.emulator.directory import Client, Tenant
from auditor.emulator.errors import EmulatorError
from auditor.emulator.faults import Faults, FaultScript
from auditor.emulator.microsoft_graph import grant_roles
from auditor.emulator.phases import PhaseError, apply_phase
from auditor.emulator.requestlog import Entry, RequestLog
from auditor.emulator.service import GraphService
from auditor.emulator.signin import IdentityService, SignInService
from auditor.emulator.tenantfile import load_samples, load_tenants
from auditor.emulator.throttle import Throttle
from auditor.emulator.tokens import LIFETIME_S, AccessTokens, Signer
from auditor.emulator.wire import Answer, Middleware, Request, Wire

GRAPH_AUDIENCES = (
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://dod-graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
    "00000003-0000-0000-c000-000000000000",
)
_START_TIMEOUT_S = 30
_T = TypeVar("_T")


class Emulator:
    """Microsoft Graph v1.0 and Entra sign-in on loopback.

    ``tenants`` is a YAML file, a folder of such files, a list of either, tenants already made, or None for the samples
    of the package. Graph listens on ``port`` (0: a free one) in plain HTTP, or TLS with ``tls``; sign-in listens on
    ``signin_port`` always in TLS, with a certificate whose authority is written to ``ca_file``. ``now`` is the clock
    of the directory (audit retention, times of writes); tokens and page tokens live by the real one. A ``reproducible``
    emulator gives the same request ids and, save links to further pages, the same bodies in every run.

    Use it as a context manager, or call ``start`` and ``stop``.
    """

    def __init__(
        self,
        tenants: Path | str | Sequence[Path | str | Tenant] | None = None,
        *,
        tls: bool = False,
        latency_ms: float = 0,
        writable: bool = False,
        throttle: bool = False,
        log_file: Path | None = None,
        port: int = 0,
        signin_port: int = 0,
        ca_file: Path | None = None,
        skip_token_lifetime_s: float | None = None,
        reproducible: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.tenants: list[Tenant] = _tenants_of(tenants)
        self._by_id = {tenant.id: tenant for tenant in self.tenants}
        self.middleware: Middleware | None = None
        """Stands between the wire and both services; may be set and taken away while serving."""
        self.identity_header = secrets.token_hex(16)
        """What ``IDENTITY_HEADER`` must be for the managed identity endpoint."""
        self.now = now
        self._sockets = _listen(port, signin_port)
        self._folder = tempfile.TemporaryDirectory(prefix="auditor-emulator-")
        self._material = certificates_of_server.make(Path(self._folder.name), ca_file)
        self._log = RequestLog(log_file)
        graph_port, authority_port = (one.getsockname()[1] for one in self._sockets)
        scheme = "https" if tls else "http"
        self.graph_url = f"{scheme}://127.0.0.1:{graph_port}"
        """Scheme and host of Graph, without a path."""
        self.authority_url = f"https://127.0.0.1:{authority_port}"
        """Scheme and host of sign-in, without a path."""
        own = (f"{scheme}://{host}:{graph_port}" for host in ("127.0.0.1", "localhost"))
        self._tokens = AccessTokens((*GRAPH_AUDIENCES, *own))
        self._workload = Signer()
        self._graph = GraphService(
            self._by_id,
            self._tokens,
            now=lambda: self.now(),
            writable=writable,
            throttle=Throttle() if throttle else None,
            skip_token_lifetime_s=skip_token_lifetime_s,
            reproducible=reproducible,
        )
        identity = IdentityService(self.find, self._tokens, self.identity_header)
        signin = SignInService(self.find, self._tokens, self._workload)

        async def beside_graph(request: Request) -> Answer:
            return await (identity.handle(request) if request.service == "identity" else self._graph.handle(request))

        def wire(service: Callable[[str], str], handler: Callable[[Request], Any], scheme: str) -> Wire:
            return Wire(
                service,
                handler,
                self._log,
                scheme=scheme,
                latency_s=latency_ms / 1000,
                middleware=lambda: self.middleware,
            )

        graph_wire = wire(lambda path: "identity" if path.startswith("/msi/") else "graph", beside_graph, scheme)
        self._graph.through = graph_wire.through
        self._servers = [
            _server(graph_wire, self._material if tls else None),
            _server(wire(lambda path: "signin", signin.handle, "https"), self._material),
        ]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()

    @property
    def ca_file(self) -> Path:
        """PEM file of the authority that the servers' certificates are issued by."""
        return self._material.ca_file

    @property
    def log(self) -> list[Entry]:
        """Every request so far, oldest first: Graph's, sign-in's and the identity endpoint's."""
        return self._log.entries()

    @property
    def graph_log(self) -> list[Entry]:
        """The requests to Graph alone."""
        return [entry for entry in self._log.entries() if entry.service == "graph"]

    def clear_log(self) -> None:
        """Forget the log in memory."""
        self._log.clear()

    def find(self, name: str) -> Tenant | None:
        """A tenant by id, name or domain, or None."""
        wanted = name.lower()
        found = self._by_id.get(wanted)
        if found is not None:
            return found
        return next((one for one in self.tenants if wanted in (one.name.lower(), one.domain.lower())), None)

    def tenant(self, name: str) -> Tenant:
        """A tenant by id, name or domain. Raises ``EmulatorError`` where there is none."""
        found = self.find(name)
        if found is None:
            raise EmulatorError(f"no tenant {name!r}; there are: {', '.join(one.name for one in self.tenants[:20])}")
        return found

    def client(self, tenant: str, client: str | None = None) -> Client:
        """A client of a tenant by name or client id; the first one where none is named."""
        clients = list(self.tenant(tenant).clients.values())
        found = next((one for one in clients if client in (None, one.name, one.client_id)), None)
        if found is None:
            raise EmulatorError(f"tenant {tenant!r} has no client {client or ''}")
        return found

    def token(
        self,
        tenant: str,
        roles: Iterable[str] | None = None,
        client: str | None = None,
        *,
        scopes: Iterable[str] | None = None,
        lifetime_s: int = LIFETIME_S,
    ) -> str:
        """An access token for Graph, as sign-in would give it; ``roles`` or ``scopes`` override what was granted."""
        return self._tokens.issue(
            self.tenant(tenant),
            self.client(tenant, client),
            audience=self.graph_url,
            roles=roles,
            scopes=scopes,
            lifetime_s=lifetime_s,
        )

    def workload_token(self, tenant: str, client: str | None = None, *, lifetime_s: int = LIFETIME_S) -> str:
        """A token of the first federated credential of a client, as its identity provider would issue it."""
        credentials = self.client(tenant, client).federated
        if not credentials:
            raise EmulatorError("the client has no federated credential")
        now = int(time.time())
        first = credentials[0]
        return self._workload.sign(
            {
                "iss": first.issuer,
                "sub": first.subject,
                "aud": first.audience,
                "iat": now,
                "nbf": now,
                "exp": now + lifetime_s,
            }
        )

    def identity_endpoint(self, tenant: str) -> str:
        """What ``IDENTITY_ENDPOINT`` must be for a managed identity of the tenant."""
        return f"{self.graph_url}/msi/{self.tenant(tenant).id}/token"

    def set_roles(self, tenant: str, client: str | None, roles: Iterable[str]) -> None:
        """Grant a client exactly these application permissions; tokens issued before keep theirs."""
        found = self.client(tenant, client)
        found.roles = tuple(roles)
        self._in_loop(lambda: grant_roles(self.tenant(tenant), found))

    def set_faults(self, script: FaultScript | None) -> Faults | None:
        """Let requests go wrong from now on as a script says, counting anew; None: as they should.

        Gives what tells of the faults applied. Raises ``FaultFileError`` for a tenant that is not served.
        """
        faults = Faults(script, self.tenants) if script is not None else None
        self.middleware = faults
        return faults

    def advance(self, phase: str, tenant: str | None = None) -> list[str]:
        """Apply a phase to every tenant that has it, or to one; returns the names of those changed."""
        chosen = [self.tenant(tenant)] if tenant else [one for one in self.tenants if phase in one.phases]
        if not chosen:
            raise PhaseError(f"no tenant has a phase {phase!r}")

        def apply() -> list[str]:
            for one in chosen:
                apply_phase(one, phase)
            return [one.name for one in chosen]

        return self._in_loop(apply)

    def start(self) -> Self:
        """Serve in a background thread; returns when both servers answer."""
        self._thread = threading.Thread(target=self._run, name="auditor-emulator", daemon=True)
        self._thread.start()
        if not self._ready.wait(_START_TIMEOUT_S):
            self.stop()
            raise EmulatorError("the emulator did not start")
        return self

    def stop(self) -> None:
        """Stop serving, close the log, remove the private folder. May be called twice."""
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join(_START_TIMEOUT_S)
            self._thread = None
        for one in self._sockets:
            one.close()
        self._log.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        running = [
            asyncio.create_task(server.serve([one])) for server, one in zip(self._servers, self._sockets, strict=True)
        ]
        while not all(server.started for server in self._servers) and not any(one.done() for one in running):
            await asyncio.sleep(0.005)
        self._ready.set()
        await asyncio.gather(*running)
        self._loop = None

    def _in_loop(self, act: Callable[[], _T]) -> _T:
        """Run something in the serving thread, so that no request sees it half done."""
        loop = self._loop
        if loop is None or self._thread is threading.current_thread():
            return act()

        async def run() -> _T:
            return act()

        return asyncio.run_coroutine_threadsafe(run(), loop).result(_START_TIMEOUT_S)


class _Server(uvicorn.Server):
    """uvicorn as a guest in the process: no signal handlers, and no waiting for idle callers at the end."""

    def capture_signals(self) -> Any:
        """No signals are captured."""
        return nullcontext()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop idle connections at once: a TLS caller that keeps one alive does not answer a polite close."""
        for connection in list(self.server_state.connections):
            cycle, transport = getattr(connection, "cycle", None), getattr(connection, "transport", None)
            if transport is not None and (cycle is None or cycle.response_complete):
                transport.abort()
        await super().shutdown(sockets)


def _server(application: Wire, material: certificates_of_server.Material | None) -> _Server:
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
        ws="none",
        backlog=4096,
        ssl_certfile=material.certificate if material else None,
        ssl_keyfile=material.key if material else None,
    )
    return _Server(config)


def _listen(*ports: int) -> list[socket.socket]:
    """Sockets that listen on loopback, one a port; none stays open where one cannot be had."""
    found: list[socket.socket] = []
    for port in ports:
        # The protocol is named because asyncio switches Nagle's delay off for sockets that name it alone.
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        found.append(one)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            for opened in found:
                opened.close()
            raise EmulatorError(f"port {port} cannot be used: {getattr(error, 'strerror', None) or error}") from error
        one.listen(4096)
    return found


def _tenants_of(given: Path | str | Sequence[Path | str | Tenant] | None) -> list[Tenant]:
    if given is None:
        return load_samples()
    if isinstance(given, Path | str):
        return load_tenants(Path(given))
    found: list[Tenant] = []
    for one in given:
        found.extend([one] if isinstance(one, Tenant) else load_tenants(Path(one)))
    return found
