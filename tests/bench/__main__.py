"""Measure the phone and its peers in turn, print a table, write build/bench.json and on request docs/bench.md."""

import argparse
import asyncio
import contextlib
import json
import shutil
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ranin.sim.farend.farend import DOMAIN, FarEnd
from tests.bench import echo, floods, measures, outages, report, several, voice
from tests.bench.measures import TimedPeer
from tests.bench.subjects import Baresip, Linphone, Pjsua, Ranin, Subject, Where

PASSWORD = "bench-only"  # noqa: S105
SUBJECTS: tuple[type[Subject], ...] = (Ranin, Pjsua, Baresip, *((Linphone,) if shutil.which("linphonec") else ()))
CODECS = {"cpu_pcmu_pct": "PCMU", "cpu_g722_pct": "G722", "cpu_opus_pct": "opus"}
CALLS = 3
"""Calls a codec: one taken alone may fall on the machine's own work."""
TALKS = 5
OUTAGES, PEERS_OUTAGES = 5, 3
FLOODS = 3
VOICES = 3
"""Calls of each jitter, each with a delay of its own for every packet; as many more where a control call is bad."""
PARTS = ("calls", "several", "floods", "outages", "voice")
Values = dict[str, list[float]]
Rows = dict[str, Values]


def say(text: str) -> None:
    """Progress, apart from the table."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


@asynccontextmanager
async def ending(*subjects: Subject) -> AsyncIterator[None]:
    """End them whatever happens: a measurement that fails must leave no program running."""
    try:
        yield
    finally:
        for subject in subjects:
            await subject.stop()


async def against_peer(kind: type[Subject], rows: Rows, runs: int) -> None:
    """What needs a server that notes times: answering, starting."""
    for index in range(3):
        peer = await TimedPeer.start()
        subject = kind(f"127.0.0.1:{peer.port}", "127.0.0.1")
        start_ns = time.monotonic_ns()
        await subject.start()
        keep(rows, "start_to_registered_ms", kind, (await peer.registered() - start_ns) / 1e6)
        if index == 0:
            await asyncio.sleep(1)
            for _ in range(runs):
                keep(rows, "invite_to_180_ms", kind, await measures.invite_ms(peer, 180))
        await subject.stop()
        peer.close()
    peer = await TimedPeer.start()
    subject = kind(f"127.0.0.1:{peer.port}", "127.0.0.1")
    await subject.start(answer=True)
    await peer.registered()
    await asyncio.sleep(1)
    for _ in range(max(3, runs // 4)):
        keep(rows, "invite_to_200_ms", kind, await measures.invite_ms(peer, 200))
        if isinstance(subject, Ranin):
            await subject.do("replace")
        await asyncio.sleep(0.4)
    await subject.stop()
    peer.close()


async def hands(rows: Rows, runs: int) -> None:
    """What only a phone with hook and keys has."""
    peer = await TimedPeer.start()
    phone = Ranin(f"127.0.0.1:{peer.port}", "127.0.0.1")
    await phone.start()
    await phone.until("state", state="registered")
    await asyncio.sleep(1)
    await repeat(rows, "key_to_panel_ms", Ranin, runs, lambda: measures.key_ms(phone))
    await repeat(rows, "offhook_to_tone_ms", Ranin, runs, lambda: measures.offhook_ms(phone))
    await phone.stop()
    peer.close()


async def in_calls(kind: type[Subject], rows: Rows, far: FarEnd) -> None:
    """Memory and processor, idle and in a call with each codec, at the far end's server."""
    where = Where(far.namespace.host_ip, far.namespace.link)
    for row, codec in [*CODECS.items()] * CALLS:
        subject = kind(far.server, DOMAIN, "201", PASSWORD, codec)
        await subject.start(where=where)
        async with ending(subject):
            await asyncio.sleep(2)
            keep(rows, "cpu_idle_pct", kind, await measures.cpu_pct(subject, measures.IDLE_S))
            await subject.call("604")
            await asyncio.sleep(2)
            if not measures.hears(subject):
                raise RuntimeError(f"{kind.name} hears nothing in a call with {codec}")
            keep(rows, row, kind, await measures.cpu_pct(subject, measures.CALL_S))
            keep(rows, "pss_mib", kind, measures.pss_mib(subject))


async def talk(kind: type[Subject], rows: Rows, far: FarEnd, runs: int) -> None:
    """Mouth to ear between two of a kind, PCMU, over the far end's server."""
    where = Where(far.namespace.host_ip, far.namespace.link)
    for _ in range(runs):
        speaker = kind(far.server, DOMAIN, "202", PASSWORD, "PCMU")
        listener = kind(far.server, DOMAIN, "201", PASSWORD, "PCMU")
        await listener.start(answer=True, seconds=10, where=where)
        await speaker.start(seconds=10, where=where)
        async with ending(speaker, listener):
            await asyncio.sleep(2)
            await speaker.call("201")
            await asyncio.sleep(2)
            mouth, ear = speaker.capture(), listener.playback()
            before = mouth.head.xruns + ear.head.xruns
            measures.feed_clicks(mouth, 5)
            await asyncio.sleep(4)
            keep(rows, "mouth_to_ear_ms", kind, measures.mouth_to_ear_ms(mouth, ear))
            keep(rows, "xruns", kind, mouth.head.xruns + ear.head.xruns - before)


def keep(rows: Rows, row: str, kind: type[Subject], value: float) -> None:
    """Note one value."""
    rows.setdefault(row, {}).setdefault(kind.name, []).append(value)


async def repeat(rows: Rows, row: str, kind: type[Subject], runs: int, measure: Callable[[], Awaitable[float]]) -> None:
    """Note a value several times."""
    for _ in range(runs):
        keep(rows, row, kind, await measure())


async def measure_calls(rows: Rows, runs: int) -> None:
    """One call after another, subject by subject."""
    for kind in SUBJECTS:
        say(f"{kind.name}: starting and answering")
        await against_peer(kind, rows, runs)
    say("ranin: hook and keys")
    await hands(rows, runs)
    async with FarEnd({"201": PASSWORD, "202": PASSWORD}) as far:
        for kind in SUBJECTS:
            say(f"{kind.name}: processor and memory")
            await in_calls(kind, rows, far)
        for kind in (Ranin, Pjsua, Baresip):
            say(f"{kind.name}: mouth to ear")
            await talk(kind, rows, far, TALKS)


async def measure_floods(rows: Rows) -> None:
    """Strangers call, two thousand a second."""
    async with FarEnd({"201": floods.PASSWORD}) as far:
        for kind in (Ranin, Pjsua, Baresip):
            say(f"{kind.name}: a stranger's flood")
            for _ in range(FLOODS):
                await floods.in_a_call(kind, lambda row, value, kind=kind: keep(rows, row, kind, value), far)  # type: ignore[misc]
                await floods.beside_a_call(kind, lambda row, value, kind=kind: keep(rows, row, kind, value))  # type: ignore[misc]
                await floods.while_idle(kind, lambda row, value, kind=kind: keep(rows, row, kind, value))  # type: ignore[misc]


async def measure_outages(rows: Rows) -> None:
    """Power and networks go."""
    for index in range(OUTAGES):
        say(f"ranin: outage {index + 1} of {OUTAGES}")
        await outages.silent_loss(lambda row, value: keep(rows, row, Ranin, value))
    say("ranin: new addresses in a call")
    await outages.new_address(lambda row, value: keep(rows, row, Ranin, value), OUTAGES)
    say("ranin: last gasps")
    await outages.last_gasp(lambda row, value: keep(rows, row, Ranin, value), OUTAGES)
    for kind in (Pjsua, Baresip):
        for _ in range(PEERS_OUTAGES):
            say(f"{kind.name}: the same outages")
            await outages.of_peer(kind, lambda row, value, kind=kind: keep(rows, row, kind, value))  # type: ignore[misc]


async def measure_voice(rows: Rows) -> None:
    """Speech through jitter, and beside a loudspeaker."""
    for kind in (Ranin, Pjsua, Baresip):
        good = 0
        for seed in range(2 * VOICES):
            say(f"{kind.name}: speech through jitter")
            with contextlib.suppress(TimeoutError):
                good += await voice.trio(kind, seed, lambda row, value, kind=kind: keep(rows, row, kind, value))  # type: ignore[misc]
            if good == VOICES:
                break
    for kind, subject in ((Ranin, echo.of_ranin), (Pjsua, echo.of_pjsua)):
        for _ in range(VOICES):
            say(f"{kind.name}: a loudspeaker beside its microphone")
            keep(rows, "erle_db", kind, await echo.erle_db(subject))
            keep(rows, "double_talk_mos", kind, await echo.double_talk_mos(subject))


def summary(rows: Rows) -> dict[str, Any]:
    """Medians in the form of build/bench.json."""
    table = []
    for name, values in rows.items():
        medians = {who: round(statistics.median(numbers), 2) for who, numbers in values.items()}
        ranin = medians.pop("ranin", None)
        runs = max(len(numbers) for numbers in values.values())
        unit = "xruns" if name == "xruns" else "mos" if name.startswith("pesq_") else name.rpartition("_")[2]
        table.append({"name": name, "unit": unit, "ranin": ranin, "peers": medians, "runs": runs})
    return {"rows": table}


def beside(result: dict[str, Any], old: list[dict[str, Any]]) -> dict[str, Any]:
    """With the old rows that were not measured now: a part is measured without losing the others."""
    now = {row["name"] for row in result["rows"]}
    return {"rows": [*result["rows"], *(row for row in old if row["name"] not in now)]}


async def measure(part: str, rows: Rows, runs: int) -> None:
    """One part."""
    if part == "calls":
        await measure_calls(rows, runs)
    elif part == "several":
        say("ranin: several calls")
        await several.measure(lambda row, value: keep(rows, row, Ranin, value))
    elif part == "floods":
        await measure_floods(rows)
    elif part == "outages":
        await measure_outages(rows)
    else:
        await measure_voice(rows)


def main() -> int:
    """Measure, print, write after each part: what has been measured is not lost with the next one."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="how often each time is taken")
    parser.add_argument("--docs", action="store_true", help="write docs/bench.md and its plot, too")
    parser.add_argument("--part", choices=PARTS, action="append", help="measure only this; may be repeated")
    words = parser.parse_args()
    file, rows = Path("build", "bench.json"), Rows()
    old = json.loads(file.read_text())["rows"] if words.part and file.exists() else []
    file.parent.mkdir(exist_ok=True)
    for part in words.part or PARTS:
        asyncio.run(measure(part, rows, words.runs))
        result = beside(summary(rows), old)
        file.write_text(json.dumps(result, indent=1) + "\n")
    print(report.table(result))
    if words.docs:
        report.write_docs(result, Path("docs"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
