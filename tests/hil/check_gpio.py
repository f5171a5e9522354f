"""The pin factory, keypad, hook and lamps on a real GPIO chip of the kernel (gpio-sim), judged from outside."""

import json
from collections.abc import Iterator

import pytest

from tests.hil.guest import Guest


@pytest.fixture(scope="module")
def guest() -> Iterator[Guest]:
    with Guest() as guest:
        yield guest


def test_a_pull_is_set_and_a_line_is_read(guest: Guest) -> None:
    found = guest.call("pulls")
    assert found["asked"] == {"up": [True, 1, "up"], "down": [False, 0, "down"]}
    assert found["outside"] == [0, 1, 0]


def test_an_output_has_its_level_and_is_given_back(guest: Guest) -> None:
    assert guest.call("outputs") == {"levels": [True, False, True], "consumer": "gpiozero", "freed": True}


def test_every_edge_is_told_once_and_no_thread_is_left(guest: Guest) -> None:
    found = guest.call("edges", count=200)
    assert found["states"] == [1, 0] * 100
    assert found["threads_left"] == []


def test_a_line_that_somebody_has_is_said(guest: Guest) -> None:
    said = guest.call("taken_line")
    assert said.startswith("GPIOPinInUse") and "gpiozero" in said


def test_no_digit_is_lost_or_doubled(guest: Guest) -> None:
    found = guest.call("digits", presses=300, per_s=12, bounce_s=0.005)
    assert found["down"] == found["typed"] and found["up"] == found["typed"]
    assert set(found["other"]) == {"KeyPressed", "KeyReleased"}
    print(json.dumps({"rate_per_s": found["rate_per_s"], "late_ms": found["late_ms"]}))


def test_an_idle_keypad_sleeps(guest: Guest) -> None:
    idle, polled = guest.call("idle", seconds=10), guest.call("polled", seconds=5, per_s=100)
    print(json.dumps({"idle": idle, "polled": polled}))
    assert idle["watched"] >= 1 and idle["woke"] == 0
    assert idle["cpu"] <= polled / 20


def test_the_hook_bounces_and_is_told_once(guest: Guest) -> None:
    found = guest.call("hook", bounce_s=0.005)
    assert found == {"at_start": False, "heard": ["lifted", "replaced"] * 3}


def test_a_lamp_shines_on_its_own_line(guest: Guest) -> None:
    found = guest.call("lamps")
    assert all(shining == [led] for led, shining in found["alone"].items()) and len(found["alone"]) == 4
    assert found["changes"] >= 4 and found["dark_after"]


def test_gpiozeros_own_tests_pass(guest: Guest) -> None:
    found = guest.call("gpiozeros_own_tests")
    assert found["code"] == 0, found["said"]
    print(found["said"].splitlines()[-1])
