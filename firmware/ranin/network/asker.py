"""Asking one account's server over one interface: what the answer is, in words."""

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace

from ranin.core.outage import Link, LinkProbed
from ranin.core.settings import Account
from ranin.network.flow import Flow
from ranin.network.interfaces import Interface
from ranin.network.names import NameNotFound, Names, is_address
from ranin.network.options import Question, Verdict
from ranin.network.secure import SecureFlow, context, words

Services = Callable[[str, str, str], Awaitable[list[tuple[str, int]]]]
"""(name, transport, own address) → the (address, port) of its servers, the best first; none: DNS has no SRV of it."""

ANSWER_WITHIN_S = 1.0
MISSES = 2
"""A backup is asked from the second miss on: a link is judged at the third (`core.paths`)."""

GONE = "Not there"
NO_CARRIER = {Link.ETHERNET: "No cable", Link.WIFI: "No Wi-Fi", Link.LTE: "No LTE"}
NO_ADDRESS = "No address"
NO_NAME = "Name not found"
SILENT = "Server does not answer"
OVERLOADED = "Server is overloaded"
FOREIGN = "Something else answers: log-in page?"


class Asker:
    """Asks again and again through one flow; lives as long as the interface stays as it is."""

    def __init__(
        self,
        account: Account,
        link: Link,
        interface: Interface | None,
        names: Names,
        services: Services | None = None,
    ) -> None:
        self._account = account
        self._host, self._port = account.place
        self._link = link
        self._interface = interface
        self._names = names
        self._flow: Flow | None = None
        self._ip = ""
        self._services = services if account.servers[0] == self._host and not is_address(self._host) else None
        """Asked for a name that has no port of its own."""
        self._turn = 0
        """Which of several servers is asked."""
        self._trusted: ssl.SSLContext | None = None
        self._misses = 0
        other = replace(account, server=account.backup, proxy="", backup="")
        self._backup = Asker(other, link, interface, names, services) if account.backup else None

    async def ask(self) -> LinkProbed:
        """Whether the server answers now, or its backup, once that one has missed several questions in a row."""
        said = await self._ask_here()
        self._misses = 0 if said.alive else self._misses + 1
        if self._backup is None or self._misses < MISSES:
            return said
        other = await self._backup.ask()
        return replace(other, server="", at=1) if other.alive else said

    async def _ask_here(self) -> LinkProbed:
        interface = self._interface
        if interface is None:
            return self._dead(GONE)
        if not interface.carrier:
            return self._dead(NO_CARRIER[self._link])
        if not interface.addresses:
            return self._dead(NO_ADDRESS)
        try:
            ip = await self._find(interface)
        except NameNotFound:
            return self._dead(NO_NAME)
        return await self._ask_at(interface, ip)

    async def _find(self, interface: Interface) -> str:
        """The address of the server whose turn it is. Raises NameNotFound."""
        places = (
            await self._services(self._host, self._account.transport, interface.addresses[0]) if self._services else []
        )
        if not places:
            return await self._names.find(self._host, interface)
        ip, port = places[self._turn % len(places)]
        if port != self._port:
            self._let_go()
        self._port = port
        return ip

    def close(self) -> None:
        """Let go of the flow."""
        if self._backup is not None:
            self._backup.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._flow is not None:
            self._flow.close()
            self._flow = None

    async def _ask_at(self, interface: Interface, ip: str) -> LinkProbed:
        if ip != self._ip:
            self._let_go()
            self._ip = ip
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                verdict = await self._exchange(interface)
        except ssl.SSLCertVerificationError as error:
            self._let_go()
            return self._dead(words(error))
        except (OSError, OverflowError):  # TimeoutError is one of them
            foreign = self._flow is not None and self._flow.foreign
            verdict = Verdict.FOREIGN if foreign else Verdict.WAIT
        if verdict is not Verdict.ALIVE:
            self._turn += 1
            self._names.doubt(self._host, interface)
        return self._report(verdict)

    def _report(self, verdict: Verdict) -> LinkProbed:
        if verdict is Verdict.ALIVE:
            self._names.keep(self._host, self._ip)
            named = self._port == self._account.place[1]
            return LinkProbed(self._link, True, "", self._own_address(), self._ip if named else "")
        reason = {Verdict.OVERLOADED: OVERLOADED, Verdict.FOREIGN: FOREIGN}.get(verdict, SILENT)
        report = self._dead(reason)
        self._let_go()
        return report

    async def _exchange(self, interface: Interface) -> Verdict:
        """Ask; over a connection that the server has closed meanwhile, once more over a new one."""
        used = self._flow
        try:
            return await self._ask_once(interface)
        except ConnectionError:
            if used is None or not self._tcp:
                raise
            self._let_go()
            return await self._ask_once(interface)

    async def _ask_once(self, interface: Interface) -> Verdict:
        flow = self._flow
        if flow is None:
            flow = self._flow = await self._open(interface)
        flow.foreign = False
        address, port = flow.local
        domain = self._account.domain or self._host
        question = Question(self._account.user, domain, address, port, secrets.token_hex(12), self._tcp, self._tls)
        return await flow.ask(question)

    async def _open(self, interface: Interface) -> Flow:
        if not self._tls:
            return await Flow.open(interface, self._ip, self._port, self._tcp)
        self._trusted = self._trusted or context(self._account.authority)
        return await SecureFlow.prove(interface, self._ip, self._port, self._host, self._trusted)

    @property
    def _tcp(self) -> bool:
        return self._account.transport != "udp"

    @property
    def _tls(self) -> bool:
        return self._account.transport == "tls"

    def _dead(self, reason: str) -> LinkProbed:
        return LinkProbed(self._link, False, reason, self._own_address())

    def _own_address(self) -> str:
        """The one that the flow uses; before there is a flow, the first of the interface."""
        if self._flow is not None:
            return self._flow.local[0]
        return self._interface.addresses[0] if self._interface is not None and self._interface.addresses else ""
