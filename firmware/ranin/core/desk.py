"""The person at the phone: lifting, dialling, volume, and what each key does now."""

from ranin.core import (
    afterwards,
    ahead,
    calls,
    gateway,
    lan,
    legs,
    lock,
    menu,
    paging,
    presence,
    reach,
    several,
    softkeys,
    texting,
)
from ranin.core.commands import PlayKeyTone, SetVolume
from ranin.core.dialing import Match
from ranin.core.emergency import begins, is_emergency
from ranin.core.events import Direction, HookLifted, HookReplaced, KeyHeld, KeyPressed, Timer
from ranin.core.happenings import Detail, What
from ranin.core.keeping import keep
from ranin.core.keys import SOFT_KEYS, Key, is_digit
from ranin.core.notices import say
from ranin.core.outgoing import Choice, bare, choose, hides, in_plan
from ranin.core.pages import PAGE
from ranin.core.state import LAN, Call, CallState, Desk, Hook, Page, Phone
from ranin.core.turn import Turn
from ranin.core.words import BUSY, NOT_IN_PLAN, Cause

LONGEST_NUMBER = 64
LOUDEST = 10
GAUGE_S = 2.0
SOONEST_S = 0.01


def lifted(turn: Turn, _event: HookLifted) -> None:
    """The handset is taken: begin, or go on with what was hands free."""
    before = turn.phone
    lock.touched(turn)
    turn.change(hook=Hook.UP, handsfree=False)
    if not before.lifted:
        _take_up(turn, before)


def replaced(turn: Turn, _event: HookReplaced) -> None:
    """The handset is put back: that is the end, unless the person has gone on hands free."""
    begun = turn.phone.hook is Hook.UP
    lock.touched(turn)
    lock.forget(turn)
    turn.change(hook=Hook.DOWN)
    if begun and not turn.phone.handsfree:
        _put_down(turn)


def _change_hands(turn: Turn) -> None:
    """The speaker key: begin hands free, go on so, go back to the handset, or end."""
    if turn.phone.settings.hands_free == "off":
        say(turn, "No loudspeaker", "This phone has a handset only.")
        return
    before = turn.phone
    turn.change(handsfree=not before.handsfree)
    if not before.lifted:
        _take_up(turn, before)
    elif not turn.phone.lifted:
        _put_down(turn)


def _take_up(turn: Turn, before: Phone) -> None:
    """Answer what rings, take back who was put aside, dial what is typed, or give dial tone."""
    free = presence.free(before)
    turn.change(notice=None)
    dialed, by = menu.number_selected(turn.phone)
    dialed = dialed or turn.phone.digits or lock.help_typed(turn.phone)
    if not dialed and free is not None:
        dialed, by = free.dials, free.by
    menu.close(turn)
    call = several.focus(turn.phone)
    if call is not None and call.state is CallState.ALERTING:
        several.answer(turn, call)
    elif call is not None and call.state is CallState.HELD:
        several.resume(turn, call)
    elif dialed:
        place(turn, dialed, by)
    else:
        afterwards.give_dial_tone(turn)
        _await_hotline(turn)


def _await_hotline(turn: Turn) -> None:
    if turn.phone.settings.hotline and not turn.phone.lock.locked:
        turn.start(Timer.HOTLINE, max(SOONEST_S, turn.phone.settings.hotline_after_s))


def hotline_due(turn: Turn) -> None:
    """Nothing was dialled in time: call whom the phone is for."""
    if turn.phone.desk is Desk.DIAL_TONE:
        place(turn, turn.phone.settings.hotline)


def _put_down(turn: Turn) -> None:
    """End what has the ear, complete a transfer, or forget the digits."""
    paging.hung_up(turn)
    menu.close(turn)
    several.replaced(turn)


def pressed(turn: Turn, event: KeyPressed) -> None:
    """Do what the key does in the present state."""
    if event.key.value in turn.phone.stuck or paging.pressed(turn, event.key):
        return
    lock.touched(turn)
    if event.key in SOFT_KEYS:
        _soft_key(turn, event.key)
    elif event.key is Key.SPEAKER:
        _change_hands(turn)
    else:
        _press(turn, event.key)


def _soft_key(turn: Turn, key: Key) -> None:
    soft = softkeys.meaning(turn.phone, key)
    if soft is None:
        return
    if soft.deed is Key.SPEAKER:
        _change_hands(turn)
    elif isinstance(soft.deed, Key):
        _press(turn, soft.deed)
    else:
        soft.deed(turn)


def _press(turn: Turn, key: Key) -> None:
    call = several.focus(turn.phone)
    if texting.pressed(turn, key):
        return
    if call is not None and not _about_handset(turn.phone, key):
        _call_key(turn, call, key)
    elif turn.phone.lock.locked:
        _locked_key(turn, key)
    elif turn.phone.menu is not None:
        menu.pressed(turn, key)
    elif is_digit(key):
        _dial_key(turn, key.value)
    else:
        _desk_key(turn, key)


def _locked_key(turn: Turn, key: Key) -> None:
    number = lock.pressed(turn, key)
    if number:
        place(turn, number)


def _about_handset(phone: Phone, key: Key) -> bool:
    """Whether the key is about a number to dial or a call that is over, not one that rings or waits beside it."""
    if phone.desk is Desk.AFTER_CALL:
        return phone.alerting is None and (key is Key.CANCEL or (key is Key.OK and bool(phone.again)))
    return phone.desk in (Desk.DIAL_TONE, Desk.COLLECTING) and (is_digit(key) or phone.alerting is None)


def held(turn: Turn, event: KeyHeld) -> None:
    """A long CANCEL forgets the whole number, a long digit calls whom it is for; elsewhere a held key is one press."""
    if turn.phone.lock.locked or texting.held(turn, event.key):
        return
    if event.key is Key.STAR and turn.phone.menu is None:
        lock.held_star(turn)
    elif event.key is Key.CANCEL and turn.phone.desk in (Desk.PREDIALING, Desk.COLLECTING):
        _forget_digits(turn)
    elif is_digit(event.key) and turn.phone.digits == event.key.value:
        _speed_dial(turn, event.key.value)
    elif turn.phone.menu is not None:
        menu.held(turn, event.key)


def _speed_dial(turn: Turn, digit: str) -> None:
    contact = next((who for who in turn.phone.settings.contacts if who.speed == digit), None)
    if contact is None:
        return
    if turn.phone.lifted:
        place(turn, contact.number)
    else:
        turn.change(digits=contact.number)


def _call_key(turn: Turn, call: Call, key: Key) -> None:
    """A key while there are calls: `call` is the one that the display is about."""
    if is_digit(key):
        _send_digit(turn, key)
    elif key is Key.CANCEL:
        calls.happen(turn, call.number, What.CANCELLED)
    elif key is Key.MUTE:
        _mute(turn, call)
    elif key is Key.OK and not _only_talk(turn.phone):
        _soft_key(turn, Key.SOFT1)
    elif key in (Key.UP, Key.DOWN):
        _walk_or_volume(turn, key)


def _only_talk(phone: Phone) -> bool:
    """One conversation and nothing to decide: OK means nothing there."""
    return len(phone.alive) == 1 and phone.alive[0].state is CallState.TALKING


def _send_digit(turn: Turn, key: Key) -> None:
    if turn.phone.active is not None and turn.phone.active.line != PAGE:
        calls.happen(turn, turn.phone.active.number, What.DIGIT, Detail(digit=key.value))


def _mute(turn: Turn, call: Call) -> None:
    if call.state is CallState.ALERTING:
        calls.happen(turn, call.number, What.SILENCED)
    elif turn.phone.active is not None and turn.phone.active.state is CallState.TALKING:
        turn.change(muted=not turn.phone.muted)


def _walk_or_volume(turn: Turn, key: Key) -> None:
    if len(turn.phone.alive) > 1:
        several.select(turn, -1 if key is Key.UP else 1)
    else:
        _change_volume(turn, "ringer" if turn.phone.active is None else "handset", key)


def _desk_key(turn: Turn, key: Key) -> None:
    if key in (Key.UP, Key.DOWN):
        heard = turn.phone.lifted or turn.phone.paging.number
        _change_volume(turn, "handset" if heard else "ringer", key)
    elif key is Key.CANCEL:
        _cancel(turn)
    elif key is Key.OK:
        _confirm(turn)
    elif key is Key.REDIAL:
        _redial(turn)
    elif key is Key.MESSAGE:
        _ring_voicemail(turn)
    elif key is Key.MENU and not turn.phone.lifted:
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
    settings, plain = turn.phone.settings, bare(turn.phone.settings, digits)
    verdict, helps = in_plan(settings, digits), begins(plain, settings.country)
    if paging.target(turn.phone, digits) is not None and not helps:
        place(turn, digits)
    elif verdict is Match.NONE and not helps and not settings.paging.begins(digits):
        afterwards.tell_cause(turn, NOT_IN_PLAN)
    elif verdict is Match.COMPLETE and (not helps or is_emergency(plain, settings.country)):
        place(turn, digits)
    else:
        turn.start(Timer.DIGIT, turn.phone.settings.digit_timeout_s)


def digits_ended(turn: Turn) -> None:
    """No further digit came: dial what there is, if the plan calls it a number."""
    digits = turn.phone.digits
    whole = in_plan(turn.phone.settings, digits) in (Match.READY, Match.COMPLETE)
    if whole or is_emergency(bare(turn.phone.settings, digits), turn.phone.settings.country):
        place(turn, digits)
    else:
        afterwards.tell_cause(turn, NOT_IN_PLAN)


def place(turn: Turn, target: str, by: Choice | None = None) -> None:
    """Call `target` with the lifted handset: as `by` says, else as for every number, by the way there is now."""
    turn.stop(Timer.DIGIT)
    turn.stop(Timer.OFF_HOOK)
    choice = by or choose(turn.phone.settings, target, turn.phone.ahead)
    awaited = presence.awaited(turn.phone)
    if awaited is not None and awaited.target == choice.number:
        presence.forget(turn)
    page = paging.target(turn.phone, target)
    line = reach.way(turn.phone, choice.number, choice) if page is None else paging.way(turn.phone)
    if isinstance(line, Cause):
        afterwards.tell_cause(turn, line)
        return
    number = turn.phone.next_call
    gateway.make_way(turn, line)
    place, carrier = lan.route(turn.phone, choice.number) if line == LAN else ("", "")
    name = turn.phone.name_of(bare(turn.phone.settings, target)) if page is None else page.label or page.address
    place = place if page is None else page.address
    call = Call(
        number, line, CallState.DIALED, True, name, target, turn.now.wall,
        place=place or (choice.number if choice.number != target else ""), carrier=carrier,
        hidden=line != LAN and hides(turn.phone.settings, choice, line),
    )  # fmt: skip
    turn.change(
        calls=(*turn.phone.calls, call),
        next_call=number + 1,
        desk=Desk.BUSY,
        digits="",
        cause=None,
        muted=False,
    )
    ahead.used(turn)
    lock.forget(turn)
    turn.do(legs.place(call))


def _cancel(turn: Turn) -> None:
    phone = turn.phone
    if softkeys.back(turn):
        return
    if phone.desk is Desk.PREDIALING and len(phone.digits) > 1:
        turn.change(digits=phone.digits[:-1])
    elif phone.desk is Desk.RESTING and phone.notice is not None:
        turn.change(notice=None)
    elif phone.desk is Desk.RESTING:
        presence.forget(turn)
    else:
        _forget_digits(turn)


def _forget_digits(turn: Turn) -> None:
    if not turn.phone.lifted:
        afterwards.rest(turn)
    else:
        afterwards.give_dial_tone(turn)


def _confirm(turn: Turn) -> None:
    if turn.phone.desk is Desk.COLLECTING:
        place(turn, turn.phone.digits)
    elif turn.phone.again:
        place(turn, turn.phone.again)
    elif turn.phone.desk is Desk.AFTER_CALL and turn.phone.cause is BUSY:
        presence.ring_back(turn)
    elif (rings := presence.ringing(turn.phone)) is not None and turn.phone.desk in (Desk.RESTING, Desk.DIAL_TONE):
        _pick_up(turn, rings)
    elif (waits := presence.parked(turn.phone)) is not None and turn.phone.desk is Desk.DIAL_TONE:
        place(turn, waits.dials, waits.by)
    elif turn.phone.desk is Desk.RESTING and turn.phone.missed:
        menu.open_page(turn, Page.MISSED)


def _pick_up(turn: Turn, rings: presence.Colleague) -> None:
    """With the handset down it is only shown: lifting picks it up."""
    if not turn.phone.lifted:
        menu.open_ringing(turn)
    elif rings.pick_up:
        place(turn, rings.dials, rings.by)


def _redial(turn: Turn) -> None:
    dialed = [call.number for call in turn.phone.log if call.direction is Direction.OUT]
    if not turn.phone.lifted:
        menu.open_page(turn, Page.CALLS)
    elif dialed and turn.phone.desk is not Desk.COLLECTING:
        place(turn, dialed[0])


def _ring_voicemail(turn: Turn) -> None:
    number = next((account.voicemail for account in turn.phone.settings.accounts if account.voicemail), "")
    if not number:
        say(turn, "No mailbox", "Set its number in Menu, Line.")
    elif turn.phone.lifted:
        place(turn, number)
    else:
        turn.change(desk=Desk.PREDIALING, digits=number, notice=None)


def _change_volume(turn: Turn, part: str, key: Key) -> None:
    step = 1 if key is Key.UP else -1
    field = f"{part}_volume"
    level = max(0, min(LOUDEST, getattr(turn.phone.settings, field) + step))
    keep(turn, **{field: level})
    if part == "handset":
        turn.do(SetVolume(level))
    turn.change(gauge=part)
    turn.start(Timer.GAUGE, GAUGE_S)
