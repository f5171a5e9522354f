"""The daemon's end of the SIP engine: runs it, feeds it orders, turns its reports into events."""

import asyncio
import contextlib
import logging
import os
import socket
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path

from ranin.core import commands
from ranin.core.commands import Command, RegisterLine
from ranin.core.events import EngineLost, EngineReady, LineRejected, ServersFound
from ranin.core.mobile import CellSoundLost, JoinCellSound, LeaveCellSound
from ranin.core.neighbours import ConfigureLan, JoinCalls, ProgressCall, TakeOffer
from ranin.core.outage import OrderTried, Outcome, SendFeatureCode, SetServerForward
from ranin.core.pages import ConfigurePaging, PlayPage, SendPage, StopPage
from ranin.core.realtext import SendText
from ranin.core.settings import Account, split
from ranin.core.team import Unwatch, WatchMailbox, WatchParty
from ranin.core.words import NO_SERVER
from ranin.runtime.adapter import Busy, Post
from ranin.sip import wire
from ranin.sip.locator import Locator, Services, Target
from ranin.sip.names import Names
from ranin.sip.stun import answers
from ranin.sip.voiceport import hand_over, open_port

log = logging.getLogger(__name__)

PING_EVERY_S = 1.0
PONG_WITHIN_S = 2.0
START_WITHIN_S = 15.0
"""Until the first pong: PJSIP takes its time on a Pi, and an engine before this one may still be leaving."""
LONGEST_PAUSE_S = 10.0
LEAVE_WITHIN_S = 3.0
_PACKAGES = str(Path(__file__).parents[2])
"""Where the engine finds this very `ranin`."""
STUN_PORT = 3478
"""RFC 8489 §18.6, also TURN's."""
_ADDRESSLESS = 0
"""Code of a LineRejected when no server was found at all."""


class SipClient:
    """Starts the engine, starts it again when it dies, and carries out the core's commands."""

    handles = (
        commands.ConfigureEngine,
        commands.RegisterLine,
        commands.UnregisterLine,
        commands.PlaceCall,
        commands.AlertCaller,
        commands.RefuseOffer,
        commands.AnswerCall,
        commands.HangUpCall,
        commands.SendDtmf,
        commands.HoldCall,
        commands.ResumeCall,
        commands.TransferCall,
        commands.ConnectEar,
        commands.PlayKeyTone,
        commands.SetVolume,
        SendFeatureCode,
        SetServerForward,
        JoinCellSound,
        LeaveCellSound,
        ConfigureLan,
        TakeOffer,
        ProgressCall,
        JoinCalls,
        WatchParty,
        WatchMailbox,
        Unwatch,
        SendText,
        ConfigurePaging,
        PlayPage,
        SendPage,
        StopPage,
    )

    def __init__(
        self,
        arguments: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
        services: Services | None = None,
        state: Path | None = None,
        engine: Path | None = None,
    ) -> None:
        """`engine` is the socket by which a service manager starts engines; None: we start them ourselves.

        `services` are looked up in DNS for names without a port; None: they are not.

        `state` is a folder that lasts.
        """
        self._arguments = arguments
        self._environment = {**os.environ, "PYTHONPATH": _PACKAGES, **(environment or {})}
        self._post: Post = lambda event: None
        self._writer: asyncio.StreamWriter | None = None
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._registering: dict[int, asyncio.Task[None]] = {}
        self._names = Names(file=state / "addresses.json" if state is not None else None)
        self._locator = Locator(services)
        self._pong = 0
        self._engine = engine
        self.silent_s = Busy()
        """Since the last pong of an engine that is connected."""

    @property
    def pid(self) -> int:
        """Process id of the engine that we have started; 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    async def start(self, post: Post) -> None:
        """Begin to keep an engine running."""
        self._post = post
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Have the engine hang up, unregister and leave; end it if it does not."""
        for task in self._registering.values():
            task.cancel()
        self._names.close()
        process, self._process = self._process, None
        if self._writer is not None:
            self._writer.close()
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if process is not None:
            await _end(process)

    def execute(self, command: Command) -> None:
        """Send one command; without an engine it is moot, the core repeats what must last."""
        if isinstance(command, RegisterLine):
            self._register(command)
        elif isinstance(command, JoinCellSound):
            self._join(command)
        elif isinstance(command, (SendFeatureCode, SetServerForward)) and self._writer is None:
            self._post(OrderTried(command.order, Outcome.FAILED, "The call part restarts."))
        else:
            if isinstance(command, commands.UnregisterLine):
                self._forget(command.line)
            self._send(command)

    def _send(self, message: object) -> None:
        if self._writer is None or self._writer.is_closing():
            log.debug("no engine for %s", type(message).__name__)
            return
        self._writer.write(wire.encode(message))

    async def _keep(self) -> None:
        """Start the engine again and again, sooner after one that ran well."""
        pause_s = 0.0
        while True:
            began_s = asyncio.get_running_loop().time()
            reason = await self._run_once()
            self._post(EngineLost(reason))
            ran_s = asyncio.get_running_loop().time() - began_s
            pause_s = 0.0 if ran_s > LONGEST_PAUSE_S else min(LONGEST_PAUSE_S, pause_s * 2 or 0.1)
            log.error("the SIP engine is gone (%s); starting it again in %.1f s", reason, pause_s)
            await asyncio.sleep(pause_s)

    async def _run_once(self) -> str:
        """Run one engine to its end; why it ended."""
        try:
            reader, self._writer = await self._launch()
        except OSError as error:
            return f"it cannot be started: {error}"
        pinger = asyncio.create_task(self._ping())
        try:
            reason = await self._listen(reader)
        finally:
            pinger.cancel()
            self.silent_s.rest()
            self._writer.close()
            self._writer = None
        return await self._bury() or reason

    async def _launch(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Start the engine with a listening socket and connect to it; a manager starts it for the connection."""
        if self._engine is not None:
            return await asyncio.open_unix_connection(self._engine, limit=wire.LONGEST_LINE)
        with tempfile.TemporaryDirectory(prefix="ranin-") as folder:
            path = str(Path(folder) / "sip")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                os.chmod(path, 0o600)
                listener.listen(1)
                descriptor = listener.fileno()
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "ranin.sip.engine", "--listen-fd", str(descriptor),
                    "--parent", str(os.getpid()), *self._arguments,
                    pass_fds=(descriptor,), env=self._environment, stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    start_new_session=True,
                )  # fmt: skip
                return await asyncio.open_unix_connection(path, limit=wire.LONGEST_LINE)

    async def _listen(self, reader: asyncio.StreamReader) -> str:
        while True:
            try:
                line = await reader.readline()
            except (OSError, ValueError) as error:
                return f"its socket failed: {error}"
            if not line.endswith(b"\n"):
                return "its socket closed"
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            report = wire.decode(line)
        except wire.WireError as error:
            log.error("from the SIP engine: %s", error)
            return
        if isinstance(report, wire.Hello):
            self._post(EngineReady())
        elif isinstance(report, wire.Pong):
            self._pong = report.serial
            self.silent_s.begin()
        elif isinstance(report, wire.Complaint):
            log.warning("the SIP engine says: %s", report.text)
        else:
            self._post(report)

    async def _ping(self) -> None:
        """An engine that does not answer is ended: `_listen` sees its socket close."""
        serial = self._pong = 0
        while True:
            serial += 1
            self._send(wire.Ping(serial))
            await asyncio.sleep(PING_EVERY_S)
            if (serial - self._pong) * PING_EVERY_S >= (PONG_WITHIN_S if self._pong else START_WITHIN_S):
                log.error("the SIP engine hangs; ending it")
                self._end_engine()

    def _end_engine(self) -> None:
        """Kill our own; a service manager's is hung up on, and the alarm of its loop ends it."""
        if self._process is not None:
            self._process.kill()
        elif self._writer is not None:
            self._writer.transport.abort()

    async def _bury(self) -> str:
        process, self._process = self._process, None
        if process is None:
            return ""
        code = await _end(process)
        return f"it was ended by signal {-code}" if code < 0 else f"it left with code {code}"

    def _join(self, command: JoinCellSound) -> None:
        """A port is opened here, where the rights are; the engine gets its descriptor."""
        if self._writer is None:
            return
        try:
            if command.device:
                hand_over(self._writer, open_port(command.device))
        except OSError as error:
            self._post(CellSoundLost(command.call, f"the modem's voice port: {error.strerror or error}"))
            return
        self._send(wire.JoinCell(command.call, command.pcm, command.rate))

    def _register(self, command: RegisterLine) -> None:
        self._forget(command.line)
        task = asyncio.create_task(self._resolve_and_register(command))
        self._registering[command.line] = task
        task.add_done_callback(lambda done: None if done.cancelled() else done.result())

    def _forget(self, line: int) -> None:
        task = self._registering.pop(line, None)
        if task is not None:
            task.cancel()

    async def _resolve_and_register(self, command: RegisterLine) -> None:
        account = command.account
        try:
            targets = await self._locator.targets(account, command.via)
            self._post(ServersFound(command.line, len(targets)))
            target = targets[min(command.at, len(targets) - 1)]
            if command.server and command.via:
                ip, local_ip = command.server, command.via
            else:
                ip, local_ip = await resolve(target, account.transport, self._names, command.via)
        except (OSError, ValueError, OverflowError) as error:  # a name that DNS cannot take, a port that is none
            log.error("line %d: %s", command.line + 1, error)
            self._post(LineRejected(command.line, _ADDRESSLESS, NO_SERVER))
            return
        stun, turn = await self._helpers(account, local_ip) if account.ice else ("", "")
        pinned = bool(command.via)
        self._send(wire.RegisterAt(command.line, account, ip, target.port, local_ip, pinned, target.name, stun, turn))

    async def _helpers(self, account: Account, local_ip: str) -> tuple[str, str]:
        """address:port of the STUN and the TURN server."""
        stun, turn = await self._place(account.stun, local_ip), await self._place(account.turn, local_ip)
        if stun is not None and not await answers(*stun, local_ip):
            log.warning("the STUN server %s does not answer", account.stun)
            stun = None
        return _written(stun), _written(turn)

    async def _place(self, server: str, local_ip: str) -> tuple[str, int] | None:
        """Where a STUN or TURN server is; None without one: a call may well go without its help."""
        if not server:
            return None
        target = Target(*split(server, STUN_PORT))
        try:
            return (await resolve(target, "udp", self._names, local_ip))[0], target.port
        except (OSError, ValueError, OverflowError) as error:
            log.warning("%s: %s", server, error)
            return None


def _written(place: tuple[str, int] | None) -> str:
    if place is None:
        return ""
    ip, port = place
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


async def resolve(target: Target, transport: str, names: Names, via: str = "") -> tuple[str, str]:
    """(address, own address towards it) of a server; the own address is `via` where that is given.

    Raises OSError saying which name has no address, or that no way leads there.
    """
    host = target.ip or target.name
    found = await names.addresses(host, socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
    if via:
        wanted = socket.AF_INET6 if ":" in via else socket.AF_INET
        ip = next((ip for family, ip in found if family == wanted), "")
        if not ip:
            raise OSError(f"the name {host} has no address that is reached from {via}")
        return ip, via
    family, ip = found[0]
    return ip, _own_address(family, ip, target.port)


def _own_address(family: int, ip: str, port: int) -> str:
    """The address we would send from; nothing is sent by asking."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((ip, port))
        return str(probe.getsockname()[0])


async def _end(process: Process) -> int:
    """Wait for the process to leave; kill it if it does not."""
    try:
        return await asyncio.wait_for(process.wait(), LEAVE_WITHIN_S)
    except TimeoutError:
        process.kill()
        return await process.wait()
