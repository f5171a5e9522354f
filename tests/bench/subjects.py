"""Who is measured: this phone, PJSIP's own pjsua from the same build, baresip and linphone, each on a clocked card."""

import asyncio
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ranin.sim.card.card import SimCard
from ranin.sim.card.ring import Ring
from ranin.sim.farend.control import Control, connect
from ranin.sim.farend.people import modules_folder

ROOT = Path(__file__).parents[2]
PJSUA_SAME = (
    "--clock-rate=16000",
    "--snd-clock-rate=48000",
    "--capture-lat=20",
    "--playback-lat=20",
    "--no-vad",
    "--max-calls=16",
    "--log-level=3",
    "--app-log-level=3",
    "--no-tcp",
    "--rtp-port=0",
)


class Where(NamedTuple):
    """The network interface that leads to the server: its address, and its name where a program wants to be told.

    Both empty: whatever way the system takes.
    """

    ip: str = "127.0.0.1"
    link: str = ""


LOOPBACK = Where()
_SERIAL = itertools.count()


class Subject:
    """A phone in a process of its own."""

    name = ""

    def __init__(self, server: str, domain: str, user: str = "201", password: str = "x", codec: str = "") -> None:
        self.server, self.domain, self.user, self.password, self.codec = server, domain, user, password, codec
        self.folder = Path(tempfile.mkdtemp(prefix="ranin-bench-"))
        self.process: Process | None = None

    async def launch(self, *command: str, environment: dict[str, str]) -> None:
        """Start the program; all it needs is in its environment and words."""
        self.process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
            cwd=ROOT,
            limit=1 << 20,
        )

    async def start(self, answer: bool = False, seconds: float = 4.0, where: Where = LOOPBACK) -> None:
        """Come up and register; answer every call at once if told to."""
        raise NotImplementedError

    async def call(self, target: str) -> None:
        """Place a call."""
        raise NotImplementedError

    def write(self, line: str) -> None:
        """One line to its stdin."""
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    def pids(self) -> list[int]:
        """Its processes, children included."""
        assert self.process is not None
        return _family(self.process.pid)

    def playback(self) -> Ring:
        """What its earpiece plays."""
        return Ring(self.folder / "handset.play")

    def capture(self) -> Ring:
        """What its microphone hears."""
        return Ring(self.folder / "handset.capture")

    async def stop(self) -> None:
        """End it and all it started."""
        if self.process is not None and self.process.returncode is None:
            if self.process.stdin is not None:
                self.process.stdin.close()
            try:
                await asyncio.wait_for(self.process.wait(), 4)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [pid, *(member for child in children for member in _family(int(child)))]


class Drained(Subject):
    """A program whose output nobody reads, but must flow."""

    async def launch(self, *command: str, environment: dict[str, str]) -> None:
        await super().launch(*command, environment=environment)
        self._reader = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        while await self.process.stdout.read(65536):
            pass

    async def stop(self) -> None:
        await super().stop()
        self._reader.cancel()


class Ranin(Subject):
    """This phone, whole: daemon and SIP engine, display, keypad, ringer."""

    name = "ranin"

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.told: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {"state": "", "calls": [], "keys": [], "title": ""}
        """What it last told of its state."""
        self._more = asyncio.Event()

    async def start(self, answer: bool = False, seconds: float = 4.0, where: Where = LOOPBACK) -> None:
        words = ["--folder", str(self.folder), "--server", self.server, "--domain", self.domain, "--user", self.user]
        words += ["--password", self.password, "--seconds", str(seconds)]
        words += ["--codecs", self.codec] if self.codec else []
        environment = {"PYTHONPATH": f"{ROOT / 'firmware'}:{ROOT}"}
        await self.launch(
            sys.executable,
            "-m",
            "tests.bench.phone",
            *words,
            *(["--answer"] if answer else []),
            environment=environment,
        )
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.told.append(row := json.loads(line))
            self.state = row if row["kind"] == "state" else self.state
            self._more.set()

    async def until(self, kind: str, after_ns: int = 0, deadline_s: float = 15.0, **words: Any) -> dict[str, Any]:
        """The first thing of that kind it told after a time."""
        async with asyncio.timeout(deadline_s):
            while True:
                for row in self.told:
                    fits = all(str(value) in str(row.get(key, "")) for key, value in words.items())
                    if row["kind"] == kind and row["ns"] > after_ns and fits:
                        return row
                self._more.clear()
                await self._more.wait()

    async def becomes(self, holds: Callable[[dict[str, Any]], bool], what: str, deadline_s: float = 8.0) -> None:
        """Wait for a state of it. Raises AssertionError with what it waited for."""
        try:
            async with asyncio.timeout(deadline_s):
                while not holds(self.state):
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"the phone waits for {what}; it is {self.state}") from None

    def forget(self) -> None:
        """Keep only the newest of what it told."""
        del self.told[: max(0, len(self.told) - 50)]

    async def tap(self, key: str) -> None:
        """Push a key and let it go; back when the phone has felt both."""
        tapped_ns = await self.do(f"tap {key}")
        await self.until("tapped", tapped_ns, key=key)

    async def do(self, line: str) -> int:
        """Tell it to do something; when it did, in ns."""
        count = len(self.told)
        self.write(line)
        async with asyncio.timeout(5):
            while not any(row["kind"] == "doing" and row["word"] == line for row in self.told[count:]):
                self._more.clear()
                await self._more.wait()
        return int(next(row["ns"] for row in self.told[count:] if row["kind"] == "doing"))

    async def call(self, target: str) -> None:
        await self.until("state", state="registered")
        lifted_ns = await self.do("lift")
        await self.until("frame", lifted_ns)
        await asyncio.sleep(0.1)
        for key in f"{target}#":
            for word in ("press", "release"):
                await self.do(f"{word} {key}")
                await asyncio.sleep(0.06)
        await self.until("state", state="talking")

    async def stop(self) -> None:
        await super().stop()
        self._reader.cancel()


class Pjsua(Drained):
    """PJSIP's own program, from the very build that the phone uses."""

    name = "pjsua"

    def __init__(self, *words: Any, echo_tail_ms: int = 0, room: str = "") -> None:
        super().__init__(*words)
        self._echo_tail_ms, self._room = echo_tail_ms, room

    async def start(self, answer: bool = False, seconds: float = 4.0, where: Where = LOOPBACK) -> None:
        card = SimCard(self.folder, ("handset",), seconds=seconds, room=self._room)
        code = "200" if answer else "180"
        words = [f"--id=sip:{self.user}@{self.domain}", f"--registrar=sip:{self.domain}", f"--username={self.user}"]
        words += [f"--proxy=sip:{self.server};lr;hide", "--realm=*", f"--password={self.password}"]
        words += [f"--auto-answer={code}", "--local-port=0"]
        words += [f"--bound-addr={where.ip}", f"--ip-addr={where.ip}"] if where.ip else []
        words += [*PJSUA_SAME, f"--ec-tail={self._echo_tail_ms}"]
        if self.codec:
            words += [f"--dis-codec={name}" for name in ("opus", "G722", "PCM", "speex", "GSM", "G729", "L16")]
            words += [f"--add-codec={self.codec}"]
        program = subprocess.run(
            ["/usr/bin/python3", "scripts/pjsip/build.py", "--python", sys.executable, "--pjsua"],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout.strip()
        await self.launch(program, *words, environment=card.environment)
        card.close()

    async def call(self, target: str) -> None:
        self.write(f"m\nsip:{target}@{self.domain}")

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.write("q")
        await super().stop()


class Baresip(Drained):
    """baresip as Debian ships it."""

    name = "baresip"

    async def start(self, answer: bool = False, seconds: float = 4.0, where: Where = LOOPBACK) -> None:
        card = SimCard(self.folder, ("handset",), seconds=seconds)
        modules = ("opus", "g722", "g711", "alsa", "auconv", "auresamp", "ctrl_tcp")
        present = modules_folder()
        port = 20000 + (os.getpid() % 2000 * 10 + 2 * next(_SERIAL)) % 20000
        lines = [
            "poll_method epoll",
            f"sip_listen {where.ip or '0.0.0.0'}:{port + 1}",
            *([f"net_interface {where.link}"] if where.link else []),
            "audio_player alsa,handset",
            "audio_source alsa,handset",
            "audio_alert alsa,null",
            "audio_channels 1-2",
            "ausrc_srate 48000",
            "auplay_srate 48000",
            "ausrc_channels 1",
            "auplay_channels 1",
            f"module_path {present}",
            f"ctrl_tcp_listen 127.0.0.1:{port}",
            *(f"module {name}.so" for name in modules if (present / f"{name}.so").exists()),
            "module_app account.so",
            "module_app menu.so",
        ]
        (self.folder / "config").write_text("\n".join(lines) + "\n")
        (self.folder / "contacts").write_text("")
        names = {"opus": "opus/48000/2", "G722": "G722/16000/1", "PCMU": "PCMU/8000/1", "PCMA": "PCMA/8000/1"}
        codecs = f";audio_codecs={names[self.codec]}" if self.codec else ""
        mode = "auto" if answer else "manual"
        (self.folder / "accounts").write_text(
            f"<sip:{self.user}@{self.domain}>;auth_pass={self.password};regint=60;answermode={mode}{codecs}"
            f';outbound="sip:{self.server}"\n'
        )
        await self.launch("baresip", "-f", str(self.folder), environment=card.environment)
        card.close()
        self.control: Control = await connect("127.0.0.1", port, lambda event: None, 10)

    async def call(self, target: str) -> None:
        self.control.order("dial", f"sip:{target}@{self.domain}")

    async def stop(self) -> None:
        await self.control.close()
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
        await super().stop()


class Linphone(Drained):
    """linphone's command line as Debian ships it, where it is installed."""

    name = "linphone"
    codecs = ("opus/48000/2", "PCMU/8000/1", "PCMA/8000/1", "G722/8000/1")

    async def start(self, answer: bool = False, seconds: float = 4.0, where: Where = LOOPBACK) -> None:
        card = SimCard(self.folder, ("handset",), seconds=seconds)
        (self.folder / ".local/share/linphone").mkdir(parents=True)
        file = self.folder / "linphonerc"
        file.write_text("\n".join(self._configuration()) + "\n")
        words = ["-c", str(file), *(["-a"] if answer else [])]
        await self.launch("linphonec", *words, environment={**card.environment, "HOME": str(self.folder)})
        card.close()

    def _configuration(self) -> list[str]:
        lines = ["[sip]", "sip_port=-1", "register_only_when_network_is_up=0", "default_proxy=0"]
        lines += ["[sound]", "echocancellation=0", "[rtp]", "audio_rtp_port=-1", "audio_jitt_comp=20"]
        lines += ["[proxy_0]", f"reg_proxy=<sip:{self.server};transport=udp>", f"reg_route=<sip:{self.server};lr>"]
        lines += [f"reg_identity=sip:{self.user}@{self.domain}", "reg_expires=300", "reg_sendregister=1", "publish=0"]
        lines += ["[auth_info_0]", f"username={self.user}", f"passwd={self.password}", f"domain={self.domain}"]
        for index, (name, rate, channels) in enumerate(codec.split("/") for codec in self.codecs):
            lines += [f"[audio_codec_{index}]", f"mime={name}", f"rate={rate}", f"channels={channels}"]
            lines += [f"enabled={int(self.codec in ('', name))}"]
        return lines

    async def call(self, target: str) -> None:
        self.write(f"call sip:{target}@{self.domain}")

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.write("quit")
        await super().stop()
