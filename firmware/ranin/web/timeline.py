"""What the page's time line draws: the phone's ways, power and calls as lanes, kept for some minutes."""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ranin.core.energy import Stage
from ranin.core.forwarding.known import Belief
from ranin.core.mobile import ModemStage
from ranin.core.outage import Link
from ranin.core.paths import Path
from ranin.core.state import CELL, Call, CallState, Noted, Phone

KEPT_S = 300.0
MOST_SAMPLES = 600
LANES = (
    ("power", "Power"),
    ("ethernet", "Ethernet"),
    ("wifi", "Wi-Fi"),
    ("lte", "LTE data"),
    ("mobile", "Mobile network"),
    ("way", "Way in use"),
    ("forward", "Forward"),
    ("calls", "Calls"),
)
"""(key, name) from the top down."""

Span = tuple[str, str]
"""(state, words): the state gives the colour: ok, spare, warn, worse, bad, rings, live, off, unknown."""

_WAYS = {
    Path.NORMAL: ("ok", "NORMAL"),
    Path.DEGRADED: ("warn", "DEGRADED"),
    Path.CELL_ONLY: ("worse", "CELL_ONLY"),
    Path.FORWARD_ONLY: ("bad", "FORWARD_ONLY"),
}
_POWER = {Stage.BATTERY: "warn", Stage.LOW: "worse", Stage.LAST_GASP: "bad"}
_STAGES = {
    ModemStage.HOME: "ok",
    ModemStage.ROAMING: "warn",
    ModemStage.STARTING: "unknown",
    ModemStage.SEARCHING: "worse",
    ModemStage.ABSENT: "off",
}
_CALLS = {CallState.ALERTING: "rings", CallState.TALKING: "talking", CallState.ENDING: "ends"}


class Timeline:
    """The newest samples: what each lane said from which moment on, and what happened then."""

    def __init__(self) -> None:
        self._samples: deque[dict[str, Any]] = deque(maxlen=MOST_SAMPLES)
        self._seen: tuple[Noted, ...] = ()
        self._count = 0

    def take(self, phone: Phone, more: Mapping[str, Span], now: datetime) -> bool:
        """Keep a sample if something is different; `more`: lanes of whoever simulates the phone."""
        lanes = dict(_lanes(phone)) | more
        notes = list(_new(phone.notes, self._seen))
        self._seen = phone.notes
        if not notes and self._samples and self._samples[-1]["lanes"] == lanes:
            return False
        self._count += 1
        at_s = now.timestamp()
        self._samples.append({"n": self._count, "t": at_s, "lanes": lanes, "notes": notes})
        while len(self._samples) > 1 and self._samples[1]["t"] < at_s - KEPT_S:
            self._samples.popleft()
        return True

    def after(self, number: int) -> list[dict[str, Any]]:
        """The samples after that one, oldest first; 0: all that are kept."""
        return [sample for sample in self._samples if sample["n"] > number]


def _new(notes: tuple[Noted, ...], seen: tuple[Noted, ...]) -> Iterator[dict[str, Any]]:
    """What has been noted since, oldest first."""
    newest = seen[0] if seen else None
    fresh: list[Noted] = []
    for note in notes:
        if note is newest:
            break
        fresh.append(note)
    for note in reversed(fresh):
        yield {"t": note.wall.timestamp(), "text": note.text}


def _lanes(phone: Phone) -> Iterator[tuple[str, Span]]:
    yield "power", _power(phone)
    for link in Link:
        yield link.value, _link(phone, link)
    yield "mobile", _mobile(phone)
    yield "way", _WAYS[phone.paths.path]
    yield "forward", _forward(phone)
    yield "calls", _calls(phone)


def _power(phone: Phone) -> Span:
    power = phone.power
    if power.read is None:
        return "unknown", power.trouble or "Not read yet"
    if power.stage is Stage.MAINS:
        return ("ok", "Mains") if power.lost_s is None else ("warn", "Mains flickers")
    return _POWER[power.stage], f"Battery, {power.read.talk_min} min"


def _link(phone: Phone, link: Link) -> Span:
    reach = phone.paths.reach(link)
    if reach is None or reach.alive is None:
        return "unknown", "Not judged yet"
    if not reach.alive:
        return "bad", reach.reason or "Does not answer"
    if reach.silent:
        return "warn", reach.trouble
    return ("ok", "In use") if phone.paths.link is link else ("spare", "Ready")


def _mobile(phone: Phone) -> Span:
    modem = phone.modem
    words = " ".join(filter(None, (modem.operator, modem.technology))) if modem.stage in _NETWORKS else ""
    return _STAGES.get(modem.stage, "bad"), modem.reason or words or modem.stage.value.capitalize()


_NETWORKS = (ModemStage.HOME, ModemStage.ROAMING)


def _forward(phone: Phone) -> Span:
    forward = phone.forward
    target = phone.settings.forward.target
    if not forward.wanted:
        return "off", forward.refusal or "None"
    if forward.believed is Belief.ARMED:
        return "ok", f"Armed: {target}"
    return "unknown", forward.trouble or ("On its way" if forward.pending else "Not armed")


def _calls(phone: Phone) -> Span:
    live = [call for call in phone.calls if call.state is not CallState.ENDING]
    if not live:
        return "off", ""
    rings = all(call.state is CallState.ALERTING for call in live)
    return "rings" if rings else "live", "; ".join(_call(call) for call in live)


def _call(call: Call) -> str:
    way = " by mobile" if call.line == CELL else ""
    return f"{call.name or call.peer} {_CALLS.get(call.state, 'is called')}{way}"
