"""What the kits show is what their board files say."""

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from hardware.generate import case, emulate, guide, labels, products, programs, wiring
from hardware.generate.circuit import wires
from hardware.generate.kit import KITS, Kit, load_kit
from ranin.core.keys import Key
from ranin.hardware.board import FOLDER
from ranin.hardware.header import HEADER

KIT = [load_kit(name) for name in KITS]
each_kit = pytest.mark.parametrize("kit", KIT, ids=lambda kit: kit.name)
LARGEST = 200_000


def test_every_board_file_has_its_kit() -> None:
    assert set(KITS) == {path.stem for path in FOLDER.glob("*.toml")}


@pytest.mark.parametrize(("path", "text"), tuple(products.texts()), ids=lambda value: getattr(value, "name", ""))
def test_a_text_is_what_its_board_file_makes_of_it(path: Path, text: str) -> None:
    assert path.read_text("utf-8") == text, f"{path} is stale: make hardware"


@pytest.mark.parametrize("job", tuple(products.jobs()), ids=lambda job: f"{job.path.parent.name}-{job.path.name}")
def test_a_drawing_is_of_the_source_that_there_is(job: products.Job) -> None:
    assert products.fresh(job, products.ledger()), f"{job.path} is stale: make hardware"
    assert job.path.stat().st_size < LARGEST


def test_a_changed_source_makes_a_drawing_stale() -> None:
    job = next(products.jobs())
    changed = products.Job(job.path, job.source + " ", job.make)
    assert not products.fresh(changed, products.ledger())
    other = products.Job(job.path.with_name("none.svg"), job.source, job.make)
    assert not products.fresh(other, products.ledger())


def test_nothing_lies_about_that_nobody_makes() -> None:
    made = {path for path, _ in products.texts()} | {job.path for job in products.jobs()}
    made |= {emulate.record(name) for name in KITS}
    there = {path for name in (*KITS, "overlays") for path in (products.HARDWARE / name).iterdir()}
    assert there == {path for path in made if path.parent != products.ROOT / "docs"}


@each_kit
def test_every_claimed_line_has_one_wire(kit: Kit) -> None:
    wired = [HEADER[wire.header - 1] for wire in wires(kit.board)]
    spare = {9, 20}  # taken by the bus's driver, with nothing on them: a display and an amplifier say nothing
    claimed = {claim.pin for claim in kit.board.claims()}
    lines = {pin for pin in wired if isinstance(pin, int)}
    assert claimed - lines <= spare and lines <= claimed
    assert all(wired.count(pin) == 1 for pin in lines - {2, 3})


@each_kit
def test_the_bill_adds_up_and_every_part_has_a_step(kit: Kit) -> None:
    low, high = kit.totals()
    assert 0 < low < high
    assert all(part.price[0] <= part.price[1] and part.count > 0 for part in kit.parts)
    assert {part.step for part in kit.parts} == set(guide.steps(kit))
    rows = re.findall(r"\| ([\d.]+)–([\d.]+) \| [^|]*\|\n", guide.bill.table(kit))
    assert sum(float(row[0]) for row in rows) == pytest.approx(low)
    assert sum(float(row[1]) for row in rows) == pytest.approx(high)


@each_kit
def test_the_filament_is_what_the_case_weighs(kit: Kit) -> None:
    solids = [(products.HARDWARE / kit.name / f"{part}.stl").read_bytes() for part in case.PARTS]
    grams = sum(map(case.volume, solids)) / 1000 * 1.24  # PLA, g/cm³
    said = next(re.search(r"filament, (\d+) g", part.name) for part in kit.parts if part.step == "case")
    assert said is not None and float(said[1]) == pytest.approx(grams, rel=0.05)


@each_kit
def test_every_step_has_a_check_and_its_pictures_are_there(kit: Kit) -> None:
    text = guide.page(kit)
    steps = re.findall(r"^### \d+\. ", text, re.MULTILINE)
    assert len(steps) == len(guide.steps(kit)) == text.count("**Check:** `ranin doctor")
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", text)
    assert pictures and all((products.HARDWARE / kit.name / name).exists() for name in pictures)
    assert "{" not in text


@each_kit
def test_a_drawing_is_sound_svg(kit: Kit) -> None:
    for path in (products.HARDWARE / kit.name).glob("*.svg"):
        root = ET.parse(path).getroot()
        assert root.tag.endswith("svg") and root.get("width")


@pytest.mark.parametrize("kit", [kit for kit in KIT if kit.board.rows], ids=lambda kit: kit.name)
def test_every_key_has_its_label(kit: Kit) -> None:
    sheet = labels.sheet(kit.board)
    assert sheet.count("stroke-dasharray") == len(Key)
    assert all(f">{letters}<" in sheet for letters in labels.LETTERS.values())


def test_wireviz_is_told_of_every_wire() -> None:
    kit = load_kit("standard")
    assert wiring.source(kit).count('"Pi header, lamps"') == 1 + len(kit.board.leds)


@pytest.mark.skipif(not shutil.which("openscad") or not shutil.which("xvfb-run"), reason="needs openscad and xvfb")
def test_the_case_is_the_same_solid_again() -> None:
    kit = load_kit("bare")
    made = case.binary_stl(programs.openscad(case.values(kit), "panel", ".stl").decode())
    kept = (products.HARDWARE / "bare" / "panel.stl").read_bytes()
    assert len(made) == 84 + 50 * int.from_bytes(made[80:84], "little")
    assert case.extent(made) == pytest.approx(case.extent(kept))
    assert case.volume(made) == pytest.approx(case.volume(kept), rel=1e-3)
