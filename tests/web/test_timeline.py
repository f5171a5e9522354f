"""The time line's samples: made of what has changed, kept for some minutes, each told once."""

from dataclasses import replace
from datetime import datetime, timedelta

from ranin.core.outage import Link
from ranin.core.paths import Path, Paths, Reach
from ranin.core.state import Noted, Phone
from ranin.web.timeline import KEPT_S, LANES, MOST_SAMPLES, Timeline

NOON = datetime(2026, 1, 2, 12)


def degraded(phone: Phone) -> Phone:
    dead, alive = Reach(Link.ETHERNET, alive=False, reason="No cable"), Reach(Link.LTE, alive=True)
    return replace(phone, paths=Paths((dead, alive), Link.LTE, Path.DEGRADED))


def test_only_what_changes_is_kept_and_every_lane_is_in_it() -> None:
    line = Timeline()
    assert line.take(Phone(), {}, NOON) and not line.take(Phone(), {}, NOON)
    assert line.take(degraded(Phone()), {}, NOON + timedelta(seconds=1))
    first, second = line.after(0)
    assert set(first["lanes"]) == {key for key, _ in LANES}
    assert second["lanes"]["way"] == ("warn", "DEGRADED") and second["lanes"]["ethernet"] == ("bad", "No cable")
    assert second["lanes"]["lte"] == ("ok", "In use") and second["lanes"]["wifi"][0] == "unknown"
    assert line.after(first["n"]) == [second] and line.after(second["n"]) == []


def test_each_note_comes_once_and_in_order() -> None:
    line = Timeline()
    one, two, three = (Noted(NOON + timedelta(seconds=at), f"note {at}") for at in range(3))
    line.take(replace(Phone(), notes=(one,)), {}, NOON)
    line.take(replace(Phone(), notes=(three, two, one)), {}, NOON)
    told = [[note["text"] for note in sample["notes"]] for sample in line.after(0)]
    assert told == [["note 0"], ["note 1", "note 2"]]


def test_the_past_goes_but_what_held_when_the_window_began_stays() -> None:
    line = Timeline()
    for at in range(3):
        line.take(Phone(), {"more": ("ok", str(at))}, NOON + timedelta(seconds=at))
    line.take(Phone(), {"more": ("ok", "later")}, NOON + timedelta(seconds=KEPT_S + 60))
    assert [sample["lanes"]["more"][1] for sample in line.after(0)] == ["2", "later"]
    for at in range(2 * MOST_SAMPLES):
        line.take(Phone(), {"more": ("ok", f"again {at}")}, NOON + timedelta(seconds=KEPT_S + 61))
    assert len(line.after(0)) == MOST_SAMPLES
