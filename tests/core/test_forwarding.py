"""Forwarding armed beforehand: when it is armed, said, retried, verified and taken off."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.core.commands import SetTimer
from ranin.core.events import LineRegistered, Started, Timer
from ranin.core.forwarding import decide, turns
from ranin.core.forwarding.known import Belief, KeepForward
from ranin.core.forwarding.work import DAY_S, back_off_s
from ranin.core.numbers import normal
from ranin.core.outage import (
    CallHttp,
    DropOrder,
    KeepOrder,
    OrderKept,
    OrderKind,
    OrderNotKept,
    OrderTried,
    Outcome,
    SendFeatureCode,
)
from ranin.core.settings import Account
from ranin.core.turn import Turn
from tests.core.desk_model import BEGIN, Bench
from tests.core.forward_world import HTTP, MOBILE, World, codes, settings, working


@pytest.mark.parametrize(
    ("number", "country", "same"),
    [
        ("+33 6 12 34 56 78", "FR", "+33612345678"),
        ("0033612345678", "FR", "+33612345678"),
        ("06.12.34.56.78", "FR", "+33612345678"),
        ("(0)6-12-34-56-78", "FR", "+33612345678"),
        ("07911 123456", "GB", "+447911123456"),
        ("612 345 678", "ES", "+34612345678"),
        ("(212) 555-0100", "US", "+12125550100"),
        ("1 212 555 0100", "US", "+12125550100"),
        ("011 33 612345678", "US", "+33612345678"),
        ("01001234567", "EG", "+201001234567"),
        ("201", "FR", "201"),
        ("112", "FR", "112"),
        ("*97", "FR", "*97"),
        ("0612345678", "XX", "0612345678"),
    ],
)
def test_numbers_are_compared_as_what_they_reach(number: str, country: str, same: str) -> None:
    assert normal(number, country) == same
    assert normal(same, country) == same


@given(st.text("+0123456789 .-()*#", max_size=20), st.sampled_from(["FR", "GB", "US", "IT", "XX", ""]))
def test_normal_is_settled_after_once(number: str, country: str) -> None:
    assert normal(normal(number, country), country) in (normal(number, country), "+" + normal(number, country))


def test_a_target_is_armed_on_the_line_and_said() -> None:
    world = World(codes())
    assert world.forward.believed is Belief.NOT_ARMED and world.forward.wanted
    assert isinstance(world.writes[0], KeepOrder)
    world.write()
    assert world.flying == [] and world.forward.trouble == "Waits for 201@pbx.example to register."
    world.paths(world.all_paths)
    assert world.kinds == [OrderKind.ARM] and world.forward.trouble == ""
    world.answer(0, Outcome.DONE, True)
    assert world.side == {("201@pbx.example", False): MOBILE}
    assert world.forward.believed is Belief.ARMED and world.forward.since == "2026-11-24T12:00:00"
    assert not world.forward.pending


def test_without_a_target_nothing_is_done() -> None:
    world = working(settings())
    assert world.forward.switches == () and not world.forward.wanted
    assert world.forward.believed is Belief.NOT_ARMED and world.kinds == []


def test_it_is_not_tried_before_it_is_on_disk() -> None:
    world = World(codes())
    world.paths(world.all_paths)
    world.wait(30)
    assert world.kinds == []


def test_a_card_that_is_full_does_not_keep_the_forward_from_being_armed() -> None:
    start = World(codes()).forward
    forward, _ = decide.paths_changed(start, frozenset({"line 201@pbx.example"}), BEGIN)
    forward, commands = decide.kept(forward, 1, BEGIN, "The card does not keep it: full")
    assert isinstance(commands[0], SendFeatureCode) and "full" in forward.trouble


def test_another_target_replaces_the_first_at_once() -> None:
    world = working(codes())
    world.change(settings(target="0622222222", backend="codes"))
    world.change(settings(target="+33633333333", backend="codes"))
    world.settle()
    assert world.side == {("201@pbx.example", False): "+33633333333"}
    assert world.kinds == [OrderKind.ARM, OrderKind.ARM]


def test_without_the_target_it_is_taken_off_and_forgotten() -> None:
    world = working(codes())
    world.change(settings(backend="codes"))
    world.settle()
    assert world.kinds == [OrderKind.ARM, OrderKind.DISARM]
    assert world.forward.switches == () and world.known == {} and world.orders == {}


def test_an_order_that_was_never_tried_is_just_dropped() -> None:
    world = World(codes())
    world.change(settings())
    assert [type(write) for write in world.writes][:2] == [KeepOrder, DropOrder]
    world.settle()
    assert world.kinds == [] and world.orders == {}


def test_the_last_gasp_forwards_every_call_and_the_return_takes_that_back() -> None:
    world = working(codes())
    world.gasp(True)
    world.settle()
    assert world.side == {("201@pbx.example", False): MOBILE, ("201@pbx.example", True): MOBILE}
    world.gasp(False)
    world.settle()
    assert world.side == {("201@pbx.example", False): MOBILE, ("201@pbx.example", True): ""}
    assert world.kinds == [OrderKind.ARM, OrderKind.ARM_ALWAYS, OrderKind.DISARM_ALWAYS]
    world.assert_as_wanted()


def test_after_a_last_gasp_in_the_dark_the_next_start_takes_it_back() -> None:
    world = working(codes())
    world.gasp(True)
    world.write(9)
    world.crash(effect=True)
    assert world.side[("201@pbx.example", True)] == MOBILE
    world.settle()
    world.assert_as_wanted()


def test_the_last_gasp_does_not_wait_for_an_order_on_its_way() -> None:
    world = World(codes())
    world.paths(world.all_paths)
    world.write()
    world.gasp(True)
    world.write()
    assert world.kinds == [OrderKind.ARM, OrderKind.ARM_ALWAYS]


def test_a_backend_without_a_forward_of_every_call_keeps_to_the_standing_one() -> None:
    world = working(codes(always_code=""))
    world.gasp(True)
    world.settle()
    assert world.kinds == [OrderKind.ARM]


def test_the_wait_doubles_from_5_seconds_to_10_minutes() -> None:
    assert [back_off_s(failures) for failures in (1, 2, 3, 7, 8, 100)] == [5, 10, 20, 320, 600, 600]


def test_a_failure_is_said_and_tried_again_later() -> None:
    world = World(codes())
    world.paths(world.all_paths)
    world.run(1, Outcome.FAILED, newest=False)
    assert world.forward.trouble == "It said no." and world.forward.believed is Belief.UNKNOWN
    world.write(9)
    world.wait(4.9)
    assert len(world.kinds) == 1
    world.wait(0.2)
    assert len(world.kinds) == 2
    world.run(1, Outcome.FAILED, newest=False)
    world.write(9)
    world.wait(9.9)
    assert len(world.kinds) == 2
    world.wait(0.2)
    assert len(world.kinds) == 3


def test_whoever_never_answers_has_failed() -> None:
    world = World(codes())
    world.paths(world.all_paths)
    world.write()
    world.wait(decide.ANSWER_S)
    assert world.forward.trouble == "No answer came." and world.forward.believed is Belief.UNKNOWN
    world.write(9)
    world.wait(5)
    assert len(world.kinds) == 2


def test_what_was_refused_waits_for_the_settings_or_a_path() -> None:
    world = World(codes())
    world.paths(world.all_paths)
    world.run(1, Outcome.REFUSED, newest=False)
    assert world.forward.trouble == "It said no." and world.forward.believed is Belief.NOT_ARMED
    world.wait(10 * DAY_S)
    assert len(world.kinds) == 1
    world.paths(frozenset({"cell"}))
    world.paths(world.all_paths)
    world.write(9)
    world.wait(5)
    assert len(world.kinds) == 2
    world.run(1, Outcome.REFUSED, newest=False)
    world.change(codes(arm_code="*90"))
    world.write(9)
    assert len(world.kinds) == 3
    assert world.forward.pending[0].means[0] == ("arm_code", "*90")


def test_what_was_refused_is_tried_once_more_after_any_change_of_the_settings() -> None:
    world = World(codes())
    world.paths(world.all_paths)
    world.run(1, Outcome.REFUSED, newest=False)
    world.change(codes(sim_number="+33755555555"))
    world.write(9)
    world.wait(5)
    assert len(world.kinds) == 2


def test_a_refused_forward_of_every_call_needs_no_taking_off() -> None:
    world = working(codes())
    world.gasp(True)
    world.run(1, Outcome.REFUSED, newest=False)
    world.gasp(False)
    world.settle()
    assert world.kinds == [OrderKind.ARM, OrderKind.ARM_ALWAYS] and len(world.forward.switches) == 1


def test_a_new_path_shortens_the_wait() -> None:
    world = World(codes())
    world.paths(world.all_paths)
    for wait_s in (5, 10, 20):
        world.run(1, Outcome.FAILED, newest=False)
        world.write(9)
        world.wait(wait_s)
    world.run(1, Outcome.FAILED, newest=False)
    world.write(9)
    world.paths(world.all_paths - {"line 201@pbx.example"})
    world.paths(world.all_paths)
    world.wait(5)
    assert len(world.kinds) == 5


def test_a_failure_of_what_was_not_tried_changes_nothing() -> None:
    start = World(codes()).forward
    for outcome in (Outcome.FAILED, Outcome.REFUSED):
        assert decide.tried(start, OrderTried(1, outcome, "never sent"), BEGIN) == (start, ())


def test_a_path_that_flaps_does_not_hammer() -> None:
    world = World(codes())
    for _ in range(20):
        world.paths(world.all_paths)
        world.run(1, Outcome.FAILED, newest=False)
        world.write(9)
        world.paths(frozenset())
        world.wait(0.5)
    assert len(world.kinds) <= 3


def test_what_is_taken_but_not_in_effect_is_tried_again() -> None:
    forward, _ = decide.started(settings(target=MOBILE, **HTTP), (), (), BEGIN)
    forward, commands = decide.kept(forward, 1, BEGIN)
    assert isinstance(commands[0], CallHttp)
    forward, _ = decide.tried(forward, OrderTried(1, Outcome.DONE, "", False), BEGIN)
    assert "not in effect" in forward.trouble and forward.believed is Belief.UNKNOWN and forward.pending


def test_it_is_verified_every_day_and_armed_anew_when_it_was_lost() -> None:
    world = working(settings(target=MOBILE, **HTTP), reads=True)
    world.wait(DAY_S - 1)
    assert world.kinds == [OrderKind.ARM]
    world.wait(2)
    assert world.kinds == [OrderKind.ARM, OrderKind.VERIFY]
    world.answer(0, Outcome.DONE, True)
    assert world.forward.believed is Belief.ARMED and world.forward.since == "2026-11-25T12:00:01"
    world.side.clear()
    world.wait(DAY_S + 1)
    world.answer(0, Outcome.DONE, True)
    assert world.forward.believed is Belief.NOT_ARMED
    world.settle()
    assert world.forward.believed is Belief.ARMED and world.side[("201@pbx.example", False)] == MOBILE


def test_what_cannot_be_read_is_armed_once_more_every_day() -> None:
    world = working(codes())
    world.wait(DAY_S + 1)
    world.write(9)
    assert world.kinds == [OrderKind.ARM, OrderKind.ARM]
    world.run(1, Outcome.FAILED, newest=False)
    assert world.forward.believed is Belief.ARMED, "one failed refresh takes nothing away"


def test_a_question_that_is_refused_leaves_it_unknown() -> None:
    world = working(settings(target=MOBILE, **HTTP))
    world.wait(DAY_S + 1)
    world.answer(0, Outcome.REFUSED, False)
    assert world.forward.believed is Belief.UNKNOWN and not world.forward.pending
    world.wait(DAY_S + 1)
    assert world.kinds[-1] is OrderKind.VERIFY


def ready_turn(bench: Bench) -> Turn:
    return Turn(bench.phone, bench.now)


def test_in_a_turn_of_the_phone() -> None:
    wanted = replace(codes(), accounts=(Account(user="201", domain="pbx.example"),))
    bench = Bench(wanted)
    bench.send(LineRegistered(0, 300))
    turn = ready_turn(bench)
    turns.started(turn, Started(wanted))
    (kept,) = (command for command in turn.commands if isinstance(command, KeepOrder))
    turns.order_kept(turn, OrderKept(kept.order.number))
    turns.follow_paths(turn, frozenset({"lan"}))
    assert "line 201@pbx.example" not in turn.phone.forward.paths, "the engine is not up"
    bench.ready()
    turn = Turn(replace(bench.phone, forward=turn.phone.forward), bench.now)
    turns.follow_paths(turn, frozenset({"lan"}))
    assert isinstance(turn.commands[0], SendFeatureCode)
    turns.order_tried(turn, OrderTried(kept.order.number, Outcome.DONE))
    assert isinstance(turn.commands[2], KeepForward)
    timer = turn.commands[-1]
    assert isinstance(timer, SetTimer) and timer.timer is Timer.FORWARD and timer.after_s == DAY_S
    turns.gasped(turn, True)
    assert turn.phone.forward.gasping and turn.phone.forward.pending[0].kind is OrderKind.ARM_ALWAYS
    turns.order_not_kept(turn, OrderNotKept(turn.phone.forward.pending[0].number, "full"))
    assert turn.phone.forward.trouble == "The card does not keep it: full"
    old = turn.phone.settings
    turn.change(settings=replace(old, ringer_volume=1))
    before = len(turn.commands)
    turns.settings_changed(turn, old)
    turns.gasped(turn, True)
    assert len(turn.commands) == before
    turn.change(settings=replace(old, forward=replace(old.forward, target="")))
    turns.settings_changed(turn, old)
    assert not turn.phone.forward.wanted
    turns.timer(turn)
