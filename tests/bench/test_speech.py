"""The bench's judge of speech: what it codes, finds and scores."""

import numpy as np
import pytest

from tests.bench import speech
from tests.bench.relay import RATE
from tests.pjsip.test_media_lock import mu_law as one_sample


def test_pcmu_is_coded_as_g_711_says_and_back() -> None:
    values = np.array([0, 1, -1, 100, -100, 5000, -5000, 32000, -32768]) / 32768
    assert list(speech.mu_law(values)) == [one_sample(round(value * 32768)) for value in values]
    said = speech.spoken()[0]
    noise = speech.linear(speech.mu_law(said)) - said
    assert 10 * np.log10(np.mean(said**2) / np.mean(noise**2)) > 30


def test_speech_is_long_enough_and_as_loud_as_p_862_wants() -> None:
    for group in speech.spoken():
        active = group[np.abs(group) > 0]
        assert len(group) == speech.GROUP_S * RATE and not np.any(group[: RATE // 2])
        assert abs(20 * np.log10(np.sqrt(np.mean(active**2))) - speech.LEVEL_DBOV) < 0.1


def test_itself_is_the_best_there_is_and_half_of_it_is_not() -> None:
    said = speech.spoken()[1]
    gaps = np.where(np.arange(len(said)) // (RATE // 25) % 2, 0, said)
    assert speech.mos(said, said) > 4.5 and speech.mos(said, gaps) < 2 and speech.mos(said, 0 * said) == 1


@pytest.mark.parametrize("delay_ms", [0, 73, 400])
def test_a_delay_is_found(delay_ms: int) -> None:
    said = speech.spoken()[2]
    heard = np.concatenate([np.zeros(delay_ms * RATE // 1000), 0.5 * said, np.zeros(RATE)])
    assert abs(speech.delay_s(said, heard) - delay_ms / 1000) < 0.001


def test_what_was_not_heard_has_no_delay() -> None:
    with pytest.raises(RuntimeError, match="not heard"):
        speech.delay_s(speech.spoken()[0], np.zeros(10 * RATE))


def test_narrowing_keeps_what_is_below_half_the_rate_and_nothing_above() -> None:
    times = np.arange(48000) / 48000
    low, high = np.sin(2 * np.pi * 1000 * times), np.sin(2 * np.pi * 6000 * times)
    assert abs(np.std(speech.narrowed(low, 6)) - np.std(low)) < 0.01 and np.std(speech.narrowed(high, 6)) < 0.01
