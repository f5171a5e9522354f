"""One command at a time: answers, unsolicited codes at bad moments, time-outs and finding each other again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.cellular.at import TIMEOUT, Answer, Ask, Final, Urc
from ranin.cellular.channel import QUIET_S, SYNC_WITHIN_S, Answered, Channel, Echoed, Hung

CREG = Ask("AT+CREG?", 10.0, "+CREG")


@pytest.fixture
def channel() -> Channel:
    """A channel that has found its modem."""
    channel = Channel()
    channel.start(0.0)
    assert channel.take() == b"AT\r"
    assert channel.feed(b"AT\r\r\nOK\r\n", 0.1) == []
    assert channel.tick(0.1 + QUIET_S) == []
    return channel


def test_an_answer_without_echo(channel: Channel) -> None:
    ticket = channel.ask(CREG, 1.0)
    assert channel.take() == b"AT+CREG?\r"
    assert channel.feed(b"\r\n+CREG: 2,1\r\n\r\nOK\r\n", 1.1) == [
        Answered(ticket, Answer(Final("OK"), ("+CREG: 2,1",)))
    ]


def test_a_code_comes_between_echo_and_answer(channel: Channel) -> None:
    ticket = channel.ask(Ask("AT+CSQ", 5.0, "+CSQ"), 1.0)
    found = channel.feed(b'AT+CSQ\r\r\nRING\r\n\r\n+CSQ: 20,99\r\n\r\n+CMTI: "SM",3\r\n\r\nOK\r\n', 1.1)
    assert found == [
        Echoed(),
        Urc("RING", "RING"),
        Urc("+CMTI", '+CMTI: "SM",3'),
        Answered(ticket, Answer(Final("OK"), ("+CSQ: 20,99",))),
    ]


def test_commands_wait_for_each_other_and_urgent_ones_go_first(channel: Channel) -> None:
    channel.ask(Ask("AT+A"), 1.0)
    channel.ask(Ask("AT+B"), 1.0)
    channel.ask(Ask("ATH", urgent=True), 1.0)
    assert channel.take() == b"AT+A\r"
    channel.feed(b"OK\r\n", 1.1)
    assert channel.take() == b"ATH\r"
    channel.feed(b"OK\r\n", 1.2)
    assert channel.take() == b"AT+B\r"


def test_no_carrier_is_final_for_a_call_and_a_code_for_others(channel: Channel) -> None:
    ticket = channel.ask(CREG, 1.0)
    assert channel.feed(b"NO CARRIER\r\n", 1.1) == [Urc("NO CARRIER", "NO CARRIER")]
    assert channel.feed(b"OK\r\n", 1.2) == [Answered(ticket, Answer(Final("OK")))]
    ticket = channel.ask(Ask("ATD1;", 90.0, dials=True), 2.0)
    assert channel.feed(b"NO CARRIER\r\n", 2.1) == [Answered(ticket, Answer(Final("NO CARRIER")))]


def test_the_body_of_a_message_waits_for_the_prompt(channel: Channel) -> None:
    ticket = channel.ask(Ask("AT+CMGS=19", 60.0, "+CMGS", "0011"), 1.0)
    assert channel.take() == b"AT+CMGS=19\r"
    channel.feed(b"\r\n> ", 1.2)
    assert channel.take() == b"0011\x1a" and channel.deadline_s == 61.2
    assert channel.feed(b"\r\n+CMGS: 5\r\n\r\nOK\r\n", 3.0) == [Answered(ticket, Answer(Final("OK"), ("+CMGS: 5",)))]


def test_a_prompt_that_does_not_come_is_escaped_from(channel: Channel) -> None:
    ticket = channel.ask(Ask("AT+CMGS=19", 60.0, "+CMGS", "0011"), 1.0)
    channel.take()
    assert channel.tick(11.0) == [Answered(ticket, Answer(TIMEOUT))]
    assert channel.take() == b"\x1bAT\r"


def test_late_lines_are_dropped_after_a_time_out(channel: Channel) -> None:
    slow = channel.ask(CREG, 1.0)
    after = channel.ask(Ask("AT+CSQ", 5.0, "+CSQ"), 1.0)
    channel.take()
    assert channel.tick(11.0) == [Answered(slow, Answer(TIMEOUT))]
    assert channel.take() == b"AT\r"
    assert channel.feed(b"+CREG: 2,1\r\n\r\nOK\r\n", 11.5) == [Urc("+CREG", "+CREG: 2,1")]  # it holds at any time
    assert channel.feed(b"\r\nOK\r\n", 11.6) == [] and channel.take() == b""
    assert channel.tick(11.6 + QUIET_S) == [] and channel.take() == b"AT+CSQ\r"
    assert channel.feed(b"+CSQ: 9,99\r\nOK\r\n", 12.0) == [Answered(after, Answer(Final("OK"), ("+CSQ: 9,99",)))]


def test_a_truncated_answer_is_a_time_out_and_not_the_end(channel: Channel) -> None:
    ticket = channel.ask(CREG, 1.0)
    channel.take()
    assert channel.feed(b"\r\n+CREG: 2,1\r\n\r\nO", 1.1) == []
    assert channel.tick(11.0) == [Answered(ticket, Answer(TIMEOUT, ("+CREG: 2,1",)))]


def test_three_missed_ats_are_a_hung_modem() -> None:
    channel = Channel()
    channel.start(0.0)
    assert channel.tick(SYNC_WITHIN_S) == [] and channel.tick(2 * SYNC_WITHIN_S) == []
    assert channel.take() == b"AT\rAT\rAT\r"
    assert channel.tick(3 * SYNC_WITHIN_S) == [Hung()]
    channel.ask(CREG, 7.0)
    assert channel.take() == b"" and channel.deadline_s is None


def test_a_ussd_text_of_many_lines(channel: Channel) -> None:
    assert channel.feed(b'\r\n+CUSD: 1,"Menu\r\n1 Credit\r\n2 Help",15\r\n', 1.0) == [
        Urc("+CUSD", '+CUSD: 1,"Menu\n1 Credit\n2 Help",15')
    ]


def test_a_ussd_text_that_was_cut_short_swallows_nothing(channel: Channel) -> None:
    ticket = channel.ask(Ask("AT+CSQ", 5.0, "+CSQ"), 1.0)
    found = channel.feed(b'+CUSD: 0,"Cre\r\n+CSQ: 7,99\r\n\r\nOK\r\n', 1.0)
    assert found == [Urc("+CUSD", '+CUSD: 0,"Cre'), Answered(ticket, Answer(Final("OK"), ("+CSQ: 7,99",)))]


def test_a_direct_message_brings_its_pdu(channel: Channel) -> None:
    assert channel.feed(b"+CMT: ,24\r\n00AB\r\n", 1.0) == [Urc("+CMT", "+CMT: ,24", "00AB")]
    assert channel.feed(b"+CMT: ,24\r\nRING\r\n", 1.0) == [Urc("+CMT", "+CMT: ,24"), Urc("RING", "RING")]


@given(st.lists(st.tuples(st.binary(max_size=60), st.floats(0, 30)), max_size=12))
def test_whatever_a_modem_says_the_channel_goes_on(talk: list[tuple[bytes, float]]) -> None:
    channel, now_s = Channel(), 0.0
    channel.start(now_s)
    ticket = channel.ask(CREG, now_s)
    found = []
    for data, wait_s in talk:
        now_s += wait_s
        found += channel.feed(data, now_s) + channel.tick(now_s)
    while channel.deadline_s is not None:
        found += channel.tick(channel.deadline_s)
    ends = [item for item in found if item == Hung() or (isinstance(item, Answered) and item.ticket == ticket)]
    assert ends
