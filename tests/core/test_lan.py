"""The other phones on the LAN: who is kept, who is called directly and when, and what is said of it."""

from datetime import datetime

import pytest

from ranin.core import lan
from ranin.core.commands import AlertCaller, PlaceCall, RefuseOffer
from ranin.core.events import (
    CallArrived,
    CallEnded,
    EngineLost,
    EngineReady,
    Event,
    HookLifted,
    KeyPressed,
    LineRegistered,
    SettingsChanged,
    Started,
)
from ranin.core.keys import Key
from ranin.core.moment import Moment
from ranin.core.neighbours import ConfigureLan, NeighbourGone, NeighbourSeen, SeekNeighbours
from ranin.core.outage import Link, LinkProbed
from ranin.core.phone import step
from ranin.core.screens.screen import Idle, Notice, Ringing
from ranin.core.settings import Account, LanSettings, Secret, Settings
from ranin.core.state import LAN, Phone

ON = LanSettings(True, certificate="certificate", key=Secret("key"))
OURS = "10.0.0.1"


class World:
    """A phone whose server does not answer."""

    def __init__(self, settings: LanSettings = ON) -> None:
        self.phone, self.commands, self.now_s = Phone(), list[object](), 0.0
        account = Account(user="201", server="192.0.2.1", display_name="Shop")
        self.happen(Started(Settings(accounts=(account,), lan=settings)), EngineReady())

    def happen(self, *events: Event) -> None:
        for event in events:
            self.now_s += 0.5
            self.phone, commands = step(self.phone, event, Moment(self.now_s, datetime(2026, 11, 25, 10, 0)))
            self.commands += commands

    def lose_server(self) -> None:
        self.happen(*[LinkProbed(Link.ETHERNET, False, "Server does not answer", OURS)] * 3)

    def find_server(self) -> None:
        self.happen(LinkProbed(Link.ETHERNET, True, "", OURS), LineRegistered(0, 300))

    def dial(self, digits: str) -> object:
        self.happen(HookLifted(), *(KeyPressed(Key(digit)) for digit in digits), KeyPressed(Key("#")))
        return next((command for command in reversed(self.commands) if isinstance(command, PlaceCall)), None)

    def orders(self, kind: type) -> list[object]:
        return [command for command in self.commands if isinstance(command, kind)]


def test_nothing_is_opened_while_it_is_off_or_says_too_little() -> None:
    for settings in (LanSettings(), LanSettings(True), LanSettings(False, certificate="c", key=Secret("k"))):
        it = World(settings)
        it.lose_server()
        assert not it.orders(ConfigureLan) + it.orders(SeekNeighbours)


def test_it_is_opened_at_the_address_on_the_cable_and_again_for_a_new_engine() -> None:
    it = World()
    assert not it.orders(ConfigureLan)
    it.lose_server()
    assert it.orders(ConfigureLan) == [ConfigureLan(OURS, "201", "Shop", ON)]
    assert it.orders(SeekNeighbours) == [SeekNeighbours(OURS, "201", "Shop", 5061, "certificate")]
    it.happen(EngineLost("x"), EngineReady())
    assert len(it.orders(ConfigureLan)) == 2 and len(it.orders(SeekNeighbours)) == 1


def test_it_is_never_opened_towards_the_mobile_network_nor_at_an_address_of_ipv6() -> None:
    it = World()
    it.happen(LinkProbed(Link.LTE, True, "", "100.64.0.9"), LinkProbed(Link.WIFI, True, "", "fd00::9"))
    assert not it.orders(ConfigureLan) + it.orders(SeekNeighbours)
    it.happen(LinkProbed(Link.WIFI, True, "", "10.0.0.5"))
    assert it.orders(ConfigureLan)[-1].address == "10.0.0.5"
    it.lose_server()
    assert it.orders(ConfigureLan)[-1].address == OURS


def test_switching_it_off_closes_it_and_forgets_everybody() -> None:
    it = World()
    it.lose_server()
    it.happen(NeighbourSeen("202", "", "10.0.0.2", 5061), SettingsChanged(Settings(it.phone.settings.accounts)))
    assert it.orders(ConfigureLan)[-1] == ConfigureLan() and it.orders(SeekNeighbours)[-1] == SeekNeighbours()
    assert not it.phone.neighbours


def test_a_neighbour_is_called_directly_while_the_server_is_away_only() -> None:
    it = World()
    it.lose_server()
    it.happen(NeighbourSeen("202", "", "10.0.0.2", 5061))
    assert it.dial("202") == PlaceCall(1, LAN, "sip:202@10.0.0.2:5061;transport=tls")
    it = World()
    it.find_server()
    it.happen(NeighbourSeen("202", "", "10.0.0.2", 5061))
    assert it.dial("202") == PlaceCall(1, 0, "202")


def test_a_neighbour_that_is_not_reached_is_no_server() -> None:
    it = World()
    it.lose_server()
    it.happen(NeighbourSeen("202", "", "10.0.0.2", 5061))
    it.dial("202")
    it.happen(CallEnded(1, 503, "Service Unavailable"))
    assert isinstance(it.phone.shown.screen, Notice) and it.phone.shown.screen.title == "Not available"


def test_a_stranger_s_number_and_an_emergency_are_no_business_of_the_lan() -> None:
    it = World()
    it.lose_server()
    it.happen(NeighbourSeen("112", "", "10.0.0.2", 5061))
    assert it.dial("112") == PlaceCall(1, 0, "112")
    it = World()
    it.lose_server()
    it.happen(NeighbourSeen("202", "", "10.0.0.2", 5061), NeighbourGone("202"))
    assert it.dial("202") is None


@pytest.mark.parametrize(("count", "words"), [(1, "LAN only: 1 phone"), (3, "LAN only: 3 phones")])
def test_the_display_says_who_can_still_be_called(count: int, words: str) -> None:
    it = World()
    it.lose_server()
    it.happen(*(NeighbourSeen(f"{300 + index}", "", "10.0.0.2", 5061) for index in range(count)))
    it.happen(KeyPressed(Key.CANCEL))
    assert isinstance(it.phone.shown.screen, Idle) and it.phone.shown.screen.state == words


def test_our_own_number_is_nobody_else_s_and_the_list_has_an_end() -> None:
    it = World()
    it.lose_server()
    it.happen(NeighbourSeen("201", "", "10.0.0.9", 5061))
    assert not it.phone.neighbours
    it.happen(*(NeighbourSeen(f"{1000 + index}", "", "10.0.0.2", 5061) for index in range(lan.MOST + 5)))
    it.happen(NeighbourSeen("1000", "", "10.0.0.3", 5061))
    assert len(it.phone.neighbours) == lan.MOST
    assert it.phone.neighbours[-1].address == "10.0.0.3"


def test_a_call_from_the_lan_rings_under_its_name_and_is_refused_while_it_is_off() -> None:
    it = World()
    it.lose_server()
    it.happen(CallArrived("offer-1", LAN, "Kitchen", "202"))
    assert it.orders(AlertCaller) == [AlertCaller(1, "offer-1")]
    assert isinstance(it.phone.shown.screen, Ringing) and it.phone.shown.screen.line == "LAN"
    it = World(LanSettings())
    it.happen(CallArrived("offer-1", LAN, "Kitchen", "202"))
    assert it.orders(RefuseOffer) == [RefuseOffer("offer-1", 486)] and not it.phone.alerting
