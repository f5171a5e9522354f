"""The messages between daemon and engine, and SIP's texts in the core's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.core.commands import ConnectEar, PlaceCall
from ranin.core.events import CallArrived, CallProgressed, Progress
from ranin.core.mobile import CellSoundLost, LeaveCellSound
from ranin.core.neighbours import DigitReceived, JoinCalls, ProgressCall, TakeOffer
from ranin.core.settings import Account, Secret
from ranin.core.team import PartiesChanged, Party, Presence, WatchEnded, WatchParty
from ranin.core.tones import Signal, tone
from ranin.core.verstat import Verstat
from ranin.sip import wire
from ranin.sip.translate import amplitude, caller, party, requested, retry_after_s, target_uri, volume_gain


@pytest.mark.parametrize(
    "message",
    [
        wire.Hello(7),
        wire.RegisterAt(0, Account(user="201", password=Secret("p")), "192.0.2.1", 5060, "192.0.2.2"),
        PlaceCall(1, 0, "604"),
        ConnectEar((1,), tone(Signal.BUSY, "GB"), True),
        CallProgressed(1, Progress.EARLY_MEDIA),
        CallArrived("offer-1", 0, "نورا", "603"),
        CallArrived("offer-2", 0, "", "603", verstat=Verstat.FAILED),
        PlaceCall(2, 0, "604", hidden=True),
        WatchParty(3, 0, "sip:204@example.net"),
        PartiesChanged(3, (Party("204", "نورا", Presence.RINGING), Party("205", "", Presence.UNREACHABLE))),
        WatchEnded(3, 200, "deactivated", 30),
        wire.JoinCell(1, "plughw:CARD=Android", 8000),
        LeaveCellSound(1),
        CallArrived("offer-2", -2, "Kitchen", "202", "+33612345678"),
        TakeOffer(3, "offer-2"),
        ProgressCall(3, 183),
        JoinCalls((3, 4)),
        DigitReceived(3, "#"),
        CellSoundLost(1, "it was pulled out"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_arrives_as_it_was_sent(message: object) -> None:
    line = wire.encode(message)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert wire.decode(line[:-1]) == message


def test_what_a_peer_said_that_is_no_utf8_is_replaced() -> None:
    arrived = CallArrived("offer-1", 0, b"Jos\xe9".decode(errors="surrogateescape"), "603")
    assert wire.decode(wire.encode(arrived)) == CallArrived("offer-1", 0, "Jos?", "603")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_garbage_is_refused_and_never_repeated(line: bytes) -> None:
    with pytest.raises(wire.WireError) as found:
        wire.decode(line)
    assert len(str(found.value)) < 200


@pytest.mark.parametrize(
    "line", [b'{"kind":"PlaceCall","body":{"call":"x"}}', b'{"kind":"Popen","body":{}}', b"[" * 5000, b'{"kind":1}']
)
def test_a_wrong_message_is_refused(line: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(line)


@given(st.lists(st.binary(max_size=40).filter(lambda part: b"\n" not in part), max_size=8), st.integers(1, 7))
def test_lines_come_out_however_the_bytes_are_cut(parts: list[bytes], cut: int) -> None:
    stream, lines = b"".join(part + b"\n" for part in parts), wire.Lines()
    got = [line for start in range(0, len(stream), cut) for line in lines.feed(stream[start : start + cut])]
    assert got == [part for part in parts if part]


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(wire.WireError, match="more than"):
        wire.Lines().feed(b"x" * (wire.LONGEST_LINE + 1))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("INVITE sip:0612345678@10.0.0.2:5061;transport=tls SIP/2.0", "0612345678"),
        ("INVITE sip:%2B33612345678@10.0.0.2 SIP/2.0", "+33612345678"),
        ("INVITE tel:+33612345678 SIP/2.0", "+33612345678"),
        ("INVITE sip:10.0.0.2 SIP/2.0", "10.0.0.2"),
        ("INVITE sip:06 12@x SIP/2.0", ""),
        ("INVITE", ""),
        ("", ""),
    ],
)
def test_whom_a_request_is_for(line: str, wanted: str) -> None:
    assert requested(f"{line}\r\nTo: <sip:666@x>\r\n\r\n") == wanted


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ('"Nora Haddad" <sip:603@example.net>', ("Nora Haddad", "603")),
        ("Nora <sip:603@example.net;user=phone>;tag=x", ("Nora", "603")),
        ('"Say \\"hi\\"" <sip:603@x>', ('Say "hi"', "603")),
        ("<sip:%2B33612345678@x>", ("", "+33612345678")),
        ("sip:603@x", ("", "603")),
        ("<tel:+331234>", ("", "+331234")),
        ('"603" <sip:603@x>', ("", "603")),
        ('"\u202eevil\x07" <sip:1@x>', ("evil", "1")),
        ("<sip:example.net>", ("", "example.net")),
        ('"نورا" <sip:603@x>', ("نورا", "603")),
    ],
)
def test_who_an_address_is(address: str, wanted: tuple[str, str]) -> None:
    assert party(address) == wanted


@given(st.text(max_size=5000))
def test_no_address_is_too_strange(address: str) -> None:
    name, number = party(address)
    assert len(name) <= 80 and len(number) <= 64 and "\n" not in name + number


def test_the_server_asserts_who_calls() -> None:
    message = 'INVITE sip:201@x SIP/2.0\r\nP-Asserted-Identity: "Bank" <sip:3900@x>\r\nFrom: x\r\n\r\nv=0'
    assert caller("<sip:anonymous@anonymous.invalid>", message) == ("Bank", "3900")
    assert caller("<sip:603@x>", "INVITE sip:201@x SIP/2.0\r\n\r\nP-Asserted-Identity: <sip:1@x>") == ("", "603")


@pytest.mark.parametrize(
    ("target", "uri"),
    [
        ("604", "sip:604@x.y"),
        ("*97", "sip:*97@x.y"),
        ("*21*06#", "sip:*21*06%23@x.y"),
        ("nora@other.org", "sip:nora@other.org"),
        ("sip:a@b;transport=tcp", "sip:a@b;transport=tcp"),
    ],
)
def test_what_is_called(target: str, uri: str) -> None:
    assert target_uri(target, "x.y") == uri


@pytest.mark.parametrize("target", ["", "a b", "<sip:x>", 'x"y', "1\r\nVia: x"])
def test_what_cannot_be_called(target: str) -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        target_uri(target, "x.y")


def test_levels() -> None:
    assert volume_gain(6) == 1.0 and volume_gain(8) == pytest.approx(2.0, rel=0.01) and volume_gain(0) > 0.1
    assert amplitude(3.14) == 32767 and amplitude(-13) == pytest.approx(5110, abs=10)


def test_retry_after_is_read_from_the_head_alone() -> None:
    assert retry_after_s("SIP/2.0 503 x\r\nRetry-After: 120 (busy)\r\n\r\n") == 120
    assert retry_after_s("SIP/2.0 503 x\r\n\r\nRetry-After: 120") == 0


def test_a_name_that_is_no_utf_8_arrives_with_question_marks() -> None:
    """As SWIG gives the bytes of a caller's name in Latin-1."""
    arrived = CallArrived("offer-1", 0, "Caf\udce9", "70\udcff")
    assert wire.decode(wire.encode(arrived).rstrip()) == CallArrived("offer-1", 0, "Caf?", "70?")
