"""Forwarding armed beforehand: when it is armed, said, retried, verified, taken off; and what is a loop."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.core.commands import SetTimer
from ranin.core.events import LineRegistered, Started, Timer
from ranin.core.forwarding import decide, feature_event, turns
from ranin.core.forwarding.backends import BACKENDS, FOR_LINES
from ranin.core.forwarding.cell import mmi
from ranin.core.forwarding.known import Belief, KeepForward, KnownForward
from ranin.core.forwarding.numbers import normal
from ranin.core.forwarding.plan import plan
from ranin.core.forwarding.work import DAY_S, back_off_s
from ranin.core.outage import (
    CallHttp,
    DropOrder,
    ForwardReason,
    KeepOrder,
    Order,
    OrderKept,
    OrderKind,
    OrderNotKept,
    OrderTried,
    Outcome,
    SendFeatureCode,
    SendSms,
    SetCellForward,
    SetServerForward,
)
from ranin.core.settings import Account, Secret, Settings
from ranin.core.turn import Turn
from tests.core.desk_model import BEGIN, Bench
from tests.core.forward_world import DESK, HTTP, OWN, SHOP, SIM_NUMBER, World, settings

MOBILE = "+33611111111"


def codes(**fields: Any) -> Settings:
    return settings(target=MOBILE, backend="codes", **fields)


def working(start: Settings, reads: bool = False) -> World:
    """A world in which everything works, settled."""
    world = World(start, reads)
    world.settle()
    return world


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


ORDER = Order(7, OrderKind.ARM, "", 0, MOBILE, "", "", "201@pbx.example")


@pytest.mark.parametrize(
    ("name", "kind", "command"),
    [
        ("codes", OrderKind.ARM, SendFeatureCode(7, 1, f"*52{MOBILE}")),
        ("codes", OrderKind.DISARM, SendFeatureCode(7, 1, "*53")),
        ("codes", OrderKind.ARM_ALWAYS, SendFeatureCode(7, 1, f"*72{MOBILE}")),
        ("codes", OrderKind.DISARM_ALWAYS, SendFeatureCode(7, 1, "*73")),
        ("codes", OrderKind.VERIFY, None),
        ("feature-event", OrderKind.ARM, SetServerForward(7, 1, OrderKind.ARM, MOBILE)),
        ("feature-event", OrderKind.DISARM_ALWAYS, SetServerForward(7, 1, OrderKind.DISARM_ALWAYS, "")),
        ("feature-event", OrderKind.VERIFY, SetServerForward(7, 1, OrderKind.VERIFY, MOBILE)),
        ("sms", OrderKind.ARM, SendSms(7, "+33611", f"FORWARD {MOBILE}")),
        ("sms", OrderKind.DISARM, SendSms(7, "+33611", "FORWARD OFF")),
        ("sms", OrderKind.ARM_ALWAYS, None),
        ("cell", OrderKind.ARM, SetCellForward(7, ForwardReason.NOT_REACHABLE, MOBILE)),
        ("cell", OrderKind.DISARM, SetCellForward(7, ForwardReason.NOT_REACHABLE, "")),
        ("manual", OrderKind.ARM, None),
    ],
)
def test_what_carries_an_order_out(name: str, kind: OrderKind, command: object) -> None:
    backend = BACKENDS[name]
    means = backend.means(settings().forward, DESK)
    assert backend.command(replace(ORDER, kind=kind, backend=name, means=means), 1) == command


def test_every_backend_is_found_by_its_name_and_keeps_secrets_out_of_its_place() -> None:
    wanted = settings(target=MOBILE, **HTTP, values=(("number_id", "5"),))
    for name, backend in BACKENDS.items():
        means = backend.means(wanted.forward, DESK)
        assert backend.name == name and "canary" not in backend.place("a@b", means)
    assert "cell" not in FOR_LINES and len(FOR_LINES) == len(BACKENDS) - 1
    place = BACKENDS["http"].place("a@b", BACKENDS["http"].means(wanted.forward, DESK))
    assert place == "http telnyx a@b number_id=5"


def test_a_text_message_names_target_and_line() -> None:
    means = BACKENDS["sms"].means(settings(sms_arm="{user} to {target}").forward, DESK)
    assert BACKENDS["sms"].command(replace(ORDER, means=means), 0) == SendSms(7, "+33611", f"201 to {MOBILE}")


def test_of_a_custom_profile_only_the_address_is_the_place() -> None:
    first = settings(profile="custom", values=(("arm_body", "a"), ("arm_url", "https://x/"))).forward
    other = settings(profile="custom", values=(("arm_body", "b"), ("arm_url", "https://x/"))).forward
    http = BACKENDS["http"]
    assert http.place("a@b", http.means(first, DESK)) == http.place("a@b", http.means(other, DESK))


def test_mmi_codes() -> None:
    assert mmi(ForwardReason.UNCONDITIONAL, MOBILE) == f"**21*{MOBILE}*11#"
    assert mmi(ForwardReason.NOT_REACHABLE, "") == "##62#"


def test_the_body_of_a_feature_event() -> None:
    body = feature_event.body('2"01&', OrderKind.ARM_ALWAYS, MOBILE)
    assert "<device>2&quot;01&amp;</device>" in body and "<forwardingType>forwardImmediate</forwardingType>" in body
    assert "<activateForward>true</activateForward>" in body and f"<forwardDN>{MOBILE}</forwardDN>" in body
    assert "<activateForward>false</activateForward>" in feature_event.body("201", OrderKind.DISARM, "")
    assert feature_event.body("201", OrderKind.VERIFY, MOBILE) == ""


def notify(kind: str, status: str, to: str, prefix: str = "") -> str:
    return (
        f'<{prefix}ForwardingEvent xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed3">'
        f"<{prefix}device>201</{prefix}device><{prefix}forwardingType>{kind}</{prefix}forwardingType>"
        f"<{prefix}forwardStatus>{status}</{prefix}forwardStatus><{prefix}forwardTo>{to}</{prefix}forwardTo>"
        f"</{prefix}ForwardingEvent>"
    )


@pytest.mark.parametrize(
    ("text", "kind", "armed"),
    [
        (notify("forwardNoAns", "true", MOBILE), OrderKind.ARM, True),
        (notify("forwardNoAns", "true", MOBILE, "ev:"), OrderKind.VERIFY, True),
        (notify("forwardNoAns", "true", "sip:33611111111@pbx"), OrderKind.ARM, True),
        (notify("forwardNoAns", "true", "+33600000000"), OrderKind.ARM, False),
        (notify("forwardNoAns", "false", ""), OrderKind.DISARM, False),
        (notify("forwardImmediate", "true", MOBILE), OrderKind.ARM, None),
        (notify("forwardBusy", "true", "1") + notify("forwardNoAns", "true", MOBILE), OrderKind.ARM, True),
        ("--x\r\n\r\n" + notify("forwardImmediate", "true", MOBILE) + "\r\n--x--", OrderKind.ARM_ALWAYS, True),
        ("<DoNotDisturbEvent/>", OrderKind.ARM, None),
        ("", OrderKind.ARM, None),
        ("<ForwardingEvent><forwardingType>forwardNoAns", OrderKind.ARM, False),
    ],
)
def test_what_a_notify_says(text: str, kind: OrderKind, armed: bool | None) -> None:
    assert feature_event.read(text, kind, MOBILE) is armed


@given(st.text("<>/ForwardingEvent: \n&;x", max_size=300))
def test_any_notify_is_read_without_harm(text: str) -> None:
    assert feature_event.read(text, OrderKind.ARM, MOBILE) in (True, False, None)


def test_a_long_notify_is_read_in_linear_time() -> None:
    assert feature_event.read("<ForwardingEvent " * 100_000, OrderKind.ARM, MOBILE) is None


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
