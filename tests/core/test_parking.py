"""Calls parked at the server, as a person at the phone meets them; and who is picked up by which line."""

from dataclasses import replace

import pytest

from ranin.core.commands import HangUpCall, HoldCall, PlaceCall, TransferCall
from ranin.core.events import CallEnded, CallTransferred, HookLifted, HookReplaced, KeyPressed, LineRegistered
from ranin.core.keys import Key
from ranin.core.screens.screen import Dialing, Idle, InCall, Listing, Notice
from ranin.core.settings import Account, Secret, Watch
from ranin.core.team import PartiesChanged, Party, Presence
from tests.core.desk_model import SETTINGS, Bench
from tests.core.test_several import soft, states, talking

PLACES = ("*5901", "*5902")
PARKING = replace(
    SETTINGS,
    accounts=(replace(SETTINGS.accounts[0], park=PLACES, pickup_code="**"),),
    watch=(Watch("park+*5901", "Place 1"), Watch("*5902", "Place 2")),
)


def phone() -> Bench:
    return Bench(PARKING).ready()


def tell(bench: Bench, watch: int, presence: Presence) -> None:
    """The server tells of a place."""
    bench.send(PartiesChanged(watch, (Party(PARKING.watch[watch - 1].number, "", presence),)))


def test_a_call_is_parked_by_one_key_at_the_first_place_and_its_place_is_told() -> None:
    bench = talking(bench=phone())
    told = soft(bench, "Park")
    assert HoldCall(1) in told and TransferCall(1, "*5901") in told
    assert isinstance(bench.screen, Notice) and bench.screen.title == "Transferring…"
    assert HangUpCall(1) in bench.send(CallTransferred(1, 200))
    assert isinstance(bench.screen, Notice)
    assert (bench.screen.title, bench.screen.text) == ("Parked", "*5901 takes it back.")
    bench.send(CallEnded(1, 200, ""), HookReplaced())
    assert not bench.phone.calls


def test_a_place_that_is_known_to_be_taken_is_passed_over() -> None:
    bench = phone()
    tell(bench, 1, Presence.BUSY)
    assert TransferCall(1, "*5902") in soft(talking(bench=bench), "Park")


def test_with_every_place_taken_the_call_stays_in_the_ear() -> None:
    bench = phone()
    for watch in (1, 2):
        tell(bench, watch, Presence.BUSY)
    talking(bench=bench)
    assert not [order for order in soft(bench, "Park") if isinstance(order, TransferCall)]
    assert states(bench) == ["talking"]
    assert isinstance(bench.screen, InCall) and bench.screen.status == "Not parked" and bench.tone == "notice"


def test_a_call_that_the_server_does_not_park_waits_with_us() -> None:
    bench = talking(bench=phone())
    soft(bench, "Park")
    bench.send(CallTransferred(1, 404))
    assert states(bench) == ["held"] and bench.phone.calls[0].remark == "Not transferred"
    soft(bench, "Resume")
    assert TransferCall(1, "*5901") in soft(bench, "Park")


def test_a_line_without_places_offers_none() -> None:
    bench = talking()
    assert isinstance(bench.screen, InCall) and bench.screen.keys == ("Hold", "Transfer", "End")


def test_a_parked_call_is_shown_at_rest_and_taken_by_a_key() -> None:
    bench = phone()
    tell(bench, 1, Presence.BUSY)
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Call at Place 1"
    bench.send(HookLifted())
    assert isinstance(bench.screen, Dialing) and bench.screen.hint == "OK takes the call at Place 1"
    assert PlaceCall(1, 0, "*5901") in soft(bench, "Retrieve")


def test_the_team_s_page_tells_places_that_are_taken() -> None:
    bench = phone()
    tell(bench, 1, Presence.IDLE)
    tell(bench, 2, Presence.RINGING)  # some servers say so of a call that waits there
    bench.send(KeyPressed(Key.MENU), KeyPressed(Key.DOWN), KeyPressed(Key.DOWN), KeyPressed(Key.OK))
    assert isinstance(bench.screen, Listing)
    assert bench.screen.rows == ("○ Place 1: free", "● Place 2: call parked")
    bench.send(KeyPressed(Key.DOWN))
    assert bench.screen.hint == "Lift to take it"  # type: ignore[union-attr]
    assert PlaceCall(1, 0, "*5902") in bench.send(HookLifted())


@pytest.mark.parametrize("lifted", [False, True])
def test_a_call_is_picked_up_by_the_line_that_watches_the_colleague(lifted: bool) -> None:
    office = Account("Office", "301", password=Secret("p"), domain="example.org", pickup_code="*8")
    bench = Bench(replace(PARKING, accounts=(*PARKING.accounts, office), watch=(Watch("303", "Omar", line=2),))).ready()
    bench.send(LineRegistered(1, 300))
    watch = bench.phone.watched[0].watch
    bench.send(PartiesChanged(watch, (Party("303", "", Presence.RINGING),)))
    order = bench.send(*((HookLifted(), KeyPressed(Key.OK)) if lifted else (KeyPressed(Key.OK), HookLifted())))
    assert PlaceCall(1, 1, "*8303") in order
