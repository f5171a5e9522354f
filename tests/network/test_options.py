"""OPTIONS: what is asked is SIP, and only its own answer says that the server is there."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.network.options import Question, Verdict, frame, judge, request
from tests.peers.peer import Peer

QUESTION = Question("201", "ranin.test", "198.18.0.1", 5062, "a1b2c3")


def answered(code: int, question: Question = QUESTION) -> bytes:
    return Peer.answer(request(question).decode(), code).encode()


def test_the_request_has_what_rfc_3261_wants() -> None:
    text = request(QUESTION).decode()
    assert text.startswith(
        "OPTIONS sip:ranin.test SIP/2.0\r\nVia: SIP/2.0/UDP 198.18.0.1:5062;rport;branch=z9hG4bKa1b2c3"
    )
    for name in ("Max-Forwards", "From", "To", "Call-ID", "CSeq", "Content-Length"):
        assert len(re.findall(rf"^{name}: ", text, re.MULTILINE)) == 1
    assert text.endswith("Content-Length: 0\r\n\r\n")


def test_ipv6_and_tcp_are_written_as_they_must() -> None:
    assert b"SIP/2.0/TCP [2001:db8::1]:5062;" in request(Question("201", "x", "2001:db8::1", 5062, "a", tcp=True))


@given(st.text(), st.text())
def test_no_setting_can_add_a_line(user: str, domain: str) -> None:
    lines = request(Question(user, domain, "198.18.0.1", 5062, "a")).split(b"\r\n")
    assert len(lines) == 11 and all(b"\n" not in line and b"\r" not in line for line in lines)


@pytest.mark.parametrize("code", [200, 302, 401, 403, 404, 405, 407, 480, 483, 486, 500, 501, 504, 600])
def test_any_final_status_means_alive(code: int) -> None:
    assert judge(QUESTION, answered(code)) is Verdict.ALIVE


def test_503_means_overloaded_and_100_means_wait() -> None:
    assert judge(QUESTION, answered(503)) is Verdict.OVERLOADED
    assert judge(QUESTION, answered(100)) is Verdict.WAIT


@pytest.mark.parametrize(
    "changed",
    [
        (b"z9hG4bKa1b2c3", b"z9hG4bKa1b2c4"),
        (b"Call-ID: a1b2c3", b"Call-ID: a1b2c4"),
        (b"CSeq: 1 OPTIONS", b"CSeq: 2 OPTIONS"),
        (b"CSeq: 1 OPTIONS", b"CSeq: 1 REGISTER"),
        (b"Via: ", b"Via: SIP/2.0/UDP 198.18.0.9:5060;branch=z9hG4bKx\r\nVia: "),
        (b"Via: ", b"X: "),
    ],
    ids=["branch", "call", "number", "method", "two vias", "no via"],
)
def test_an_answer_to_something_else_is_waited_past(changed: tuple[bytes, bytes]) -> None:
    assert judge(QUESTION, answered(200).replace(*changed, 1)) is Verdict.WAIT


def test_compact_and_folded_headers_are_read() -> None:
    message = (
        answered(200).replace(b"Via: ", b"v : ").replace(b"Call-ID:", b"i:").replace(b"CSeq: 1 ", b"CSeq:\r\n 1\t")
    )
    assert judge(QUESTION, message) is Verdict.ALIVE


@pytest.mark.parametrize(
    "message",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n",
        b"<html>Please log in</html>",
        b"\x00\x01garbage",
        b"SIP/2.0 OK",
    ],
)
def test_something_else_is_told_apart(message: bytes) -> None:
    assert judge(QUESTION, message) is Verdict.FOREIGN


@pytest.mark.parametrize(
    "message", [b"", b"\r\n\r\n", b"\0\0\0\0", b"OPTIONS sip:201@198.18.0.1 SIP/2.0\r\nVia: x\r\n\r\n"]
)
def test_keep_alives_and_requests_say_nothing(message: bytes) -> None:
    assert judge(QUESTION, message) is Verdict.WAIT


@given(st.binary(max_size=300))
def test_no_datagram_upsets_it(message: bytes) -> None:
    assert judge(QUESTION, message) not in (Verdict.ALIVE, Verdict.OVERLOADED)
    frame(message)


@given(st.data())
def test_no_damaged_answer_upsets_it(data: st.DataObject) -> None:
    message = bytearray(answered(200))
    for _ in range(data.draw(st.integers(1, 8))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    judge(QUESTION, bytes(message))
    judge(QUESTION, bytes(message[: data.draw(st.integers(0, len(message)))]))


@given(st.lists(st.integers(1, 400), max_size=20))
def test_a_stream_falls_into_messages_wherever_it_is_cut(cuts: list[int]) -> None:
    body = answered(404).replace(b"Content-Length: 0", b"l: 5") + b"hello"
    stream = b"\r\n\r\n" + body + answered(200)
    found, rest = [], b""
    for size in [*cuts, len(stream)]:
        rest, stream = rest + stream[:size], stream[size:]
        while (split := frame(rest))[0] is not None:
            found.append(split[0])
            rest = split[1]
        rest = split[1]
    assert found == [body[:-5], answered(200)] and rest == b""


def test_a_stream_that_is_not_sip_or_has_no_end_is_given_up() -> None:
    assert frame(b"HTTP/1.1 400 Bad Request\r\n")[0] == b"HTTP/1.1 400 Bad Request\r\n"
    endless = b"SIP/2.0 200 OK\r\n" + b"X: y\r\n" * 20000
    assert frame(endless)[0] == endless
