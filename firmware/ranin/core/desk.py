"""The person at the phone: lifting, dialling, volume, and what each key does now."""

from ranin.core import afterwards, calls, lan, legs, menu, presence, reach
from ranin.core.calls import Detail, What
from ranin.core.commands import PlayKeyTone, SetVolume
from ranin.core.dialing import Match, match
from ranin.core.emergency import begins, is_emergency
from ranin.core.events import Direction, HookLifted, HookReplaced, KeyHeld, KeyPressed, Timer
from ranin.core.keys import Key, is_digit
from ranin.core.notices import say
from ranin.core.state import LAN, Call, CallState, Desk, Hook, Page
from ranin.core.turn import Turn
from ranin.core.words import BUSY, CALLS_BACK, NO_CALL_BACK, NOT_IN_PLAN, Cause

LONGEST_NUMBER = 64
LOUDEST = 10
GAUGE_S = 2.0


def lifted(turn: Turn, _event: HookLifted) -> None:
    """Answer what rings, dial what is typed, or give dial tone."""
    if turn.phone.hook is Hook.UP:
        return
    free = presence.free(turn.phone)
    turn.change(hook=Hook.UP, notice=None)
    dialed = menu.number_selected(turn.phone) or turn.phone.digits or (free.target if free is not None else "")
    menu.close(turn)
    if turn.phone.alerting is not None:
        calls.happen(turn, turn.phone.alerting.number, What.LIFTED)
    elif dialed:
        place(turn, dialed)
    else:
        afterwards.give_dial_tone(turn)


def replaced(turn: Turn, _event: HookReplaced) -> None:
    """End the call that has the handset, or forget the digits."""
    if turn.phone.hook is Hook.DOWN:
        return
    turn.change(hook=Hook.DOWN)
    menu.close(turn)
    active = turn.phone.active
    if active is None:
        afterwards.rest(turn)
    else:
        calls.happen(turn, active.number, What.REPLACED)


def pressed(turn: Turn, event: KeyPressed) -> None:
    """Do what the key does in the present state."""
    if event.key.value in turn.phone.stuck:
        return
    if turn.phone.alerting is not None and turn.phone.active is None:
        _ringing_key(turn, turn.phone.alerting, event.key)
    elif turn.phone.active is not None:
        _call_key(turn, turn.phone.active, event.key)
    elif turn.phone.menu is not None:
        menu.pressed(turn, event.key)
    elif is_digit(event.key):
        _dial_key(turn, event.key.value)
    else:
        _desk_key(turn, event.key)


def held(turn: Turn, event: KeyHeld) -> None:
    """A long CANCEL forgets the whole number; elsewhere a held key is one press."""
    if event.key is Key.CANCEL and turn.phone.desk in (Desk.PREDIALING, Desk.COLLECTING):
        _forget_digits(turn)
    elif turn.phone.menu is not None:
        menu.held(turn, event.key)


def _ringing_key(turn: Turn, call: Call, key: Key) -> None:
    if key is Key.CANCEL:
        calls.happen(turn, call.number, What.CANCELLED)
    elif key is Key.MUTE:
        calls.happen(turn, call.number, What.SILENCED)
    elif key in (Key.UP, Key.DOWN):
        _change_volume(turn, "ringer", key)


def _call_key(turn: Turn, call: Call, key: Key) -> None:
    if is_digit(key):
        calls.happen(turn, call.number, What.DIGIT, Detail(digit=key.value))
    elif key is Key.CANCEL:
        calls.happen(turn, call.number, What.CANCELLED)
    elif key is Key.MUTE and call.state is CallState.TALKING:
        turn.change(muted=not turn.phone.muted)
    elif key in (Key.UP, Key.DOWN):
        _change_volume(turn, "handset", key)


def _desk_key(turn: Turn, key: Key) -> None:
    if key in (Key.UP, Key.DOWN):
        _change_volume(turn, "ringer" if turn.phone.hook is Hook.DOWN else "handset", key)
    elif key is Key.CANCEL:
        _cancel(turn)
    elif key is Key.OK:
        _confirm(turn)
    elif key is Key.REDIAL:
        _redial(turn)
    elif key is Key.MESSAGE:
        _ring_voicemail(turn)
    elif key is Key.MENU and turn.phone.hook is Hook.DOWN:
        _forget_digits(turn)
        menu.open_page(turn, Page.MAIN)


def _dial_key(turn: Turn, digit: str) -> None:
    if turn.phone.desk in (Desk.RESTING, Desk.PREDIALING):
        _predial(turn, digit)
    elif turn.phone.desk in (Desk.DIAL_TONE, Desk.COLLECTING):
        _collect(turn, digit)


def _predial(turn: Turn, digit: str) -> None:
    if digit == "#" and turn.phone.settings.hash_dials:
        return
    digits = (turn.phone.digits + digit)[:LONGEST_NUMBER]
    turn.change(desk=Desk.PREDIALING, digits=digits, notice=None)


def _collect(turn: Turn, digit: str) -> None:
    turn.do(PlayKeyTone(digit))
    if digit == "#" and turn.phone.settings.hash_dials and turn.phone.digits:
        place(turn, turn.phone.digits)
        return
    digits = (turn.phone.digits + digit)[:LONGEST_NUMBER]
    turn.stop(Timer.OFF_HOOK)
    turn.change(desk=Desk.COLLECTING, digits=digits)
    verdict, country = match(turn.phone.settings.digit_map, digits), turn.phone.settings.country
    if verdict is Match.NONE and not begins(digits, country):
        afterwards.tell_cause(turn, NOT_IN_PLAN)
    elif verdict is Match.COMPLETE and (not begins(digits, country) or is_emergency(digits, country)):
        place(turn, digits)
    else:
        turn.start(Timer.DIGIT, turn.phone.settings.digit_timeout_s)


def digits_ended(turn: Turn) -> None:
    """No further digit came: dial what there is, if the plan calls it a number."""
    digits = turn.phone.digits
    in_plan = match(turn.phone.settings.digit_map, digits) in (Match.READY, Match.COMPLETE)
    if in_plan or is_emergency(digits, turn.phone.settings.country):
        place(turn, digits)
    else:
        afterwards.tell_cause(turn, NOT_IN_PLAN)


def place(turn: Turn, target: str) -> None:
    """Call `target` with the lifted handset, by the way there is now."""
    turn.stop(Timer.DIGIT)
    turn.stop(Timer.OFF_HOOK)
    awaited = presence.awaited(turn.phone)
    if awaited is not None and awaited.target == target:
        presence.forget(turn)
    line = reach.way(turn.phone, target)
    if isinstance(line, Cause):
        afterwards.tell_cause(turn, line)
        return
    number = turn.phone.next_call
    name, place = turn.phone.name_of(target), lan.place(turn.phone, target) if line == LAN else ""
    call = Call(number, line, CallState.DIALED, True, name, target, turn.now.wall, place=place)
    turn.change(
        calls=(*turn.phone.calls, call),
        next_call=number + 1,
        desk=Desk.BUSY,
        digits="",
        cause=None,
        muted=False,
    )
    turn.do(legs.place(call))


def _cancel(turn: Turn) -> None:
    phone = turn.phone
    if phone.desk is Desk.PREDIALING and len(phone.digits) > 1:
        turn.change(digits=phone.digits[:-1])
    elif phone.desk is Desk.RESTING and phone.notice is not None:
        turn.change(notice=None)
    elif phone.desk is Desk.RESTING:
        presence.forget(turn)
    else:
        _forget_digits(turn)


def _forget_digits(turn: Turn) -> None:
    if turn.phone.hook is Hook.DOWN:
        afterwards.rest(turn)
    else:
        afterwards.give_dial_tone(turn)


def _confirm(turn: Turn) -> None:
    if turn.phone.desk is Desk.COLLECTING:
        place(turn, turn.phone.digits)
    elif turn.phone.again:
        place(turn, turn.phone.again)
    elif turn.phone.desk is Desk.AFTER_CALL and turn.phone.cause is BUSY:
        _wait_for_free(turn)
    elif (rings := presence.ringing(turn.phone)) is not None and turn.phone.desk in (Desk.RESTING, Desk.DIAL_TONE):
        _pick_up(turn, rings)
    elif turn.phone.desk is Desk.RESTING and turn.phone.missed:
        menu.open_page(turn, Page.MISSED)


def _pick_up(turn: Turn, rings: presence.Colleague) -> None:
    """With the handset down it is only shown: lifting picks it up."""
    if turn.phone.hook is Hook.DOWN:
        menu.open_ringing(turn)
    elif rings.pick_up:
        place(turn, rings.dials)


def _wait_for_free(turn: Turn) -> None:
    dialed = next((call.number for call in turn.phone.log if call.direction is Direction.OUT), "")
    line = reach.way(turn.phone, dialed)
    if isinstance(line, Cause) or line < 0:
        afterwards.tell_cause(turn, line if isinstance(line, Cause) else NO_CALL_BACK)
        return
    presence.wait_for(turn, dialed, line)
    afterwards.tell_cause(turn, CALLS_BACK)


def _redial(turn: Turn) -> None:
    dialed = [call.number for call in turn.phone.log if call.direction is Direction.OUT]
    if turn.phone.hook is Hook.DOWN:
        menu.open_page(turn, Page.CALLS)
    elif dialed and turn.phone.desk is not Desk.COLLECTING:
        place(turn, dialed[0])


def _ring_voicemail(turn: Turn) -> None:
    number = next((account.voicemail for account in turn.phone.settings.accounts if account.voicemail), "")
    if not number:
        say(turn, "No mailbox", "Set its number in Menu, Line.")
    elif turn.phone.hook is Hook.UP:
        place(turn, number)
    else:
        turn.change(desk=Desk.PREDIALING, digits=number, notice=None)


def _change_volume(turn: Turn, part: str, key: Key) -> None:
    step = 1 if key is Key.UP else -1
    field = f"{part}_volume"
    level = max(0, min(LOUDEST, getattr(turn.phone.settings, field) + step))
    menu.keep(turn, **{field: level})
    if part == "handset":
        turn.do(SetVolume(level))
    turn.change(gauge=part)
    turn.start(Timer.GAUGE, GAUGE_S)
