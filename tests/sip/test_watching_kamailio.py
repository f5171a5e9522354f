"""Watching at a real presence server: what is published there is shown, and its restart is mended."""

import asyncio
import shutil
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from string import Template

from ranin.core.settings import Account, Secret, Settings
from ranin.core.team import Presence
from ranin.sim.simulation import Simulation
from ranin.sip.notified import DIALOG_INFO, PIDF, SUMMARY
from tests.peers.peer import bound
from tests.sip.test_notified import dialogs, pidf
from tests.sip.test_watching import NORA, Watching

TABLES = Path("/usr/share/kamailio/dbtext/kamailio")
DEADLINE_S = 20.0


class Server:
    """Kamailio on loopback, and whoever publishes there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: Process | None = None
        self._socket = bound()
        self._cseq = 0
        with bound() as free:
            self.port = int(free.getsockname()[1])

    async def start(self) -> None:
        """Run it with nothing known to it, and wait until it answers."""
        tables = self._folder / "tables"
        shutil.rmtree(tables, ignore_errors=True)
        shutil.copytree(TABLES, tables)
        template = Template(Path(__file__).parents[1].joinpath("peers", "presence.cfg.template").read_text("utf-8"))
        config = self._folder / "kamailio.cfg"
        config.write_text(template.substitute(port=self.port, tables=tables), "utf-8")
        command = ("kamailio", "-DD", "-E", "-f", config, "-w", self._folder, "-Y", self._folder, "-m", "32")
        with (self._folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        await self._ask("OPTIONS", "203")

    async def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            await asyncio.wait_for(self._process.wait(), DEADLINE_S)

    async def close(self) -> None:
        """End it for good."""
        await self.stop()
        self._socket.close()

    async def publish(self, user: str, event: str, kind: str, body: str) -> None:
        """Say what a user's telephone does (RFC 3903)."""
        answer = await self._ask("PUBLISH", user, f"Event: {event}\r\nExpires: 60\r\nContent-Type: {kind}\r\n", body)
        assert answer.startswith("SIP/2.0 200"), answer

    async def _ask(self, method: str, user: str, headers: str = "", body: str = "") -> str:
        """The answer to a request, which is sent until there is one."""
        self._cseq += 1
        here = f"127.0.0.1:{self._socket.getsockname()[1]}"
        text = (
            f"{method} sip:{user}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{method}{self._cseq}\r\n"
            f"Max-Forwards: 9\r\nFrom: <sip:{user}@127.0.0.1>;tag={self._cseq}\r\nTo: <sip:{user}@127.0.0.1>\r\n"
            f"Call-ID: {self._cseq}@{here}\r\nCSeq: {self._cseq} {method}\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(DEADLINE_S):
            while True:
                await loop.sock_sendto(self._socket, text.encode(), ("127.0.0.1", self.port))
                try:
                    async with asyncio.timeout(0.5):
                        while f"CSeq: {self._cseq} " not in (answer := (await self._receive())):
                            pass
                        return answer
                except TimeoutError:
                    continue

    async def _receive(self) -> str:
        return (await asyncio.get_running_loop().sock_recv(self._socket, 65536)).decode()


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[tuple[Server, Watching]]:
    """A phone registered there, which watches Nora and its mailbox."""
    server = Server(folder)
    try:
        await server.start()
        account = Account(user="201", password=Secret("canary"), domain="127.0.0.1", voicemail="*97")
        account = replace(account, server=f"127.0.0.1:{server.port}")
        async with Simulation() as sim:
            sim.apply(Settings(accounts=(account,), watch=(NORA,)))
            yield server, Watching(server, sim)  # type: ignore[arg-type]
    finally:
        await server.close()


async def test_what_is_published_is_shown_and_a_restart_is_mended(tmp_path: Path) -> None:
    async with watching(tmp_path) as (server, watched):
        await server.publish("203", "presence", PIDF, pidf("open"))
        await server.publish("203", "dialog", DIALOG_INFO, dialogs(1, "1 early recipient"))
        await watched.sees(Presence.RINGING)
        await server.publish("201", "message-summary", SUMMARY, "Messages-Waiting: yes\r\nVoice-Message: 3/0\r\n")
        await watched.until(lambda phone: phone.lines[0].messages == 3)
        await server.stop()
        await server.start()
        await server.publish("203", "dialog", DIALOG_INFO, dialogs(1, "7 confirmed recipient"))
        await watched.sees(Presence.BUSY)


async def test_who_is_off_is_told_from_who_is_idle(tmp_path: Path) -> None:
    async with watching(tmp_path) as (server, watched):
        await server.publish("203", "dialog", DIALOG_INFO, dialogs(1, "1 terminated recipient"))
        await watched.sees(Presence.IDLE)
        await server.publish("203", "presence", PIDF, pidf("closed"))
        await watched.sees(Presence.UNREACHABLE)
