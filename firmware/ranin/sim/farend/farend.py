"""The far end as a whole: kamailio as registrar and proxy, baresip as people to call."""

import asyncio
import shutil
import socket
import tempfile
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from types import TracebackType
from typing import Any, Self

from ranin.core.outage import Link
from ranin.sim.farend.control import Control, connect
from ranin.sim.farend.namespace import FarEndError, Namespace
from ranin.sim.farend.networks import SERVER, Networks
from ranin.sim.farend.people import CONFIRMER, PEOPLE, REFUSALS, Person, Place, write_config

DOMAIN = "ranin.test"
"""RFC 6761: never a real name."""
START_WITHIN_S = 20.0
CALL_BACK_AFTER_S = 2.0
_TLS_PORT = 5061
_TLS = """enable_tls=yes
listen=tls:{ip}:{port}
loadmodule "tls.so"
modparam("tls", "certificate", "{certificate}")
modparam("tls", "private_key", "{key}")
modparam("tls", "tls_method", "TLSv1.2+")
"""
CODECS = ("opus", "G722", "PCMA", "PCMU")


@dataclass(slots=True)
class _Presence:
    """A person who is there."""

    person: Person
    folder: Path
    process: Process
    control: Control | None = None
    events: list[dict[str, Any]] = field(default_factory=list)


class FarEnd:
    """Runs as long as the `async with` around it; `accounts` maps users to passwords."""

    def __init__(
        self,
        accounts: Mapping[str, str],
        algorithm: str = "MD5",
        codecs: tuple[str, ...] = CODECS,
        people: tuple[Person, ...] = PEOPLE,
        links: tuple[Link, ...] = (),
        certificate: Callable[[str], tuple[Path, Path]] | None = None,
    ) -> None:
        """With `links`, `networks` of these kinds lead to the server; otherwise one cable does.

        With `certificate`, which gives (certificate, key) for an address, it speaks TLS as well.
        """
        self._certificate = certificate
        self._accounts = dict(accounts)
        self._algorithm = algorithm
        self._codecs = codecs
        self._people = people
        self._links = links
        self._present: dict[str, _Presence] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()
        self.on_event: Callable[[], None] = lambda: None
        """Called when something happened to one of the people."""

    async def __aenter__(self) -> Self:
        if shutil.which("kamailio") is None:
            raise FarEndError("the far end needs kamailio: run `make setup`")
        self._namespace = Namespace()
        self._networks: Networks | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="ranin-farend-"))
        try:
            if self._links:
                self._networks = Networks(self._namespace, self._links)
            self._write_server_config()
            await self.start_server()
            await asyncio.gather(*(self._invite(index, person) for index, person in enumerate(self._people)))
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave()

    async def _leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        for presence in self._present.values():
            if presence.control is not None:
                await presence.control.close()
        if self._networks is not None:
            self._networks.close()
        await self._namespace.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def server(self) -> str:
        """Where the phone registers: host:port."""
        return f"{self._ip}:5060"

    @property
    def secure_server(self) -> str:
        """Where it speaks TLS."""
        return f"{self._ip}:{_TLS_PORT}"

    @property
    def networks(self) -> Networks:
        """The networks that lead here, with their switches."""
        if self._networks is None:
            raise FarEndError("this far end was made without links")
        return self._networks

    @property
    def _ip(self) -> str:
        return self._namespace.inner_ip if self._networks is None else self._networks.server_ip

    @property
    def namespace(self) -> Namespace:
        """The network in which the far end lives."""
        return self._namespace

    @property
    def folder(self) -> Path:
        """Where its configurations, logs and recordings are while it runs."""
        return self._folder

    @property
    def _place(self) -> Place:
        interface = "" if self._networks is None else SERVER
        return Place(self._ip, self._namespace.inner_ip, interface)

    def _write_server_config(self) -> None:
        template = Template(Path(__file__).with_name("kamailio.cfg.template").read_text())
        passwords = {**self._accounts, **{person.number: "-" for person in self._people}}
        text = template.substitute(
            tls=self._tls() if self._certificate else "",
            ip=self._ip,
            domain=DOMAIN,
            algorithm=self._algorithm,
            confirmer=CONFIRMER,
            passwords="\n".join(f'    $sht(password=>{user}) = "{secret}";' for user, secret in passwords.items()),
            refusals="\n".join(f"    $sht(refusal=>{number}) = {code};" for number, code in REFUSALS.items()),
        )
        path = self._folder / "kamailio.cfg"
        path.touch(0o600)
        path.write_text(text)

    def _tls(self) -> str:
        assert self._certificate is not None
        certificate, key = self._certificate(self._ip)
        return _TLS.format(ip=self._ip, port=_TLS_PORT, certificate=certificate, key=key)

    async def start_server(self) -> None:
        """Start kamailio and wait until it takes connections."""
        log = self._folder / "kamailio.log"
        self._server = await self._namespace.run(
            "kamailio", "-DD", "-E", "-m", "64" if self._certificate else "16", "-M", "4",
            "-f", str(self._folder / "kamailio.cfg"), "-Y", str(self._folder), "-w", str(self._folder),
            log=log, folder=self._folder,
        )  # fmt: skip
        await self._listening(self._ip, 5060, self._server, log)

    async def stop_server(self) -> None:
        """End kamailio: from now on the server does not answer."""
        await self._namespace.end(self._server)

    async def _listening(self, ip: str, port: int, process: Process, log: Path) -> None:
        try:
            async with asyncio.timeout(START_WITHIN_S):
                while True:
                    if process.returncode is not None:
                        raise FarEndError(f"it did not start:\n{log.read_text(errors='replace')[-2000:]}")
                    with self._namespace.open_socket(socket.SOCK_STREAM) as inside:
                        try:
                            await asyncio.get_running_loop().sock_connect(inside, (ip, port))
                        except OSError:
                            await asyncio.sleep(0.02)
                            continue
                    return
        except TimeoutError as error:
            raise FarEndError(f"nothing listens at {ip}:{port} after {START_WITHIN_S:.0f} s") from error

    async def _invite(self, index: int, person: Person) -> None:
        """Have one person come: start baresip and wait until it is registered."""
        folder = self._folder / person.number
        control = write_config(person, folder, self._place, index, self._codecs)
        process = await self._namespace.run("baresip", "-f", str(folder), log=folder / "log", folder=folder)
        presence = _Presence(person, folder, process)
        self._present[person.number] = presence
        presence.control = await connect(
            self._namespace.inner_ip, control, lambda message: self._heard(presence, message), START_WITHIN_S
        )
        await self._registered(person.number)

    async def _registered(self, number: str) -> None:
        """baresip may have registered before the control connection stood: ask it to show."""
        presence = self._present[number]
        assert presence.control is not None
        async with asyncio.timeout(START_WITHIN_S):
            while b"200 OK" not in (presence.folder / "log").read_bytes():
                if any(event.get("type") == "REGISTER_OK" for event in presence.events):
                    return
                await asyncio.sleep(0.02)

    def _heard(self, presence: _Presence, event: dict[str, Any]) -> None:
        presence.events.append(event)
        self.on_event()
        self._task(self._tell())
        if presence.person.number == "603" and event.get("type") == "CALL_INCOMING":
            self._task(self._call_back(presence, str(event.get("peeruri", ""))))

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _task(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call_back(self, presence: _Presence, caller: str) -> None:
        """Hang up on the caller, then call."""
        assert presence.control is not None
        presence.control.order("hangup")
        await asyncio.sleep(CALL_BACK_AFTER_S)
        presence.control.order("dial", caller.split(";")[0].strip("<>"))

    def call(self, number: str, user: str) -> None:
        """Have the person of that number call `user`."""
        self._order(number, "dial", f"sip:{user}@{self.server}")

    def hang_up(self, number: str) -> None:
        """Have that person hang up."""
        self._order(number, "hangup")

    def accept(self, number: str) -> None:
        """Have that person answer what rings."""
        self._order(number, "accept")

    def in_call(self, number: str) -> bool:
        """Whether that person calls, rings or talks."""
        kinds = (str(event.get("type")) for event in self._present[number].events)
        calls = [kind for kind in kinds if kind.startswith("CALL_")]
        return bool(calls) and calls[-1] != "CALL_CLOSED"

    def caller(self, number: str) -> str:
        """The address of whom that person last talked to."""
        found = [event for event in self._present[number].events if event.get("type") == "CALL_ESTABLISHED"]
        return str(found[-1].get("peeruri", "")) if found else ""

    def _order(self, number: str, command: str, parameters: str = "") -> None:
        control = self._present[number].control
        assert control is not None
        control.order(command, parameters)

    async def happened(self, number: str, kind: str, deadline_s: float = 10.0, count: int = 1) -> dict[str, Any]:
        """The `count`-th event of that kind (`CALL_ESTABLISHED`, `CALL_CLOSED` …) at that person.

        Raises TimeoutError.
        """
        events = self._present[number].events
        async with asyncio.timeout(deadline_s), self._changed:
            while True:
                found = [event for event in events if event.get("type") == kind]
                if len(found) >= count:
                    return found[count - 1]
                await self._changed.wait()

    def forwards(self, user: str) -> dict[str, str]:
        """What feature codes have set for `user`: `unreachable` and `always` with the number that rings."""
        said = (self._folder / "kamailio.log").read_text(errors="replace")
        rows = (line.split("forward ", 1)[1].split() for line in said.splitlines() if "<script>: forward " in line)
        newest = {kind: target for owner, kind, target in rows if owner == user}
        return {kind: target for kind, target in newest.items() if target != "-"}

    def recording(self, number: str) -> Path:
        """What that person heard in the last call (WAV); baresip's sndfile calls it `dec`."""
        found = sorted(self._present[number].folder.glob("*-dec.wav"), key=lambda path: path.stat().st_mtime)
        if not found:
            raise FileNotFoundError(f"{number} has heard nothing yet")
        return found[-1]
