"""Forwards across restarts, changed ways and lines; and what is a loop."""

from dataclasses import replace
from typing import Any

import pytest

from ranin.core.forwarding import decide
from ranin.core.forwarding.backends import BACKENDS
from ranin.core.forwarding.known import Belief, KnownForward
from ranin.core.forwarding.plan import plan
from ranin.core.forwarding.work import DAY_S
from ranin.core.outage import CallHttp, DropOrder, Order, OrderKind, OrderTried, Outcome
from ranin.core.settings import Secret
from tests.core.desk_model import BEGIN
from tests.core.forward_world import DESK, HTTP, MOBILE, OWN, SHOP, SIM_NUMBER, World, codes, settings, working


def test_after_a_start_an_order_on_disk_may_have_been_in_effect() -> None:
    world = World(codes())
    world.paths(world.all_paths)
    world.write()
    world.crash(effect=True)
    assert world.forward.believed is Belief.UNKNOWN
    assert world.forward.switches[0].maybe == {"", MOBILE}


def test_the_old_way_s_end_may_take_the_new_way_s_forward_with_it() -> None:
    """One server, two ways to it: the DISARM by the old way arrives after the ARM by the new one."""
    world = World(codes(), reads=False, eager=True)
    world.settle()
    world.change(settings(target=MOBILE, backend="feature-event"))
    world.write(9)
    world.answer(0, Outcome.FAILED, False)
    world.write(9)
    world.wait(5)
    assert [attempt.number for attempt in world.flying] == [MOBILE, ""]
    assert world.side == {("201@pbx.example", False): ""}
    world.answer(-1, Outcome.DONE, True)
    world.write(9)
    assert {known.maybe for known in world.known.values()} == {("", MOBILE)}
    world.settle()
    world.assert_as_wanted()


def test_after_a_start_what_was_known_is_shown_and_verified() -> None:
    world = working(settings(target=MOBILE, **HTTP), reads=True)
    world.crash(effect=False)
    assert world.forward.believed is Belief.ARMED and world.forward.since == "2026-11-24T12:00:00"
    world.wait(decide.START_CHECK_S)
    assert world.kinds == [OrderKind.ARM, OrderKind.VERIFY]


def test_the_newest_of_two_orders_on_disk_counts() -> None:
    world = World(codes())
    old = world.forward.pending[0]
    new = replace(old, number=8, target="+33699999999")
    forward, commands = decide.started(codes(), (), (old, new), BEGIN)
    assert DropOrder(1) in commands and DropOrder(8) in commands
    assert forward.pending[0].number == 9 and forward.pending[0].target == MOBILE
    assert forward.switches[0].maybe == {"", MOBILE, "+33699999999"}


def test_what_a_newer_firmware_left_on_disk_is_left_alone() -> None:
    order = Order(3, OrderKind.ARM, "smoke", 0, MOBILE, "", "smoke x", "x")
    known = KnownForward("smoke x", False, "smoke", "x", (), (MOBILE,), Belief.ARMED, "")
    forward, commands = decide.started(settings(), (known,), (order,), BEGIN)
    assert commands == (DropOrder(3),) and forward.switches == ()


def test_the_old_way_is_taken_off_with_the_key_it_had() -> None:
    world = working(settings(target=MOBILE, **HTTP, values=(("number_id", "1"),)), reads=True)
    world.crash(effect=False)
    world.change(codes())
    order = next(order for order in world.forward.pending if order.kind is OrderKind.DISARM)
    command = BACKENDS["http"].command(order, 0)
    assert isinstance(command, CallHttp) and ("api_key", Secret("canary")) in command.values
    assert ("number_id", "1") in command.values and command.profile == "telnyx"
    world.settle()
    world.assert_as_wanted()


def test_a_new_key_to_the_same_number_is_used_and_takes_nothing_off() -> None:
    world = working(settings(target=MOBILE, **HTTP), reads=True)
    world.change(settings(target=MOBILE, **HTTP | {"secrets": (("api_key", Secret("other")),)}))
    world.settle()
    assert OrderKind.DISARM not in world.kinds and world.kinds[-1] is OrderKind.VERIFY


def test_every_line_is_forwarded_or_those_that_are_chosen() -> None:
    both = (DESK, SHOP)
    assert {account for account, _ in working(settings(both, target=MOBILE, backend="codes")).side} == {
        "201@pbx.example",
        "202@pbx.example",
    }
    chosen = working(settings(both, target=MOBILE, backend="codes", lines=(2,)))
    assert set(chosen.side) == {("202@pbx.example", False)}


def test_an_order_follows_its_line_when_lines_move() -> None:
    world = World(settings((DESK, SHOP), target=MOBILE, backend="codes", lines=(2,)))
    world.change(settings((SHOP,), target=MOBILE, backend="codes"))
    world.settle()
    assert world.side == {("202@pbx.example", False): MOBILE}


def test_by_hand_it_is_unknown_until_the_person_says_so() -> None:
    world = World(settings(target=MOBILE))
    world.write(9)
    world.paths(world.all_paths)
    assert world.kinds == [] and f"**62*{MOBILE}*11#" in world.forward.trouble
    number = world.forward.pending[0].number
    forward, _ = decide.tried(world.forward, OrderTried(number, Outcome.DONE), world.now)
    assert forward.believed is Belief.ARMED and not forward.pending and forward.trouble == ""
    forward, _ = decide.settings_changed(forward, settings(), world.now)
    assert "Take off" in forward.trouble
    forward, _ = decide.tried(forward, OrderTried(forward.pending[0].number, Outcome.DONE), world.now)
    assert forward.switches == ()


def test_a_text_message_is_no_proof() -> None:
    world = working(settings(target=MOBILE, backend="sms"))
    assert world.forward.believed is Belief.UNKNOWN and not world.forward.pending
    world.wait(10 * DAY_S)
    assert world.kinds == [OrderKind.ARM]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"target": OWN, "backend": "codes"}, "is a number of this phone"),
        ({"target": "0123456789", "backend": "codes"}, "is a number of this phone"),
        ({"target": "0033123456789", "backend": "http", "profile": "ovh"}, "is a number of this phone"),
        ({"target": "201", "backend": "codes"}, "is a number of this phone"),
        ({"target": SIM_NUMBER, "backend": "codes", "sim_target": "01 23 45 67 89"}, "would circle"),
        ({"sim_target": "0700000000"}, "cannot forward to itself"),
        ({"target": MOBILE, "backend": "codes", "lines": (3,)}, "There is no line 3"),
        ({"target": MOBILE, "backend": "http"}, "Choose a profile"),
        ({"target": MOBILE, "backend": "sms", "sms_number": ""}, "Set sms_number"),
        ({"target": MOBILE, "backend": "sms", "sms_arm": ""}, "Set sms_arm"),
        ({"target": MOBILE, "backend": "codes", "disarm_code": ""}, "Set arm_code"),
    ],
)
def test_a_loop_and_what_lacks_is_refused_in_words(fields: dict[str, Any], says: str) -> None:
    wanted = settings(**fields)
    assert says in plan(wanted, False).refusal
    assert says in World(wanted).forward.trouble


def test_of_two_forwards_that_point_to_each_other_the_line_s_stands() -> None:
    world = working(settings(target=SIM_NUMBER, backend="codes", sim_target=OWN))
    assert world.side == {("201@pbx.example", False): SIM_NUMBER}


def test_a_line_waits_with_the_sim_until_the_sim_does_not_point_back() -> None:
    world = working(settings(sim_target=OWN))
    assert world.side == {("sim", False): OWN}
    world.change(settings(target=SIM_NUMBER, backend="codes"))
    world.paths(frozenset({"line 201@pbx.example"}))
    world.write(9)
    world.wait(DAY_S)
    assert world.side == {("sim", False): OWN}, "the SIM cannot be told: the line must wait"
    world.settle()
    world.assert_as_wanted()


def test_an_unknown_sim_number_makes_no_loop() -> None:
    world = working(settings(target=MOBILE, backend="codes", sim_target=OWN, sim_number=""))
    world.assert_as_wanted()
