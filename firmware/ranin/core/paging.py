"""Paging by multicast: which page is heard now, and where pages of our own go."""

from dataclasses import replace

from ranin.core.emergency import is_emergency
from ranin.core.keys import Key
from ranin.core.notices import announce_in_ear
from ranin.core.pages import (
    PAGE,
    ConfigurePaging,
    PageEnded,
    PageGroup,
    PageHeard,
    PageTarget,
    Paging,
    PagingSettings,
    PlayPage,
    StopPage,
)
from ranin.core.settings import Settings
from ranin.core.state import HOLDING_EAR, Call, CallState, Desk, Phone
from ranin.core.text import fill
from ranin.core.tones import Signal
from ranin.core.turn import Turn
from ranin.core.words import RESTARTING, Cause


def engine_ready(turn: Turn) -> None:
    """An engine listens to nothing until it is told."""
    if turn.phone.settings.paging != PagingSettings():
        turn.do(ConfigurePaging(turn.phone.settings.paging))


def engine_lost(turn: Turn) -> None:
    """It took the page with it; who still speaks is told anew."""
    turn.change(paging=Paging())


def settings_changed(turn: Turn, old: Settings) -> None:
    """Listen as it is set now; a page of a group that is there no more is over."""
    new = turn.phone.settings.paging
    if new == old.paging:
        return
    turn.do(ConfigurePaging(new))
    there = {group.address for group in new.listen}
    _keep(turn, tuple(group for group in turn.phone.paging.speaking if group in there))


def heard(turn: Turn, event: PageHeard) -> None:
    """Somebody speaks in a group."""
    speaking = turn.phone.paging.speaking
    if event.group not in speaking:
        _keep(turn, (*speaking, event.group))


def ended(turn: Turn, event: PageEnded) -> None:
    """Nobody speaks there any more."""
    _keep(turn, tuple(group for group in turn.phone.paging.speaking if group != event.group))


def _keep(turn: Turn, speaking: tuple[str, ...]) -> None:
    paging = turn.phone.paging
    turn.change(paging=replace(paging, speaking=speaking, dismissed=paging.dismissed & set(speaking)))


def dismiss(turn: Turn) -> None:
    """The person has heard enough of this page, until it ends."""
    group = due(turn.phone)
    if group is not None:
        paging = turn.phone.paging
        turn.change(paging=replace(paging, dismissed=paging.dismissed | {group.address}))


def pressed(turn: Turn, key: Key) -> bool:
    """Whether the key was about the page that the display shows."""
    about = key is Key.CANCEL and shown(turn.phone) is not None
    if about:
        dismiss(turn)
    return about


def hung_up(turn: Turn) -> None:
    """Putting the handset back ends the page that was in it."""
    if turn.phone.paging.number:
        dismiss(turn)


def due(phone: Phone) -> PageGroup | None:
    """The page to be heard now: the best priority first, then who came first."""
    paging = phone.paging
    groups = {group.address: group for group in phone.settings.paging.listen}
    wanted = [groups[name] for name in paging.speaking if name in groups and name not in paging.dismissed]
    return min((group for group in wanted if _may(phone, group)), key=lambda group: group.priority, default=None)


def _may(phone: Phone, group: PageGroup) -> bool:
    paging = phone.settings.paging
    if phone.settings.do_not_disturb and paging.do_not_disturb:
        return False
    if phone.desk is Desk.COLLECTING:
        return False
    busy = [call for call in phone.calls if call.state in HOLDING_EAR]
    return not busy or (group.priority <= paging.barge and all(_waits(phone, call) for call in busy))


def _waits(phone: Phone, call: Call) -> bool:
    """Whether a page may interrupt the call: a conversation, but no call for help and no page of our own."""
    return call.state is CallState.TALKING and call.line != PAGE and not is_emergency(call.peer, phone.settings.country)


def shown(phone: Phone) -> PageGroup | None:
    """The page that the display is about; somebody who calls, or what is being typed, comes first."""
    typing = phone.menu is not None or phone.desk is Desk.PREDIALING
    return None if typing or phone.alerting is not None else due(phone)


def _audible(phone: Phone) -> bool:
    return phone.lifted or phone.settings.hands_free != "off"


def follow(turn: Turn) -> None:
    """After every event: have the page in the ear that is to be heard now, after a warning tone."""
    phone, paging = turn.phone, turn.phone.paging
    group = due(phone) if _audible(phone) else None
    address = group.address if group is not None else ""
    if address == paging.group:
        return
    if paging.number:
        turn.do(StopPage(paging.number))
    number = phone.next_call if address else 0
    turn.change(paging=replace(paging, group=address, number=number))
    if address:
        turn.change(next_call=number + 1)
        turn.do(PlayPage(number, address))
        announce_in_ear(turn)


def words(phone: Phone) -> Cause | None:
    """What the display says of a page; None: nothing."""
    group = shown(phone)
    if group is None:
        return None
    text = "End stops it." if phone.paging.number else "Lift to listen."
    return Cause(fill("Page: {group}", group=group.label or group.address), text, Signal.NOTICE)


def target(phone: Phone, number: str) -> PageTarget | None:
    """Where a page by that number goes; a number for help is never one."""
    return None if is_emergency(number, phone.settings.country) else phone.settings.paging.target(number)


def way(phone: Phone) -> int | Cause:
    """PAGE, or why no page of our own can go out."""
    return PAGE if phone.engine_up else RESTARTING
