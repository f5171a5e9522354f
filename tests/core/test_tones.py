"""The tone table: every country has every signal, in ITU-T E.180's cadences."""

import pytest

from ranin.core.commands import ToneStep
from ranin.core.tones import Signal, countries, parse_cadence, tone


def test_the_countries_people_asked_for_are_there() -> None:
    assert set(countries()) >= {"FR", "ES", "EG", "SA", "AE", "GB", "US", "DE"}


@pytest.mark.parametrize("country", countries())
@pytest.mark.parametrize("signal", Signal)
def test_every_tone_can_be_heard_and_told_apart(country: str, signal: Signal) -> None:
    steps = tone(signal, country).steps
    assert any(step.frequencies_hz for step in steps)
    assert all(16 <= hertz <= 3400 for step in steps for hertz in step.frequencies_hz)
    assert steps != tone(Signal.DIAL, country).steps or signal is Signal.DIAL


@pytest.mark.parametrize(
    ("country", "signal", "steps"),
    [
        ("FR", Signal.DIAL, (ToneStep((440,), 0),)),
        ("GB", Signal.BUSY, (ToneStep((400,), 375), ToneStep((), 375))),
        ("US", Signal.RINGBACK, (ToneStep((440, 480), 2000), ToneStep((), 4000))),
        ("EG", Signal.DIAL, (ToneStep((425, 50), 0, modulation=True),)),
        ("DE", Signal.CONGESTION, (ToneStep((425,), 240), ToneStep((), 240))),
    ],
)
def test_cadences(country: str, signal: Signal, steps: tuple[ToneStep, ...]) -> None:
    assert tone(signal, country).steps == steps


def test_the_howler_is_louder() -> None:
    assert tone(Signal.HOWLER, "FR").level_dbm0 > tone(Signal.BUSY, "FR").level_dbm0


@pytest.mark.parametrize("text", ["x", "425/", "425//5", "425/5s"])
def test_a_bad_cadence_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="tone step"):
        parse_cadence(text)
