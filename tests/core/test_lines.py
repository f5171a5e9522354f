"""Registering: RFC 5626 back-off, refusals, changed accounts, a new engine."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.core import lines
from ranin.core.commands import ConfigureEngine, ConnectEar, RegisterLine, SetTimer, UnregisterLine
from ranin.core.events import (
    EngineLost,
    EngineReady,
    HookLifted,
    LineRegistered,
    LineRejected,
    SettingsChanged,
    Timer,
)
from ranin.core.screens.screen import Idle
from ranin.core.settings import Account, Secret, Settings
from ranin.core.state import LineState
from tests.core.desk_model import SETTINGS, Bench


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
    assert bench.send(SettingsChanged(replace(SETTINGS, country="GB"))) == []
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
