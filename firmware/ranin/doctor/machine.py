"""The machine's own: configuration, disk, clock, battery."""

import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from ranin.doctor.bench import Bench, Findings
from ranin.doctor.finding import Finding, State
from ranin.power import sysfs
from ranin.runtime.systemclock import SystemClock
from ranin.runtime.wallclock import RELEASED_S

LEAST_FREE_MB = 64
"""Settings, call log and journal grow to some 10 MB; below this something else eats the card."""
LOW_CHARGE = 0.2
LOW_V, HIGH_V = 3.0, 4.35
"""A lithium cell at rest is between these; two in series read twice as much."""


async def check_config(bench: Bench) -> Findings:
    """Whether the phone can use its settings."""
    return judge_config(bench.mistakes, bench.config.exists(), len(bench.settings.accounts))


def judge_config(mistakes: tuple[str, ...], there: bool, lines: int) -> Findings:
    """`mistakes` as the schema words them, each with its place."""
    if mistakes:
        return [
            Finding("configuration", State.WRONG, text, "correct it; until then that file is left out")
            for text in mistakes
        ]
    if not lines:
        where = "it names no line" if there else "there is no file"
        return [Finding("configuration", State.WRONG, where, "add a [[line]] with user, password and domain")]
    return [Finding("configuration", State.WELL, f"{lines} line{'s' * (lines > 1)}")]


async def check_disk(bench: Bench) -> Findings:
    """Whether what must survive can be kept."""
    state = bench.state
    try:
        usage, writable = shutil.disk_usage(state), os.access(state, os.W_OK)
        read_only = bool(os.statvfs(state).f_flag & os.ST_RDONLY)
    except OSError as error:
        todo = "make it: `systemd-tmpfiles --create`, or start the phone once"
        return [Finding("disk", State.WRONG, f"{state}: {error.strerror}", todo)]
    return [judge_disk(state, usage.free / 1e6, writable, read_only)]


def judge_disk(state: Path, free_mb: float, writable: bool, read_only: bool) -> Finding:
    """The folder of the call log and the settings."""
    measured = {"free_mb": round(free_mb)}
    if read_only:
        todo = "the card may be worn out: look into `dmesg`, copy what you need, replace it"
        return Finding("disk", State.WRONG, f"{state} can only be read", todo, measured)
    if not writable:
        return Finding("disk", State.SKIPPED, f"{state} is not ours", "run the doctor as root", measured)
    if free_mb < LEAST_FREE_MB:
        todo = "remove what is not the phone's; `du -x / | sort -n | tail` says what is large"
        return Finding("disk", State.WRONG, f"only {free_mb:.0f} MB are free", todo, measured)
    return Finding("disk", State.WELL, f"{free_mb:.0f} MB free", "", measured)


async def check_clock(bench: Bench) -> Findings:
    """Whether it is the time that it says."""
    return [judge_clock(time.time(), SystemClock().synchronised())]


def judge_clock(wall_s: float, synchronised: bool) -> Finding:
    """`wall_s` in seconds since 1970."""
    told = f"{datetime.fromtimestamp(wall_s, UTC):%Y-%m-%d %H:%M} UTC"
    if wall_s < RELEASED_S:
        todo = "connect the phone to the network; certificates are refused until the clock is right"
        return Finding("clock", State.WRONG, f"it is not {told}: that is before this release", todo)
    if not synchronised:
        todo = "`systemctl status systemd-timesyncd`; is UDP port 123 open to the outside?"
        return Finding("clock", State.WRONG, f"{told}, but no time server confirms it", todo)
    return Finding("clock", State.WELL, f"{told}, by a time server")


async def check_battery(bench: Bench) -> Findings:
    """What the kernel's power_supply class says."""
    found = sysfs.find(bench.sys / "class" / "power_supply")
    if found.battery is None:
        return [Finding("battery", State.ABSENT, "no gauge is known to the kernel")]
    return [judge_battery(sysfs.read(found.battery), sysfs.online(found))]


def judge_battery(said: sysfs.Said, mains: bool | None) -> Finding:
    """One reading."""
    if said.millivolts is None and said.gauge is None:
        todo = "check SDA, SCL and ground; take the cells out and put them in again"
        return Finding("battery", State.WRONG, "its gauge does not answer", todo)
    volts = (said.millivolts or 0) / 1000
    measured = {"volt": round(volts, 2)} | ({"charge": round(said.gauge, 2)} if said.gauge is not None else {})
    told = f"{volts:.2f} V" + (f", {said.gauge:.0%}" if said.gauge is not None else "")
    told += {True: ", on mains", False: ", feeding the phone", None: ""}[mains]
    if said.millivolts is not None and not _like_cells(volts):
        return Finding(
            "battery", State.WRONG, f"{told}: no lithium cell has that", "check cells and polarity", measured
        )
    if said.gauge is not None and not 0 <= said.gauge <= 1:
        return Finding("battery", State.WRONG, f"{told}: the gauge is wrong", "let it charge for some hours", measured)
    if said.gauge is not None and said.gauge < LOW_CHARGE:
        todo = "leave it to charge" if mains else "plug in mains"
        return Finding("battery", State.WRONG, f"{told}: nearly empty", todo, measured)
    return Finding("battery", State.WELL, told, "", measured)


def _like_cells(volts: float) -> bool:
    return any(LOW_V <= volts / series <= HIGH_V for series in (1, 2, 3))
