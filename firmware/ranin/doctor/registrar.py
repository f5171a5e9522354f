"""Each line at its registrar: a REGISTER that only asks (RFC 3261 §10.2.3) is seen beside the running phone, too."""

import asyncio
import contextlib
import re
import secrets
import socket
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ranin.core.settings import Account
from ranin.doctor.bench import Bench, Findings
from ranin.doctor.digest import authorization, challenge
from ranin.doctor.finding import Finding, State
from ranin.network.locator import Locator
from ranin.network.names import is_address
from ranin.network.options import frame
from ranin.network.secure import context, words

REPEATS_S = (0.5, 1.0, 2.0)
"""How long each try over UDP waits (RFC 3261 §17.1.2.1)."""
CONNECT_S = 5.0
SILENT = 0
_STATUS = re.compile(rb"SIP/2\.0 ([1-6]\d\d) ?([^\r\n]*)")


@dataclass(frozen=True, slots=True)
class Answer:
    """A registrar's final answer; code 0: there is none, and `reason` says why."""

    code: int
    reason: str = ""
    bindings: int = 0
    """How many phones are registered for this line."""
    asked: str = ""
    """WWW-Authenticate."""


async def check_lines(bench: Bench) -> Findings:
    """Ask for every line in turn."""
    return [
        judge_line(number, account, await query(account), bench.running)
        for number, account in enumerate(bench.settings.accounts, 1)
    ]


async def query(account: Account) -> Answer:
    """Who is registered, and whether user and password are right."""
    try:
        host, port = await _place(account)
        return await asyncio.to_thread(_talk, account, host, port)
    except ssl.SSLCertVerificationError as error:
        return Answer(SILENT, words(error))
    except TimeoutError:
        return Answer(SILENT, "Server does not answer")
    except (OSError, ValueError, OverflowError) as error:
        return Answer(SILENT, getattr(error, "strerror", None) or str(error))


async def _place(account: Account) -> tuple[str, int]:
    """The first server: what has no port may have one in DNS."""
    host, port = account.place
    if account.servers[0] == host and not is_address(host):
        with tempfile.TemporaryDirectory(prefix="ranin-") as folder, contextlib.suppress(OSError):
            found = await Locator(Path(folder) / "servers.json").find(host, account.transport)
            return found[0] if found else (host, port)
    return host, port


def _talk(account: Account, host: str, port: int) -> Answer:
    """The question, and once more with the password where that is asked for. Raises OSError, ValueError."""
    with contextlib.closing(Line(_connected(account, host, port), account)) as line:
        call = secrets.token_hex(12)
        answer = line.ask(call, 1)
        asked = challenge(answer.asked)
        if answer.code != 401 or not asked:
            return answer
        user = account.auth_user or account.user
        uri, cnonce = f"sip:{account.domain or account.place[0]}", secrets.token_hex(8)
        proof = authorization(asked, "REGISTER", uri, user, account.password.text, cnonce)
        return line.ask(call, 2, f"Authorization: {proof}\r\n")


def _connected(account: Account, host: str, port: int) -> socket.socket:
    if account.transport == "udp":
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        made = socket.socket(family, kind)
        made.connect(place)
        return made
    made = socket.create_connection((host, port), CONNECT_S)
    if account.transport == "tls":
        return context(account.authority).wrap_socket(made, server_hostname=account.place[0])
    return made


class Line:
    """A socket to the registrar, and what has come by it and is not read yet."""

    def __init__(self, made: socket.socket, account: Account) -> None:
        self._socket, self._account = made, account
        self._datagrams = account.transport == "udp"
        self._stream = b""

    def ask(self, call: str, serial: int, more: str = "") -> Answer:
        """The final answer. Raises TimeoutError, OSError."""
        message = request(self._account, self._socket.getsockname()[:2], call, serial, more)
        for wait_s in REPEATS_S if self._datagrams else (sum(REPEATS_S),):
            self._socket.settimeout(wait_s)
            self._socket.sendall(message)
            try:
                while (answer := read(self._message(), call, serial)) is None:
                    pass
            except TimeoutError:
                continue
            return answer
        raise TimeoutError

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _message(self) -> bytes:
        if self._datagrams:
            return self._socket.recv(65535)
        while True:
            whole, self._stream = frame(self._stream)
            if whole is not None:
                return whole
            more = self._socket.recv(65535)
            if not more:
                raise ConnectionResetError("the server closed the connection")
            self._stream += more


def request(account: Account, own: tuple[str, int], call: str, serial: int, more: str = "") -> bytes:
    """A REGISTER without Contact: it changes nothing."""
    domain = account.domain or account.place[0]
    user = quote(account.user, safe="-_.!~*'()&=+$,;?/")  # unreserved and user-unreserved, RFC 3261 §25.1
    who = f"sip:{user}@{domain}"
    address = f"[{own[0]}]" if ":" in own[0] else own[0]
    return (
        f"REGISTER sip:{domain} SIP/2.0\r\n"
        f"Via: SIP/2.0/{account.transport.upper()} {address}:{own[1]};rport;branch=z9hG4bK{call}{serial}\r\n"
        f"Max-Forwards: 70\r\nFrom: <{who}>;tag={call}\r\nTo: <{who}>\r\nCall-ID: {call}\r\n"
        f"CSeq: {serial} REGISTER\r\n{more}Content-Length: 0\r\n\r\n"
    ).encode()


def read(message: bytes, call: str, serial: int) -> Answer | None:
    """The final answer to our question; None for anything else."""
    status = _STATUS.match(message)
    text = message.decode(errors="replace")
    ours = re.search(rf"^(?:Call-ID|i)\s*:\s*{call}\s*$", text, re.MULTILINE | re.IGNORECASE)
    turn = re.search(rf"^CSeq\s*:\s*{serial} REGISTER\s*$", text, re.MULTILINE | re.IGNORECASE)
    if status is None or int(status[1]) < 200 or not ours or not turn:
        return None
    contacts = re.findall(r"^(?:Contact|m)\s*:(.*)$", text, re.MULTILINE | re.IGNORECASE)
    bindings = sum(len(re.findall(r"<[^>]*>", row)) or 1 for row in contacts)
    asked = re.findall(r"^WWW-Authenticate\s*:\s*(.*?)\s*$", text, re.MULTILINE | re.IGNORECASE)
    known = [header for header in asked if challenge(header).get("algorithm", "MD5").upper() in ("MD5", "SHA-256")]
    return Answer(int(status[1]), status[2].decode(errors="replace"), bindings, (known or asked or [""])[0])


_WRONG = {
    401: ("the server refuses user or password", "correct `user`, `auth_user` and `password` of the line"),
    403: ("the server forbids this line", "ask the provider whether the account is active, and for this network"),
    404: ("the server does not know this user", "correct `user` and `domain` of the line"),
    423: ("the server wants a longer registration", "nothing: the phone does as it is told"),
    503: ("the server is overloaded", "wait; a `backup` server would take over"),
}


def judge_line(number: int, account: Account, answer: Answer, running: bool) -> Finding:
    """What the registrar said of one line; `running`: the phone should be registered now."""
    part = f"line {number} ({account.label or account.user})"
    measured = {"code": float(answer.code), "registered": float(answer.bindings)}
    if 200 <= answer.code < 300:
        if running and not answer.bindings:
            todo = "see the phone's own words: `journalctl -u ranin -u ranin-sip`"
            return Finding(part, State.WRONG, "the server knows it, but nobody is registered", todo, measured)
        return Finding(part, State.WELL, f"user and password are right, {answer.bindings} registered", "", measured)
    if answer.code == SILENT:
        todo = "correct `server`, `transport` and `domain`; see what the network's findings say"
        return Finding(part, State.WRONG, answer.reason, todo, measured)
    text, todo = _WRONG.get(answer.code, (f"the server answers {answer.code} {answer.reason}", "ask the provider"))
    return Finding(part, State.WRONG, text, todo, measured)
