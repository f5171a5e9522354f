"""Real-time text as a person meets it: read while it comes, written by multi-tap, and never in the way of a call."""

from dataclasses import replace

import pytest

from ranin.core.commands import SendDtmf
from ranin.core.events import CallArrived, CallEnded, KeyHeld, KeyPressed
from ranin.core.keys import Key
from ranin.core.realtext import LONGEST, SendText, TextChanged, TextReceived, read
from ranin.core.screens.screen import CallList, InCall, Ringing, Texting
from ranin.core.state import CallState
from tests.core.desk_model import Bench
from tests.core.test_several import press, soft, talking, two_calls


def writing() -> Bench:
    """In a conversation with text, the keys write."""
    bench = talking()
    bench.send(TextChanged(bench.phone.calls[0].number, True))
    soft(bench, "Text")
    return bench


def ours(bench: Bench) -> str:
    screen = bench.screen
    assert isinstance(screen, Texting)
    return screen.ours


def sent(bench: Bench) -> str:
    return "".join(order.text for order in bench.commands_of(SendText))  # type: ignore[attr-defined]


READ = [
    ("hello", "hello"),
    ("\ufeffhello", "hello"),
    ("helo\blo", "hello"),
    ("\b\b\ba", "a"),
    ("one\r\ntwo", "one\ntwo"),
    ("one\u2028two", "one\ntwo"),
    ("one\ntwo", "one\ntwo"),
    ("lost\ufffd here", "lost\ufffd here"),
    ("\x07\x1b[31mred\x9b0m\x00\x7f", "[31mred0m"),
    ("a\u202eb\u2066c", "abc"),
    ("مى\u200cخواهم", "مى\u200cخواهم"),
]


@pytest.mark.parametrize(("came", "is_kept"), READ, ids=range(len(READ)))
def test_characters_are_read_as_t140_says_one_packet_or_one_at_a_time(came: str, is_kept: str) -> None:
    assert read("", came) == is_kept
    kept = ""
    for letter in came:
        kept = read(kept, letter)
    assert kept == is_kept


def test_no_more_is_kept_than_a_thousand_characters() -> None:
    kept = read("x" * LONGEST, "y" * 5000 + "end")
    assert len(kept) == LONGEST and kept.endswith("yend")


def test_what_comes_is_shown_as_it_comes_and_goes_with_the_call() -> None:
    bench = talking()
    call = bench.phone.calls[0].number
    bench.send(TextChanged(call, True))
    assert isinstance(bench.screen, InCall) and bench.screen.keys == ("Hold", "Transfer", "Text")
    for letter in "Hi\u2028yiu\b\bou":
        bench.send(TextReceived(call, letter))
    screen = bench.screen
    assert isinstance(screen, Texting) and screen.theirs == "Hi\nyou" and not screen.typing
    press(bench, "5")
    assert bench.commands_of(SendDtmf) == [SendDtmf(call, "5")], "digits are DTMF while nobody writes"
    bench.send(CallEnded(call, 200, ""))
    assert not isinstance(bench.screen, Texting)


def test_a_call_without_text_has_no_key_for_it_and_takes_none() -> None:
    bench = talking()
    call = bench.phone.calls[0].number
    bench.send(TextReceived(call, "never"), TextReceived(99, "nobody"), TextChanged(99, True))
    assert isinstance(bench.screen, InCall) and bench.screen.keys == ("Hold", "Transfer", "End")
    assert bench.phone.calls[0].text is None


def test_the_keys_write_and_every_letter_is_sent_as_it_is_typed() -> None:
    bench = writing()
    press(bench, "44")
    assert ours(bench) == "h" and sent(bench) == "g\bh"
    press(bench, "4444")
    assert ours(bench) == "h", "the letters of a key go round"
    bench.wait(1.1)
    press(bench, "444")
    assert ours(bench) == "hi"
    assert read("", sent(bench)) == "hi"
    assert not bench.commands_of(SendDtmf)


def test_a_digit_a_mode_a_new_line_and_taking_back() -> None:
    bench = writing()
    bench.send(KeyPressed(Key.D2), KeyHeld(Key.D2))
    press(bench, Key.UP, "3")
    assert ours(bench) == "2D"
    press(bench, Key.OK, Key.CANCEL, Key.CANCEL)
    assert ours(bench) == "2"
    soft(bench, "Delete")
    assert ours(bench) == "" and read("", sent(bench)) == ""
    before = sent(bench)
    soft(bench, "Delete")
    assert sent(bench) == before, "where nothing is, nothing is erased there"
    soft(bench, "ABC")
    press(bench, "7")
    assert ours(bench) == "7"


def test_done_gives_the_keys_back_and_what_was_written_stays() -> None:
    bench = writing()
    press(bench, "2")
    soft(bench, "Done")
    press(bench, "2")
    assert sent(bench) == "a" and len(bench.commands_of(SendDtmf)) == 1
    bench.send(TextReceived(bench.phone.calls[0].number, "?"))
    assert ours(bench) == "a"
    soft(bench, "Text")
    press(bench, Key.CANCEL, Key.CANCEL)
    assert isinstance(bench.screen, Texting) and not bench.screen.typing, (
        "CANCEL with nothing left ends it, not the call"
    )
    assert bench.phone.calls[0].state is CallState.TALKING
    press(bench, Key.CANCEL)
    assert not bench.phone.alive


def test_who_calls_meanwhile_is_shown_and_answered_and_each_call_keeps_its_text() -> None:
    bench = writing()
    first = bench.phone.calls[0].number
    press(bench, "2")
    bench.send(CallArrived("offer", 0, "Nora", "603"))
    assert isinstance(bench.screen, CallList | Ringing) and "Answer" in bench.screen.keys
    press(bench, "2")
    assert sent(bench) == "a", "the keys are about who calls"
    bench.send(TextReceived(first, "wait"))
    soft(bench, "Refuse")
    screen = bench.screen
    assert isinstance(screen, Texting) and (screen.ours, screen.theirs, screen.typing) == ("a", "wait", True)


def test_a_call_put_aside_neither_writes_nor_is_lost() -> None:
    bench = writing()
    press(bench, "2")
    soft(bench, "Done")
    soft(bench, "Hold")
    press(bench, "2")
    assert sent(bench) == "a" and bench.phone.digits == "2"
    press(bench, Key.CANCEL)
    bench.send(TextReceived(bench.phone.calls[0].number, "!"))
    assert ours(bench) == "a"


def test_in_a_conference_one_writes_to_the_call_in_front() -> None:
    bench = two_calls()
    soft(bench, "Join")
    first, second = (call.number for call in bench.phone.calls)
    bench.send(TextChanged(first, True), TextChanged(second, True), TextReceived(second, "hers"))
    assert isinstance(bench.screen, CallList), "the list stays, for whom to choose is on it"
    press(bench, Key.DOWN)
    soft(bench, "Text")
    press(bench, "2")
    assert bench.commands_of(SendText) == [SendText(second, "a")]
    screen = bench.screen
    assert isinstance(screen, Texting) and (screen.name, screen.theirs, screen.ours) == ("602", "hers", "a")
    soft(bench, "Done")
    press(bench, Key.UP)
    soft(bench, "Text")
    press(bench, "3")
    assert bench.commands_of(SendText)[-1] == SendText(first, "d")


def test_a_stream_that_goes_takes_the_key_with_it() -> None:
    bench = writing()
    bench.send(TextChanged(bench.phone.calls[0].number, False))
    assert isinstance(bench.screen, InCall) and "Text" not in bench.screen.keys
    press(bench, "5")
    assert len(bench.commands_of(SendDtmf)) == 1


def test_a_stream_that_comes_again_finds_what_was_written() -> None:
    bench = writing()
    press(bench, "2")
    call = bench.phone.calls[0].number
    bench.send(TextReceived(call, "hello"))
    bench.send(TextChanged(call, False))
    bench.send(TextChanged(call, True))
    assert isinstance(bench.screen, Texting) and (bench.screen.theirs, bench.screen.ours) == ("hello", "a")
    press(bench, "3")
    assert isinstance(bench.screen, Texting) and bench.screen.ours == "ad"


def test_what_is_written_is_in_no_repr() -> None:
    bench = writing()
    bench.send(TextReceived(bench.phone.calls[0].number, "canary-text"))
    press(bench, "2")
    told = f"{bench.phone!r}{replace(bench.phone)!r}{bench.commands!r}{TextReceived(1, 'canary-text')!r}"
    assert "canary-text" not in told
