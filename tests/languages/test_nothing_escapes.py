"""Walks through the phone in a language of brackets: whatever is drawn is a message, a name or a number."""

import random
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from gettext import NullTranslations
from typing import Any, get_args

import pytest

from ranin.core.commands import ShowScreen
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressed,
    CallTransferred,
    Direction,
    EngineLost,
    EngineReady,
    Event,
    HookLifted,
    HookReplaced,
    KeyHeld,
    KeyPressed,
    KeyReleased,
    KeyStuck,
    LineRegistered,
    LineRejected,
    LoggedCall,
    MediaStarted,
    MessagesCounted,
    PeerHeld,
    Progress,
    SoundFound,
    SoundLost,
    Started,
)
from ranin.core.keys import Key
from ranin.core.mobile import CellCallArrived, ModemChanged, ModemStage, SmsArrived, UssdAnswered
from ranin.core.outage import Link, LinkProbed, PowerRead
from ranin.core.pages import PageEnded, PageGroup, PageHeard, PageTarget, PagingSettings
from ranin.core.pin import hashed
from ranin.core.realtext import TextChanged, TextReceived
from ranin.core.screens.screen import Notice, Screen
from ranin.core.screens.spoken import spoken
from ranin.core.screens.view import screen
from ranin.core.settings import Contact, ForwardSettings, LockSettings, Secret, Watch
from ranin.core.state import Menu, Page, Phone
from ranin.core.team import PartiesChanged, Party, Presence
from ranin.core.text import fill
from ranin.core.verstat import Verstat
from ranin.network.asker import FOREIGN
from ranin.runtime.journal import encode
from tests.core.desk_model import SETTINGS, Bench
from tests.languages.messages import messages

NAMES = {"zoe", "shop", "orange", "example", "net", "sms", "bank"}
"""Who calls, and what the settings call things."""
TECHNICAL = {"abc", "opus", "g", "ranin", "lan", "english", "español", "français", "deutsch", "العربية"}
"""Proper names, and the languages' own."""

GROUP = "239.1.1.1:10000"
OFFICE = replace(
    SETTINGS,
    accounts=(replace(SETTINGS.accounts[0], pickup_code="**", park=("*5901",), rtt=True),),
    watch=(Watch("203", "zoe"), Watch("*5901", "shop")),
    contacts=(Contact("zoe", "203", intercom=True),),
    hands_free="speaker",
    paging=PagingSettings((PageGroup(GROUP, "shop"),), (PageTarget(GROUP, "shop", code="*81"),), barge=5),
    hide_code="*67",
    forward=ForwardSettings(target="+33612345678", backend="codes"),
)
LOCKED = replace(OFFICE, lock=LockSettings(Secret(hashed("5", b"0123456789abcdef"))))
LOG = (
    LoggedCall(Direction.MISSED, "zoe", "203", "2026-11-24T10:00:00", seen=False),
    LoggedCall(Direction.SERVED, "203", "605", "2026-11-24T09:00:00"),
    LoggedCall(Direction.OUT, "", "605", "2026-11-24T08:00:00"),
)
OPEN = 8
"""Walks from here on are through a phone with a PIN."""
CODES = (0, 200, 401, 403, 404, 408, 480, 486, 487, 488, 500, 503, 603)


class Brackets(NullTranslations):
    """Puts every message that the catalogues have to translate in brackets, and nothing else."""

    def gettext(self, message: str) -> str:
        """`⟦message⟧`"""
        return f"⟦{message}⟧" if message in messages() else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The English form, in brackets."""
        return f"⟦{msgid1 if n == 1 else msgid2}⟧" if msgid1 in messages() else msgid1


def happenings(phone: Phone, chance: random.Random) -> Event:
    """Something that may happen now; whoever has opened the menu mostly walks on in it."""
    if phone.menu is not None and chance.random() < 0.8:
        return KeyPressed(chance.choice((Key.OK, Key.OK, Key.DOWN, Key.DOWN, Key.DOWN, Key.CANCEL, Key.D2)))
    if phone.menu is None and not phone.lifted and not phone.calls and chance.random() < 0.5:
        return KeyPressed(Key.MENU)
    if phone.calls and chance.random() < 0.4:
        return of_a_call(chance.choice(phone.calls).number, chance)
    return around(chance) if chance.random() < 0.15 else by_hand(chance)


def by_hand(chance: random.Random) -> Event:
    """What the person does, or who calls."""
    soft = chance.choice((Key.SOFT1, Key.SOFT2, Key.SOFT3))
    return chance.choice([
        KeyPressed(chance.choice(list(Key))), KeyPressed(chance.choice((Key.D6, Key.D0, Key.D5))), KeyPressed(Key.OK),
        KeyPressed(soft), KeyPressed(soft), KeyPressed(Key.MENU), HookLifted(), HookLifted(), HookReplaced(),
        CallArrived("offer", 0, chance.choice(["", "zoe"]), "203", intercom=chance.random() < 0.3),
        CallArrived("offer", 0, "", "605", verstat=chance.choice(list(Verstat))), LineRegistered(0, 300), EngineReady(),
    ])  # fmt: skip


def of_a_call(call: int, chance: random.Random) -> Event:
    """What the other side of a call does."""
    code = chance.choice(CODES)
    return chance.choice([
        CallProgressed(call, chance.choice(list(Progress))), CallAnswered(call), CallAnswered(call),
        MediaStarted(call, "opus", True), CallEnded(call, code, ""), CallTransferred(call, code),
        PeerHeld(call, chance.random() < 0.5), TextChanged(call, chance.random() < 0.8), TextReceived(call, "zoe"),
    ])  # fmt: skip


def around(chance: random.Random) -> Event:
    """What the world does."""
    link, part = chance.choice((Link.ETHERNET, Link.LTE)), chance.choice(["handset", "ringer", "headset", "speaker"])
    return chance.choice([
        EngineLost("killed"), KeyHeld(Key.D5), KeyStuck(Key.D1), KeyReleased(Key.D1),
        MessagesCounted(0, chance.randrange(3)), SoundLost(part, "gone"), *map(SoundFound, ["handset", "ringer"] * 2),
        LineRejected(0, chance.choice(CODES), chance.choice(["", "Certificate expired"]), 0),
        PartiesChanged(1, (Party("203", "", chance.choice(list(Presence))),)),
        PartiesChanged(2, (Party("*5901", "", chance.choice(list(Presence))),)), PageHeard(GROUP), PageEnded(GROUP),
        LinkProbed(link, True, "", "10.0.0.2"), LinkProbed(link, False, chance.choice([FOREIGN, "No cable"])),
        ModemChanged(ModemStage.HOME, "", "orange", "LTE", voice=True), ModemChanged(ModemStage.ABSENT),
        CellCallArrived("cell", ""), SmsArrived("sms", "bank", "2026-11-24T10:00:00"), UssdAnswered("bank", True),
        PowerRead(True, 1.0, 600, 300, 4100), PowerRead(False, 0.5, 300, chance.randrange(20, 200), 3700),
    ])  # fmt: skip


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """(field, text) of every text of a screen."""
    if is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), f"{type(value).__name__}.{field.name}")
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one, name)
    elif isinstance(value, str):
        yield name, value


def escaped(shown: Screen) -> list[tuple[str, str]]:
    """The texts with a word that no catalogue translates."""
    return [
        (name, text)
        for name, text in texts(spoken(shown, Brackets()))
        if name not in ("Entry.text", "Entry.mode", "Texting.ours") and _words(text) - NAMES - TECHNICAL
    ]


def _words(text: str) -> set[str]:
    """What stands outside of the brackets."""
    inner = ""
    while inner != text:
        inner, text = text, re.sub(r"⟦[^⟦⟧]*⟧", "", text)
    return {word.casefold() for word in re.findall(r"[^\W\d_]+", text)}


def walked(seed: int, steps: int = 1000) -> Iterator[tuple[Event, Screen]]:
    """A walk through the phone, with all that it has shown; whatever else it orders can be journalled."""
    chance, bench = random.Random(seed), Bench()
    bench.send(Started(LOCKED if seed >= OPEN else OFFICE, log=LOG))
    for _ in range(steps):
        if bench.phone.menu is not None and chance.random() < 0.3:
            bench.phone = replace(bench.phone, menu=Menu(((chance.choice(list(Page)), 0),)))
        event = happenings(bench.phone, chance)
        commands = bench.send(event)
        assert all(isinstance(command, ShowScreen) or encode(command) for command in commands)
        bench.wait(chance.choice((0.125, 0.125, 0.125, 5.0)))
        assert bench.phone.shown.screen is not None
        yield event, bench.phone.shown.screen


@pytest.mark.parametrize("seed", range(OPEN + 2))
def test_no_english_escapes_its_catalogue(seed: int) -> None:
    for event, seen in walked(seed):
        assert not escaped(seen), f"after {event}: no message of core.text, or not found by tests/languages"


@pytest.mark.parametrize("page", Page)
def test_no_english_escapes_a_page_of_the_menu(page: Page) -> None:
    bench = Bench(OFFICE).ready()
    bench.send(Started(OFFICE, log=LOG), EngineReady(), PartiesChanged(1, (Party("203", "", Presence.RINGING),)))
    assert not escaped(screen(replace(bench.phone, menu=Menu(((page, 0),))), bench.now))


def test_a_walk_sees_every_kind_of_screen() -> None:
    kinds = {type(seen).__name__ for seed in range(4) for _, seen in walked(seed)}
    assert kinds == {kind.__name__ for kind in get_args(Screen)}


def test_an_english_word_outside_of_the_brackets_is_found() -> None:
    assert escaped(Notice("Set", "It is new.")) == [("Notice.text", "It is new.")]
    assert not escaped(Notice("Set", fill("{name} is free", name="zoe")))
