"""Asking a SIP server whether it is there: an OPTIONS request (RFC 3261 §11), and what counts as its answer. Pure."""

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote


class Verdict(Enum):
    """What a message says of the server."""

    ALIVE = "alive"
    OVERLOADED = "overloaded"
    """503 (RFC 3261 §21.5.4): it is there, and wants no more work."""
    FOREIGN = "foreign"
    """Not SIP: something else answers in its place."""
    WAIT = "wait"
    """No answer to this question: a provisional one, one to another question, a keep-alive."""


@dataclass(frozen=True, slots=True)
class Question:
    """One OPTIONS request; `mark` is random and makes its branch, tag and Call-ID unlike all others."""

    user: str
    domain: str
    address: str
    port: int
    """Where we are asked to be answered."""
    mark: str
    tcp: bool = False
    tls: bool = False
    """Over a TCP connection."""


_BRANCH = "z9hG4bK"
"""RFC 3261 §8.1.1.7."""
_STATUS = re.compile(rb"SIP/2\.0 ([1-6]\d\d)(?: |\r?\n|$)", re.IGNORECASE)
_REQUEST = re.compile(rb"[A-Za-z.!%*_+`'~-]{1,32} \S+ SIP/2\.0\r?(\n|$)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
_COMPACT = {"v": "via", "i": "call-id"}
"""RFC 3261 §7.3.3."""
_LONGEST_HEAD = 1 << 16


def request(question: Question) -> bytes:
    """The datagram or stream bytes that ask it."""
    user = quote(question.user, safe="-_.!~*'()&=+$,;?/")  # unreserved and user-unreserved, §25.1
    domain = quote(question.domain, safe="-.[]:")
    host = f"[{question.address}]" if ":" in question.address else question.address
    who = f"{user}@{domain}" if user else domain
    carrier = "TLS" if question.tls else "TCP" if question.tcp else "UDP"
    lines = (
        f"OPTIONS sip:{domain} SIP/2.0",
        f"Via: SIP/2.0/{carrier} {host}:{question.port};rport;branch={_BRANCH}{question.mark}",
        "Max-Forwards: 70",
        f"From: <sip:{who}>;tag={question.mark}",
        f"To: <sip:{domain}>",
        f"Call-ID: {question.mark}",
        "CSeq: 1 OPTIONS",
        "Accept: application/sdp",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode()


def judge(question: Question, message: bytes) -> Verdict:
    """What `message`, come from the server's address, says of the server."""
    if not message.strip(b"\r\n\0 "):  # keep-alives, RFC 5626 §4.4
        return Verdict.WAIT
    status = _STATUS.match(message)
    if status is None:
        return Verdict.WAIT if _REQUEST.match(message) else Verdict.FOREIGN
    code = int(status[1])
    if code < 200 or not _answers(question, message):
        return Verdict.WAIT
    return Verdict.OVERLOADED if code == 503 else Verdict.ALIVE


def frame(stream: bytes) -> tuple[bytes | None, bytes]:
    """(first message or None while it is not whole, the rest) of a TCP stream (RFC 3261 §18.3).

    What is not SIP has no frame: all of it is the message.
    """
    stream = stream.lstrip(b"\r\n")
    line, end, _ = stream.partition(b"\n")
    if (end and b"SIP/2.0" not in line.upper()) or len(stream) > _LONGEST_HEAD:
        return stream, b""
    head, end, rest = stream.partition(b"\r\n\r\n")
    if not end:
        return None, stream
    found = _LENGTH.search(head + b"\r\n")
    length = int(found[1]) if found else 0
    return (head + end, rest[length:]) if len(rest) >= length else (None, stream)


def _answers(question: Question, message: bytes) -> bool:
    """Whether Via, Call-ID and CSeq are the question's (RFC 3261 §8.1.3.3, §17.1.3)."""
    headers = _headers(message)
    via = headers.get("via", [])
    branch = re.search(r";\s*branch\s*=\s*([^;\s]+)", via[0]) if len(via) == 1 else None
    return (
        branch is not None
        and branch[1] == _BRANCH + question.mark
        and headers.get("call-id") == [question.mark]
        and [value.split() for value in headers.get("cseq", [])] == [["1", "OPTIONS"]]
    )


def _headers(message: bytes) -> dict[str, list[str]]:
    """Values of each header by its long name in small letters; folded lines are joined (RFC 3261 §7.3.1)."""
    head = re.split(r"\r?\n\r?\n", message.decode("utf-8", "replace"), maxsplit=1)[0]
    found: dict[str, list[str]] = {}
    for line in re.sub(r"\r?\n[ \t]+", " ", head).splitlines()[1:]:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        found.setdefault(_COMPACT.get(name, name), []).append(value.strip())
    return found
