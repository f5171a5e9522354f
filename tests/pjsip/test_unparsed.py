"""What is answered to a request that PJSIP cannot parse (unparsed.c), alone: the text goes in, the answer comes out."""

import ctypes
import random
import subprocess
from pathlib import Path

import pytest

MODULE = Path(__file__).parents[2] / "scripts" / "pjsip" / "module"
GOOD = (
    "INVITE sip:201@example.com SIP/2.0\r\nVia: SIP/2.0/UDP a.example;branch=z9hG4bK1\r\nv: SIP/2.0/UDP b.example\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:x@y>;tag=1\r\nt: <sip:201@z>\r\ni: 42\r\nCSeq: 1\r\n INVITE\r\n\r\nVia: body\r\n"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The C file by itself, without PJSIP; what goes beyond its memory ends the test."""
    built = tmp_path_factory.mktemp("unparsed") / "unparsed.so"
    words = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined", "-fno-sanitize-recover", "-fPIC"]
    subprocess.run([*words, "-shared", f"-I{MODULE}", "-o", str(built), str(MODULE / "unparsed.c")], check=True)
    found = ctypes.CDLL(str(built))
    found.unparsed_answer.restype = ctypes.c_size_t
    return found


def status(library: ctypes.CDLL, text: str | bytes) -> int:
    data = text.encode() if isinstance(text, str) else text
    return int(library.unparsed_status(data, ctypes.c_size_t(len(data))))


def answer(library: ctypes.CDLL, text: str | bytes, header: bytes = b"", room: int = 4000) -> str:
    data = text.encode() if isinstance(text, str) else text
    buffer = ctypes.create_string_buffer(b"\xaa" * (room + 8), room + 8)
    sizes = ctypes.c_size_t(len(data)), ctypes.c_size_t(room)
    length = library.unparsed_answer(data, sizes[0], 400, header, buffer, sizes[1])
    assert buffer.raw[room:] == b"\xaa" * 8 and length < room
    return buffer.raw[:length].decode(errors="replace")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("INVITE sip:201@example.com SIP/2.0", 400),
        ("INVITE <sip:201@example.com> SIP/2.0", 400),
        ("INVITE  sip:201@example.com; lr  SIP/2.0  ", 400),
        ("OPTIONS sip:201@example.com SIP/7.0", 505),
        ("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", 416),
        ("ACK sip:201@example.com SIP/2.0", 0),
        ("ACK sip:201@example.com SIP/7.0", 0),
        ("SIP/2.0 200 OK", 0),
        ("SIP/2.0 200 SIP/2.0", 0),
        ("GET / HTTP/1.1", 0),
        ("INVITE", 0),
        ("", 0),
        ("\0\0\0", 0),
    ],
)
def test_the_first_line_decides(library: ctypes.CDLL, line: str, expected: int) -> None:
    assert status(library, f"{line}\r\nVia: x\r\n\r\n") == expected


def test_what_must_come_back_does_as_it_came_and_nothing_else(library: ctypes.CDLL) -> None:
    said = answer(library, GOOD, b"Allow: INVITE\r\n")
    tag = said.partition("t: <sip:201@z>;tag=")[2][:8]
    assert len(tag) == 8 and said == (
        "SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP a.example;branch=z9hG4bK1\r\nv: SIP/2.0/UDP b.example\r\n"
        f"From: <sip:x@y>;tag=1\r\nt: <sip:201@z>;tag={tag}\r\ni: 42\r\nCSeq: 1\r\n INVITE\r\n"
        "Allow: INVITE\r\nContent-Length: 0\r\n\r\n"
    )
    assert answer(library, GOOD, b"Allow: INVITE\r\n") == said


def test_without_a_via_or_without_room_there_is_no_answer(library: ctypes.CDLL) -> None:
    assert answer(library, "INVITE sip:x SIP/2.0\r\nTo: y\r\n\r\n") == ""
    whole = len(answer(library, GOOD))
    assert [bool(answer(library, GOOD, room=room)) for room in range(30, whole + 3)] == (
        [False] * (whole - 29) + [True] * 2
    )


def test_no_text_however_broken_does_harm(library: ctypes.CDLL) -> None:
    chance = random.Random(4475)
    name = ctypes.create_string_buffer(64)
    for _ in range(20_000):
        data = bytearray(GOOD.encode())
        for _ in range(chance.randrange(1, 9)):
            data[chance.randrange(len(data))] = chance.choice(b"\r\n\t :;/\0\xffA")
        text = bytes(data[: chance.randrange(len(data) + 1)])
        status(library, text)
        answer(library, text, room=chance.choice([1, 30, 300, 4000]))
        library.unparsed_method(text, ctypes.c_size_t(len(text)), name, ctypes.c_size_t(64))
        assert len(name.value) < 64
