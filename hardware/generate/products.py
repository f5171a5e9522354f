"""Every file that is made: texts at once, and what other programs draw, remade only when its source has changed."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hardware.generate import cables, case, guide, labels, matrix, papers, pins, wiring
from hardware.generate.circuit import steps_of
from hardware.generate.kit import Kit, kits
from hardware.generate.overlays import overlays

ROOT = Path(__file__).parents[2]
HARDWARE = ROOT / "hardware"
LEDGER = HARDWARE / "made.json"
"""Of each file that another program made: the digest of its source, and its own."""
WIREVIZ = HARDWARE / "requirements.lock"


@dataclass(frozen=True, slots=True)
class Job:
    """A file that another program makes."""

    path: Path
    source: str
    """All that it depends on, as text."""
    make: Callable[[], bytes]


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file with what belongs in it."""
    everything = list(kits())
    for kit in everything:
        yield from _texts_of(kit)
    yield ROOT / "docs" / "kits.md", papers.page(sorted(everything, key=lambda kit: kit.totals()))


def _texts_of(kit: Kit) -> Iterator[tuple[Path, str]]:
    folder, board = HARDWARE / kit.name, kit.board
    yield folder / "README.md", guide.page(kit)
    yield folder / "header.svg", pins.picture(board)
    yield folder / "wiring.json", wiring.source(kit)
    for step in steps_of(board):
        yield folder / f"step-{step}.svg", pins.picture(board, [step])
    for step in dict.fromkeys(cable.step for cable in kit.cables):
        yield folder / f"cable-{step}.svg", cables.picture(kit, step)
    if board.rows:
        yield folder / "labels.svg", labels.sheet(board)
        yield folder / "matrix.svg", matrix.picture(board)
    for name, source in overlays(board).items():
        yield HARDWARE / "overlays" / f"{kit.name}-{name}.dts", source


def jobs() -> Iterator[Job]:
    """Every file that WireViz or OpenSCAD makes."""
    from hardware.generate import programs

    for kit in kits():
        folder, drawn, values = HARDWARE / kit.name, wiring.source(kit), case.values(kit)
        yield Job(
            folder / "wiring.svg", drawn + WIREVIZ.read_text("utf-8"), lambda drawn=drawn: programs.wireviz(drawn)
        )
        scad = case.SOURCE.read_text("utf-8") + json.dumps(values)
        yield Job(folder / "case.png", scad, lambda values=values: programs.openscad(values, "picture", ".png"))
        for part in case.PARTS:
            make = lambda values=values, part=part: case.binary_stl(programs.openscad(values, part, ".stl").decode())  # noqa: E731
            yield Job(folder / f"{part}.stl", scad, make)


def digest(content: str | bytes) -> str:
    """A name for what a file holds."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:16]


def ledger() -> dict[str, list[str]]:
    """What was made of what: path → digests of source and file."""
    return json.loads(LEDGER.read_text("utf-8")) if LEDGER.exists() else {}


def fresh(job: Job, known: dict[str, list[str]]) -> bool:
    """Whether a file is there as it was made, of the source that there is now."""
    noted = known.get(_name(job))
    return job.path.exists() and noted == [digest(job.source), digest(job.path.read_bytes())]


def make_all(say: Callable[[str], None]) -> None:
    """Write what is not as it should be."""
    for path, text in texts():
        if not path.exists() or path.read_text("utf-8") != text:
            say(str(path.relative_to(ROOT)))
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    known = ledger()
    for job in jobs():
        if not fresh(job, known):
            say(_name(job))
            job.path.write_bytes(job.make())
            known[_name(job)] = [digest(job.source), digest(job.path.read_bytes())]
            LEDGER.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def _name(job: Job) -> str:
    return str(job.path.relative_to(ROOT))
