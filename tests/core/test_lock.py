"""The keypad lock, as a person at the phone meets it."""

from dataclasses import replace

import pytest

from ranin.core.commands import AnswerCall, HangUpCall, PlaceCall
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    HookLifted,
    HookReplaced,
    KeyHeld,
    KeyPressed,
    SettingsChanged,
)
from ranin.core.keys import Key
from ranin.core.lock import FIRST_WAIT_S
from ranin.core.pin import hashed, is_hash, matches
from ranin.core.screens.screen import Dialing, Entry, Icon, Idle, InCall, Listing, Notice
from ranin.core.settings import Contact, LockSettings, Secret
from tests.core.desk_model import SETTINGS, Bench
from tests.core.test_several import press, soft

PIN = Secret(hashed("4711", b"0123456789abcdef"))
LOCK = LockSettings(PIN, after_min=5)
OWN = replace(SETTINGS, lock=LOCK, hotline="600", contacts=(Contact("Nora", "603", speed="2"),))


def locked() -> Bench:
    """As it is after a start."""
    return Bench(OWN).ready()


def unlocked() -> Bench:
    bench = locked()
    press(bench, "4711", Key.OK)
    return bench


def calls(bench: Bench) -> list[str]:
    return [command.target for command in bench.commands_of(PlaceCall)]  # type: ignore[attr-defined]


def test_a_start_locks_and_the_pin_unlocks() -> None:
    bench = locked()
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Locked" and Icon.LOCK in bench.screen.icons
    press(bench, "47115", Key.CANCEL)
    assert isinstance(bench.screen, Entry) and (bench.screen.title, bench.screen.text) == ("Locked", "••••")
    assert bench.screen.keys == ("Unlock", "Delete", "")
    assert bench.phone.private and "4711" not in repr(bench.phone)
    soft(bench, "Unlock")
    assert isinstance(bench.screen, Notice) and bench.screen.title == "Unlocked"
    press(bench, Key.CANCEL)
    assert isinstance(bench.screen, Idle) and Icon.LOCK not in bench.screen.icons and not bench.phone.private


@pytest.mark.parametrize("key", [Key.MENU, Key.REDIAL, Key.MESSAGE, Key.UP])
def test_nothing_else_opens(key: Key) -> None:
    bench = locked()
    level = bench.phone.settings.ringer_volume
    press(bench, key)
    assert isinstance(bench.screen, Notice) and bench.screen.title == "Locked"
    assert bench.phone.menu is None and bench.phone.settings.ringer_volume == level
    bench.send(HookLifted())
    press(bench, key, Key.OK, "0612345678", Key.HASH)
    bench.send(KeyPressed(Key.D2), KeyHeld(Key.D2))
    bench.wait(30)
    assert calls(bench) == []


@pytest.mark.parametrize("number", ["112", "15", "119"])
def test_help_is_called_from_a_locked_phone(number: str) -> None:
    bench = locked()
    bench.send(HookLifted())
    assert bench.tone == "dial"
    press(bench, number[:-1])
    assert isinstance(bench.screen, Dialing)
    assert (bench.screen.digits, bench.screen.hint, bench.tone) == (number[:-1], "Emergency numbers only", "")
    press(bench, number[-1])
    assert calls(bench) == [number] and bench.phone.lock.locked
    bench.send(HookReplaced())
    press(bench, number)
    assert isinstance(bench.screen, Entry) and bench.screen.hint == "Lift to call"
    bench.send(HookLifted())
    assert calls(bench) == [number, number]


def test_help_is_called_while_no_pin_may_be_tried() -> None:
    bench = locked()
    press(bench, "0000", Key.OK)
    bench.send(HookLifted())
    press(bench, "112")
    assert calls(bench) == ["112"]


def test_a_call_in_is_answered_and_ended() -> None:
    bench = locked()
    bench.send(CallArrived("o", 0, "Omar", "604"))
    assert AnswerCall(1) in bench.send(HookLifted())
    bench.send(CallAnswered(1))
    assert isinstance(bench.screen, InCall) and bench.screen.keys == ("", "", "End")
    assert HangUpCall(1, 0) in press(bench, Key.CANCEL)
    press(bench, "603", Key.HASH)
    assert calls(bench) == []
    bench.send(HookReplaced(), CallArrived("p", 0, "Omar", "604"))
    assert HangUpCall(2, 486) in soft(bench, "Refuse")


def test_a_wrong_pin_has_the_next_one_wait_longer_every_time() -> None:
    bench = locked()
    for wait in (FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S):
        press(bench, "1234", Key.OK)
        assert isinstance(bench.screen, Notice)
        assert (bench.screen.title, bench.screen.text) == ("Wrong PIN", f"Wait {wait:.0f} s, then type it again.")
        bench.wait(wait - 1)
        press(bench, "4711", Key.OK)
        assert bench.phone.lock.locked, "even the right one waits"
        bench.wait(1)
    press(bench, "4711", Key.OK)
    assert not bench.phone.lock.locked and bench.phone.lock.failures == 0


def test_holding_the_star_locks_at_rest() -> None:
    bench = unlocked()
    press(bench, Key.MENU)
    bench.send(KeyPressed(Key.STAR), KeyHeld(Key.STAR))
    assert not bench.phone.lock.locked and isinstance(bench.screen, Listing)
    press(bench, Key.MENU)
    bench.send(KeyPressed(Key.STAR), KeyHeld(Key.STAR))
    assert bench.phone.lock.locked and bench.phone.digits == "" and isinstance(bench.screen, Idle)
    bench = Bench().ready()
    bench.send(KeyPressed(Key.STAR), KeyHeld(Key.STAR))
    assert not bench.phone.lock.locked, "there is no PIN"


def test_it_locks_itself_when_nobody_has_touched_it_and_never_in_a_call() -> None:
    bench = unlocked()
    bench.wait(4 * 60)
    press(bench, Key.MENU)
    bench.wait(4 * 60)
    assert not bench.phone.lock.locked
    bench.wait(61)
    assert bench.phone.lock.locked and bench.phone.menu is None
    bench = unlocked()
    bench.send(HookLifted(), *(KeyPressed(Key(digit)) for digit in "604#"), CallAnswered(1))
    bench.wait(11 * 60)
    assert not bench.phone.lock.locked
    bench.send(HookReplaced())
    bench.wait(5 * 60)
    assert bench.phone.lock.locked


def test_a_pin_that_is_taken_away_unlocks_and_a_new_one_does_not_lock() -> None:
    bench = locked()
    bench.send(SettingsChanged(replace(OWN, lock=LockSettings())))
    assert not bench.phone.lock.locked
    bench.send(SettingsChanged(OWN))
    assert not bench.phone.lock.locked


def test_only_a_salted_hash_is_kept() -> None:
    assert is_hash(PIN.text) and "4711" not in PIN.text
    assert hashed("4711", b"another salt....") != PIN.text
    assert matches(PIN, Secret("4711")) and not matches(PIN, Secret("4712"))
    for text in ("", "4711", "scrypt$00$11", f"{PIN.text}$", PIN.text.replace("scrypt", "md5")):
        assert not is_hash(text)
