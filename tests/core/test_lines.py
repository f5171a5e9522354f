"""Registering: RFC 5626 back-off, refusals, changed accounts, a new engine."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.core import lines
from ranin.core.commands import ConfigureEngine, ConnectEar, RegisterLine, SetTimer, UnregisterLine
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    CallEnded,
    EngineLost,
    EngineReady,
    HookLifted,
    KeyPressed,
    LineRegistered,
    LineRejected,
    ServersFound,
    SettingsChanged,
    Timer,
)
from ranin.core.outage import Link, LinkProbed
from ranin.core.screens.screen import Idle
from ranin.core.settings import Account, Secret, Settings
from ranin.core.state import LineState
from tests.core.desk_model import SETTINGS, Bench, keys


def test_every_line_registers_when_the_engine_is_ready() -> None:
    bench = Bench()
    caused = bench.send(EngineReady())
    assert ConfigureEngine(SETTINGS.codecs) in caused
    assert RegisterLine(0, SETTINGS.accounts[0]) in caused


@pytest.mark.parametrize(("failures", "bound_s"), [(1, 60), (2, 120), (3, 240), (6, 1800), (50, 1800)])
def test_back_off_doubles_up_to_half_an_hour(failures: int, bound_s: float) -> None:
    assert lines.back_off_s(failures, 408, 0) == bound_s


@given(st.integers(1, 100), st.sampled_from([0, 408, 503, 403]), st.integers(0, 10**9))
def test_the_shortest_wait_never_undercuts_retry_after(failures: int, code: int, after_s: int) -> None:
    bound_s = lines.back_off_s(failures, code, after_s)
    assert bound_s * (1 - lines.JITTER) >= min(after_s, 3600)
    assert 30 <= bound_s <= 7200


def test_a_failure_waits_with_jitter_and_tries_again() -> None:
    bench = Bench().ready()
    caused = bench.send(LineRejected(0, 408, ""))
    timer = next(c for c in caused if isinstance(c, SetTimer) and c.timer is Timer.REGISTER)
    assert (timer.after_s, timer.jitter) == (60.0, 0.5)
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Server does not answer"
    assert RegisterLine(0, SETTINGS.accounts[0]) in bench.wait(61)
    bench.send(LineRegistered(0, 300))
    bench.wait(5)  # while it says that the network is back
    assert bench.phone.lines[0].failures == 0 and bench.screen.state == "Ready"


def test_a_wrong_password_is_said_and_not_hammered() -> None:
    bench = Bench().ready()
    bench.send(LineRejected(0, 401, "Unauthorized"))
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Wrong password"
    assert not any(isinstance(c, RegisterLine) for c in bench.wait(899))
    assert any(isinstance(c, RegisterLine) for c in bench.wait(1000))


def test_a_new_engine_is_told_everything_again() -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    bench.send(EngineLost("killed"))
    caused = bench.send(EngineReady())
    assert any(isinstance(c, RegisterLine) for c in caused)
    assert any(isinstance(c, ConnectEar) and c.tone for c in caused)


def test_only_what_changed_registers_anew() -> None:
    bench = Bench().ready()
    assert bench.send(SettingsChanged(replace(SETTINGS, ring_melody="classic", digit_timeout_s=5.0))) == []
    account = replace(SETTINGS.accounts[0], password=Secret("other"))
    caused = bench.send(SettingsChanged(replace(SETTINGS, accounts=(account,))))
    assert RegisterLine(0, account) in caused


def test_a_removed_line_unregisters_and_late_answers_are_ignored() -> None:
    bench = Bench().ready()
    assert UnregisterLine(0) in bench.send(SettingsChanged(Settings()))
    assert bench.send(LineRejected(0, 408, "late")) == []


def test_an_account_without_a_server_is_not_set_up() -> None:
    bench = Bench(Settings(accounts=(Account(user="201"),)))
    caused = bench.send(EngineReady())
    assert not any(isinstance(c, RegisterLine) for c in caused)
    assert bench.phone.lines[0].state is LineState.OFF
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Not set up: menu, Line"


BACKED = replace(SETTINGS, accounts=(replace(SETTINGS.accounts[0], server="a.test", backup="b.test"),))
ACCOUNT = BACKED.accounts[0]


def backed() -> Bench:
    """A line with two servers, at the first of them."""
    bench = Bench(BACKED)
    bench.send(EngineReady(), ServersFound(0, 2), LineRegistered(0, 300))
    return bench


def at_backup() -> Bench:
    bench = backed()
    assert RegisterLine(0, ACCOUNT, at=1) in bench.send(LineRejected(0, 503, ""))
    bench.send(ServersFound(0, 2), LineRegistered(0, 300))
    return bench


@pytest.mark.parametrize("code", sorted(lines.UNREACHED))
def test_a_server_that_does_not_serve_gives_way_to_the_next_at_once(code: int) -> None:
    bench = backed()
    assert RegisterLine(0, ACCOUNT, at=1) in bench.send(LineRejected(0, code, ""))
    bench.send(LineRegistered(0, 300))
    assert bench.phone.lines[0].state is LineState.REGISTERED and bench.phone.lines[0].failures == 0


def test_one_that_says_nothing_gets_less_time_than_sip_gives() -> None:
    bench = Bench(BACKED)
    bench.send(EngineReady(), ServersFound(0, 2))
    assert RegisterLine(0, ACCOUNT, at=1) in bench.wait(lines.ANSWER_WITHIN_S)
    bench = Bench()
    bench.send(EngineReady(), ServersFound(0, 1))
    assert not any(isinstance(c, RegisterLine) for c in bench.wait(30)), "one server has the time that SIP gives"


def test_a_refusal_is_the_accounts_and_no_other_server_is_tried() -> None:
    bench = backed()
    assert not any(isinstance(c, RegisterLine) for c in bench.send(LineRejected(0, 403, "")))


def test_when_all_have_failed_it_waits_and_begins_with_the_best() -> None:
    bench = Bench(BACKED)
    bench.send(EngineReady(), ServersFound(0, 2))
    bench.send(LineRejected(0, 408, ""), ServersFound(0, 2))
    assert not any(isinstance(c, RegisterLine) for c in bench.send(LineRejected(0, 408, "")))
    assert bench.phone.lines[0].state is LineState.WAITING
    assert RegisterLine(0, ACCOUNT) in bench.wait(61)


def test_the_best_is_tried_again_after_a_while_and_what_there_is_holds_meanwhile() -> None:
    bench = at_backup()
    assert not any(isinstance(c, RegisterLine) for c in bench.wait(lines.RETURN_AFTER_S * lines.JITTER - 1))
    assert RegisterLine(0, ACCOUNT) in bench.wait(lines.RETURN_AFTER_S * lines.JITTER + 1)
    assert bench.phone.lines[0].state is LineState.REGISTERED
    bench.send(ServersFound(0, 2), LineRegistered(0, 300))
    assert (bench.phone.lines[0].at, bench.phone.lines[0].returning) == (0, False)
    assert not any(isinstance(c, RegisterLine) for c in bench.wait(7200))


@pytest.mark.parametrize("how", ["silent", "refuses"])
def test_a_return_that_fails_leaves_the_line_where_it_was_and_is_tried_later_and_later(how: str) -> None:
    bench, waits = at_backup(), []
    for _ in range(5):
        began_s = bench.now.mono_s
        while not bench.phone.lines[0].returning:
            bench.wait(1)
        waits.append(bench.now.mono_s - began_s)
        caused = bench.wait(lines.ANSWER_WITHIN_S) if how == "silent" else bench.send(LineRejected(0, 401, ""))
        assert RegisterLine(0, ACCOUNT, at=1) in caused
        bench.send(ServersFound(0, 2), LineRegistered(0, 300))
    assert waits[1] > 1.5 * waits[0] and waits[-1] <= lines.LONGEST_S + 2


def test_refreshing_where_it_is_does_not_put_off_the_way_back() -> None:
    bench = at_backup()
    for _ in range(2):
        while not bench.phone.lines[0].returning:
            bench.wait(5)
            if not bench.phone.lines[0].returning:
                bench.send(LineRegistered(0, 60))
            assert bench.now.mono_s < 2000
        bench.send(LineRejected(0, 503, ""), ServersFound(0, 2), LineRegistered(0, 300))


def test_nobody_is_taken_to_another_server_in_a_call() -> None:
    bench = at_backup()
    bench.send(CallArrived("a", 0, "Nora", "603"), HookLifted(), CallAnswered(1))
    assert not any(isinstance(c, RegisterLine) for c in bench.wait(3600))
    bench.send(CallEnded(1, 200, ""))
    assert RegisterLine(0, ACCOUNT) in bench.wait(lines.BUSY_S)


def test_probes_that_find_only_the_backup_take_the_line_there() -> None:
    bench = backed()
    alive = LinkProbed(Link.ETHERNET, True, "", "10.0.0.2", "192.0.2.1")
    bench.send(alive)
    bench.wait(1)
    bench.send(ServersFound(0, 2), LineRegistered(0, 300))
    caused = bench.send(replace(alive, server="", at=1))
    assert any(isinstance(c, RegisterLine) and c.at == 1 for c in caused)


@pytest.mark.parametrize(("code", "asked"), [(503, True), (408, True), (486, False), (404, False)])
def test_a_call_that_no_server_answered_has_the_server_prove_itself(code: int, asked: bool) -> None:
    bench = backed()
    bench.send(HookLifted(), *(KeyPressed(key) for key in keys("604#")))
    assert (RegisterLine(0, ACCOUNT) in bench.send(CallEnded(1, code, ""))) == asked
    if asked:
        bench.send(ServersFound(0, 2))
        assert RegisterLine(0, ACCOUNT, at=1) in bench.wait(lines.ANSWER_WITHIN_S)


def test_a_line_with_one_server_is_not_asked_again_for_a_call_that_failed() -> None:
    bench = Bench().ready()
    bench.send(HookLifted(), *(KeyPressed(key) for key in keys("604#")))
    assert not any(isinstance(c, RegisterLine) for c in bench.send(CallEnded(1, 503, "")))


@given(st.lists(st.sampled_from(["registered", 408, 503, 403, "wait", "found", "call", "end", "engine"]), max_size=40))
def test_whatever_the_servers_do_the_line_is_tried_again(deeds: list[object]) -> None:
    bench = backed()
    for deed in deeds:
        if deed == "wait":
            bench.wait(400)
        elif deed == "call" and bench.phone.lines[0].state is LineState.REGISTERED:
            bench.send(CallArrived("a", 0, "Nora", "603"))
        elif deed == "end" and bench.phone.calls:
            bench.send(CallEnded(bench.phone.calls[0].number, 487, ""))
        elif deed == "engine":
            bench.send(EngineLost("killed"), EngineReady())
        elif deed == "registered":
            bench.send(LineRegistered(0, 300))
        elif deed == "found":
            bench.send(ServersFound(0, 2))
        elif isinstance(deed, int):
            bench.send(LineRejected(0, deed, ""))
        line = bench.phone.lines[0]
        runs = any(timer is Timer.REGISTER for timer, _, _ in bench.phone.timers)
        assert 0 <= line.at < 2
        assert runs or line.state is LineState.TRYING or (line.state is LineState.REGISTERED and not line.at)
