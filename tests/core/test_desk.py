"""What each key and the hook do, as a person at the phone meets it."""

from dataclasses import replace

import pytest

from ranin.core.commands import (
    AnswerCall,
    HangUpCall,
    KeepSettings,
    LogCall,
    PlaceCall,
    PlayKeyTone,
    SendDtmf,
    SetVolume,
)
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressed,
    Direction,
    EngineLost,
    EngineReady,
    HookLifted,
    HookReplaced,
    KeyHeld,
    KeyPressed,
    KeyReleased,
    KeyStuck,
    Progress,
    SoundLost,
)
from ranin.core.keys import Key
from ranin.core.screens.screen import Dialing, Gauge, Idle, InCall, Listing, Notice, Ringing
from ranin.core.state import Desk
from tests.core.desk_model import SETTINGS, Bench, keys


def press(bench: Bench, text: str) -> None:
    for key in keys(text):
        bench.send(KeyPressed(key), KeyReleased(key))


def talking(number: str = "555") -> Bench:
    bench = Bench().ready()
    bench.send(HookLifted())
    press(bench, number + "#")
    bench.send(CallProgressed(1, Progress.RINGING), CallAnswered(1))
    return bench


def test_lifting_gives_dial_tone_and_replacing_takes_it_away() -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    assert bench.tone == "dial" and isinstance(bench.screen, Dialing)
    bench.send(HookReplaced())
    assert bench.tone == "" and isinstance(bench.screen, Idle)


def test_the_first_digit_stops_dial_tone_and_sounds_in_the_ear() -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    assert PlayKeyTone("5") in bench.send(KeyPressed(Key.D5))
    assert bench.tone == ""


@pytest.mark.parametrize("finish", [Key.HASH, Key.OK])
def test_hash_or_ok_dials_at_once(finish: Key) -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    press(bench, "0612")
    assert PlaceCall(1, 0, "0612") in bench.send(KeyPressed(finish))


def test_the_inter_digit_time_out_dials() -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    press(bench, "06")
    assert not any(isinstance(c, PlaceCall) for c in bench.wait(3.9))
    assert PlaceCall(1, 0, "06") in bench.wait(0.2)


def test_a_complete_number_of_the_plan_dials_without_waiting() -> None:
    bench = Bench(replace(SETTINGS, digit_map="112|[2-6]xx|0x.T")).ready()
    bench.send(HookLifted())
    press(bench, "112")
    assert bench.last(PlaceCall) == PlaceCall(1, 0, "112")


def test_a_number_outside_the_plan_is_unobtainable() -> None:
    bench = Bench(replace(SETTINGS, digit_map="112|[2-6]xx|0x.T")).ready()
    bench.send(HookLifted())
    press(bench, "7")
    assert bench.tone == "unobtainable"
    assert isinstance(bench.screen, Notice) and bench.screen.title == "No such number"


def test_help_is_called_whatever_the_plan_says() -> None:
    bench = Bench(replace(SETTINGS, digit_map="[2-6]xx")).ready()
    bench.send(HookLifted())
    press(bench, "112")
    assert bench.last(PlaceCall) is None and bench.tone == ""
    bench.wait(5)
    assert bench.last(PlaceCall) == PlaceCall(1, 0, "112")


def test_a_short_number_of_the_plan_waits_where_help_begins_with_it() -> None:
    bench = Bench(replace(SETTINGS, digit_map="xx")).ready()
    bench.send(HookLifted())
    press(bench, "11")
    assert bench.last(PlaceCall) is None
    press(bench, "2")
    bench.wait(5)
    assert bench.last(PlaceCall) == PlaceCall(1, 0, "112")
    bench = Bench(replace(SETTINGS, digit_map="xx")).ready()
    bench.send(HookLifted())
    press(bench, "11")
    bench.wait(5)
    assert bench.last(PlaceCall) == PlaceCall(1, 0, "11")


def test_digits_typed_with_the_handset_down_are_dialled_by_lifting() -> None:
    bench = Bench().ready()
    press(bench, "0613")
    bench.send(KeyPressed(Key.CANCEL))
    assert isinstance(bench.screen, Dialing) and bench.screen.hint == "Lift to call"
    assert PlaceCall(1, 0, "061") in bench.send(HookLifted())


def test_a_long_cancel_forgets_the_number() -> None:
    bench = Bench().ready()
    press(bench, "0613")
    bench.send(KeyPressed(Key.CANCEL), KeyHeld(Key.CANCEL))
    assert isinstance(bench.screen, Idle)


@pytest.mark.parametrize(
    ("code", "title", "tone"),
    [
        (404, "No such number", "unobtainable"),
        (486, "Busy", "busy"),
        (408, "Server does not answer", "congestion"),
        (480, "Not available", "congestion"),
        (488, "No common sound format", "congestion"),
        (503, "Server is overloaded", "congestion"),
        (603, "Call refused", "busy"),
        (0, "Server not found", "congestion"),
        (699, "Call failed", "congestion"),
    ],
)
def test_failures_are_said_in_words_and_tones(code: int, title: str, tone: str) -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    press(bench, "555#")
    bench.send(CallEnded(1, code, "whatever the server wrote"))
    assert isinstance(bench.screen, Notice) and bench.screen.title == title
    assert str(code) not in bench.screen.title + bench.screen.text
    assert bench.tone == tone


def test_ringback_until_the_answer_then_the_call_itself() -> None:
    bench = talking()
    assert bench.tone == "" and bench.phone.shown.ear.calls == (1,)
    bench.wait(65)
    assert isinstance(bench.screen, InCall) and bench.screen.timer == "1:05"


def test_early_media_replaces_the_ringback_tone() -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    press(bench, "555#")
    bench.send(CallProgressed(1, Progress.RINGING))
    assert bench.tone == "ringback"
    bench.send(CallProgressed(1, Progress.EARLY_MEDIA))
    assert bench.tone == "" and bench.phone.shown.ear.calls == (1,)


def test_digits_in_a_call_go_out_and_are_heard() -> None:
    bench = talking()
    commands = bench.send(KeyPressed(Key.D7))
    assert SendDtmf(1, "7") in commands and PlayKeyTone("7") in commands


def test_mute_toggles_only_in_a_call_and_ends_with_it() -> None:
    bench = Bench().ready()
    bench.send(KeyPressed(Key.MUTE))
    assert not bench.phone.muted
    bench = talking()
    bench.send(KeyPressed(Key.MUTE))
    assert bench.phone.shown.ear.muted
    bench.send(HookReplaced())
    assert not bench.phone.muted


def test_lifting_answers_and_replacing_hangs_up() -> None:
    bench = Bench().ready()
    bench.send(CallArrived("o1", 0, "Nora Haddad", "603"))
    assert bench.screen == Ringing(
        "Nora Haddad", "603", "Shop", "Lift to answer", bench.screen.icons, ("", "Refuse", "Silence")
    )
    assert AnswerCall(1) in bench.send(HookLifted())
    bench.send(CallAnswered(1))
    assert HangUpCall(1) in bench.send(HookReplaced())
    logged = bench.last(LogCall)
    assert isinstance(logged, LogCall) and logged.call.direction is Direction.IN


def test_cancel_refuses_a_ringing_call_and_mute_hushes_it() -> None:
    bench = Bench().ready()
    bench.send(CallArrived("o1", 0, "", "603"), KeyPressed(Key.MUTE))
    assert bench.phone.shown.ring.melody == ""
    assert HangUpCall(1, 486) in bench.send(KeyPressed(Key.CANCEL))


def test_a_missed_call_is_counted_listed_and_dialled_back() -> None:
    bench = Bench().ready()
    bench.send(CallArrived("o1", 0, "Nora", "603"), CallEnded(1, 487, ""))
    assert isinstance(bench.screen, Idle) and bench.screen.missed == 1
    bench.send(KeyPressed(Key.OK))
    assert isinstance(bench.screen, Listing) and "Nora" in bench.screen.rows[0]
    assert bench.phone.missed == 0
    assert PlaceCall(2, 0, "603") in bench.send(HookLifted())


def test_redial_calls_the_last_number_again() -> None:
    bench = talking("0612")
    bench.send(HookReplaced(), CallEnded(1, 200, ""), HookLifted())
    assert PlaceCall(2, 0, "0612") in bench.send(KeyPressed(Key.REDIAL))


def test_the_message_key_calls_the_mailbox() -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    assert PlaceCall(1, 0, "*97") in bench.send(KeyPressed(Key.MESSAGE))


def test_without_a_mailbox_the_message_key_says_so() -> None:
    account = replace(SETTINGS.accounts[0], voicemail="")
    bench = Bench(replace(SETTINGS, accounts=(account,))).ready()
    bench.send(KeyPressed(Key.MESSAGE))
    assert isinstance(bench.screen, Notice) and bench.screen.title == "No mailbox"


def test_volume_keys_change_the_ringer_at_rest_and_the_handset_in_a_call() -> None:
    bench = Bench().ready()
    bench.send(KeyPressed(Key.UP))
    assert bench.phone.settings.ringer_volume == 7 and isinstance(bench.screen, Gauge)
    bench.wait(3)
    assert isinstance(bench.screen, Idle)
    bench = talking()
    assert SetVolume(5) in bench.send(KeyPressed(Key.DOWN))
    kept = bench.last(KeepSettings)
    assert isinstance(kept, KeepSettings) and kept.settings.handset_volume == 5


def test_a_handset_left_off_howls_then_hushes() -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    bench.wait(16)
    assert bench.tone == "howler" and isinstance(bench.screen, Notice)
    bench.wait(61)
    assert bench.tone == "" and bench.phone.desk is Desk.HUSHED
    bench.send(HookReplaced())
    assert isinstance(bench.screen, Idle)


def test_the_far_end_hanging_up_is_told_then_howled_about() -> None:
    bench = talking()
    bench.send(CallEnded(1, 200, ""))
    assert bench.tone == "busy" and isinstance(bench.screen, Notice)
    assert bench.screen.title == "Call ended"
    bench.wait(21)
    assert bench.tone == "howler"


def test_an_engine_that_dies_in_a_call_is_said_at_once_and_the_next_call_works() -> None:
    bench = talking()
    bench.send(EngineLost("killed by SIGSEGV"))
    assert isinstance(bench.screen, Notice) and bench.screen.title == "One moment"
    bench.send(HookReplaced(), EngineReady(), HookLifted())
    press(bench, "555#")
    assert bench.last(PlaceCall) == PlaceCall(2, 0, "555")


def test_a_stuck_key_is_told_and_does_nothing_more() -> None:
    bench = Bench().ready()
    bench.send(KeyPressed(Key.D5), KeyStuck(Key.D5), KeyPressed(Key.CANCEL))
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Key 5 is stuck"
    assert bench.send(KeyPressed(Key.D5)) == []
    bench.send(KeyReleased(Key.D5))
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Ready"


def test_a_missing_sound_card_is_said() -> None:
    bench = Bench().ready()
    bench.send(SoundLost("handset", "unplugged"))
    assert isinstance(bench.screen, Idle) and bench.screen.state == "No sound card"
    bench.send(HookLifted())
    assert isinstance(bench.screen, Notice) and bench.screen.title == "No sound card"


def test_an_unanswered_call_is_given_up_at_last() -> None:
    bench = Bench().ready()
    bench.send(CallArrived("o1", 0, "", "603"))
    assert HangUpCall(1, 480) in bench.wait(181)
