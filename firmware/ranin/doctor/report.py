"""The findings in the terminal, as JSON and on the display (pure)."""

import json
from collections.abc import Iterable

from ranin.core.screens.screen import Icon, Listing, Notice, Screen
from ranin.doctor.finding import Finding, State

_SIGNS = {
    State.WELL: ("ok   ", 32),
    State.WRONG: ("WRONG", 31),
    State.ABSENT: ("none ", 90),
    State.SKIPPED: ("?    ", 33),
}
"""What is written before a finding, and its colour (ECMA-48 SGR)."""


def line(finding: Finding, coloured: bool) -> str:
    """One finding, and below it what to do."""
    sign, colour = _SIGNS[finding.state]
    told = f"{_paint(sign, colour, coloured)} {finding.part}: {finding.text}"
    return f"{told}\n      → {finding.todo}" if finding.todo else told


def _paint(text: str, colour: int, coloured: bool) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured else text


def as_json(findings: Iterable[Finding]) -> str:
    """`{"well": …, "findings": [{"part", "state", "text", "todo", "measured"}]}`; `well`: nothing is wrong."""
    rows = list(findings)
    told = [
        {"part": one.part, "state": one.state.value, "text": one.text, "todo": one.todo, "measured": one.measured}
        for one in rows
    ]
    return json.dumps({"well": well(rows), "findings": told}, ensure_ascii=False, indent=2)


def well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong."""
    return all(finding.state is not State.WRONG for finding in findings)


def progress(part: str) -> Screen:
    """What the display shows meanwhile."""
    return Notice("Doctor", f"Testing: {part}")


def result(findings: Iterable[Finding]) -> Screen:
    """What the display shows at the end: what is wrong, or that nothing is."""
    wrong = tuple(f"{one.part}: {one.text}" for one in findings if one.state is State.WRONG)
    if not wrong:
        return Notice("Doctor", "Nothing is wrong", Icon.INFO)
    return Listing(f"Doctor: {len(wrong)} wrong", wrong, 0)
