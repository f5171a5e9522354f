"""The parts of a multipart body (RFC 2046 §5.1, RFC 2387), pure and with limits."""

import re
from dataclasses import dataclass

MOST_PARTS = 128
LONGEST_HEAD = 2048

_PARAMETER = re.compile(r';\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.){0,256})"|([^\s;"]{0,256}))')


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its whole Content-Type, its Content-ID without brackets, its body."""

    kind: str
    cid: str
    body: str


def media_type(kind: str) -> str:
    """`type/subtype` in small letters, without parameters."""
    return kind.partition(";")[0].strip().lower()


def parameter(kind: str, name: str) -> str:
    """A parameter of a Content-Type; empty without it."""
    found = {key.lower(): quoted or plain for key, quoted, plain in _PARAMETER.findall(kind)}
    return found.get(name, "").replace("\\", "")


def parts(kind: str, body: str) -> list[Part]:
    """The parts in order. Raises ValueError for a body that is none, or has too many."""
    boundary = parameter(kind, "boundary")
    if not boundary:
        raise ValueError("a multipart body without a boundary")
    delimiter = re.compile(rf"(?:\A|\r?\n)--{re.escape(boundary)}(--)?[ \t]*(?:\r?\n|\Z)")
    found, begin = [], None
    for match in delimiter.finditer(body):
        if begin is not None:
            found.append(_part(body[begin : match.start()]))
        if len(found) > MOST_PARTS:
            raise ValueError("a multipart body of too many parts")
        begin = match.end()
        if match[1]:
            break
    if not found:
        raise ValueError("a multipart body without parts")
    return found


def _part(text: str) -> Part:
    head, _, body = text.partition("\r\n\r\n") if "\r\n\r\n" in text else text.partition("\n\n")
    headers = dict(_header(line) for line in re.sub(r"\r?\n[ \t]+", " ", head[:LONGEST_HEAD]).splitlines())
    cid = headers.get("content-id", "").strip("<>")
    return Part(headers.get("content-type", "text/plain"), cid, body)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()
