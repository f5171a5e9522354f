"""The keypad lock: while it is on, calls are answered and ended and help is called, and nothing else."""

import math
from dataclasses import replace

from ranin.core import afterwards, menu
from ranin.core.emergency import begins, is_emergency, numbers
from ranin.core.events import Timer
from ranin.core.keys import Key, is_digit
from ranin.core.notices import announce, say
from ranin.core.pin import Lock, matches
from ranin.core.settings import Secret
from ranin.core.state import Desk, Phone
from ranin.core.text import fill
from ranin.core.turn import Turn

FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 900.0
"""After a wrong PIN; every further one doubles it."""
LONGEST = 8
"""Digits typed: of a PIN, or of a number for help."""


def started(turn: Turn) -> None:
    """A power cut unlocks nothing."""
    turn.change(lock=Lock(bool(turn.phone.settings.lock.pin)))


def settings_changed(turn: Turn) -> None:
    """Without a PIN there is no lock."""
    if not turn.phone.settings.lock.pin:
        turn.change(lock=Lock())


def touched(turn: Turn) -> None:
    """Somebody is at the phone: the time until it locks itself begins anew."""
    if _locks_itself(turn.phone):
        turn.start(Timer.LOCK, turn.phone.settings.lock.after_min * 60.0)


def follow(turn: Turn) -> None:
    """After every event: the time runs while it is of use."""
    runs = any(row[0] is Timer.LOCK for row in turn.phone.timers)
    if not _locks_itself(turn.phone):
        turn.stop(Timer.LOCK)
    elif not runs:
        touched(turn)


def _locks_itself(phone: Phone) -> bool:
    return bool(phone.settings.lock.pin and phone.settings.lock.after_min) and not phone.lock.locked


def timer(turn: Turn) -> None:
    """Nobody has touched the phone for so long; in a call it waits on."""
    if not turn.phone.lifted and not turn.phone.alive:
        lock(turn)


def held_star(turn: Turn) -> None:
    """A long star at rest locks, where there is a PIN."""
    if turn.phone.settings.lock.pin and not turn.phone.lifted and turn.phone.digits == Key.STAR.value:
        lock(turn)


def lock(turn: Turn) -> None:
    """Lock the keypad of a phone that rests."""
    menu.close(turn)
    afterwards.rest(turn)
    turn.change(lock=replace(turn.phone.lock, locked=True, typed=Secret()))


def pressed(turn: Turn, key: Key) -> str:
    """A key of a locked phone that is about no call; the number for help that is to be called now, or nothing."""
    typed = turn.phone.lock.typed.text
    if is_digit(key) and key is not Key.HASH:
        return _type(turn, (typed + key.value)[:LONGEST])
    if key is Key.CANCEL:
        _keep(turn, typed[:-1])
    elif key in (Key.OK, Key.HASH):
        return _enter(turn, typed)
    else:
        say(turn, "Locked", "Type the PIN, then OK.")
    return ""


def _type(turn: Turn, typed: str) -> str:
    _keep(turn, typed)
    turn.change(notice=None)
    if turn.phone.desk is Desk.DIAL_TONE:
        turn.start(Timer.OFF_HOOK, afterwards.FIRST_DIGIT_S)
    country = turn.phone.settings.country
    longer = any(number != typed and number.startswith(typed) for number in numbers(country))
    return "" if longer else help_typed(turn.phone)


def help_typed(phone: Phone) -> str:
    """The number for help that is typed, once somebody is at the phone."""
    typed = phone.lock.typed.text
    return typed if phone.lifted and is_emergency(typed, phone.settings.country) else ""


def _enter(turn: Turn, typed: str) -> str:
    number = help_typed(turn.phone)
    if typed and not number and not is_emergency(typed, turn.phone.settings.country):
        _try(turn, Secret(typed))
    return number


def _try(turn: Turn, pin: Secret) -> None:
    """Unlock with the right PIN; after a wrong one none is tried for a while, and for longer every time."""
    before, now_s = turn.phone.lock, turn.now.mono_s
    if now_s >= before.until_s and matches(turn.phone.settings.lock.pin, pin):
        turn.change(lock=Lock())
        touched(turn)
        say(turn, "Unlocked", "Hold * to lock.")
        return
    if now_s >= before.until_s:
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(before.failures, 16))
        turn.change(lock=replace(before, failures=before.failures + 1, until_s=now_s + wait_s))
    _keep(turn, "")
    seconds = math.ceil(turn.phone.lock.until_s - now_s)
    announce(turn, "Wrong PIN", fill("Wait {seconds} s, then type it again.", seconds=seconds))


def forget(turn: Turn) -> None:
    """What was typed is of no use any more."""
    _keep(turn, "")


def _keep(turn: Turn, typed: str) -> None:
    turn.change(lock=replace(turn.phone.lock, typed=Secret(typed)))


def shown(phone: Phone) -> str:
    """What is typed, as the display may show it: digits only while somebody calls for help."""
    typed = phone.lock.typed.text
    return typed if phone.lifted and begins(typed, phone.settings.country) else "•" * len(typed)


def hint(phone: Phone) -> str:
    """What to do with what is typed while the handset rests."""
    calls = is_emergency(phone.lock.typed.text, phone.settings.country)
    return "Lift to call" if calls else "OK unlocks"
