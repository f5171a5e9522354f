"""The papers are true: the diagram is the table's, and each room's README is short."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import diagram

ROOT = Path(__file__).parents[2]


def test_the_diagram_is_drawn_from_the_table() -> None:
    page = diagram.PAGE.read_text("utf-8")
    assert diagram.updated(page) == page, "run: python -m scripts.diagram"
    assert "dialed --> ringback: ringing" in page


@pytest.mark.parametrize("path", sorted((ROOT / "firmware").rglob("README.md")), ids=str)
def test_a_readme_of_a_room_is_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 30


def test_every_room_is_in_the_architecture() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = [path.name for path in (ROOT / "firmware" / "ranin").iterdir() if (path / "__init__.py").exists()]
    assert all(f"`{room}/`" in page for room in rooms)


def test_every_locked_package_has_a_reason() -> None:
    wanted = (ROOT / "scripts" / "requirements.in").read_text().split("# Tests")[0]
    names = {re.split(r"[<=>]", line)[0] for line in wanted.splitlines() if line and not line.startswith("#")}
    reasons = (ROOT / "pyproject.toml").read_text()
    assert all(re.search(rf'"{re.escape(name)}[^"]*",\s+# \w+', reasons) for name in names)


def test_the_command_says_how_it_is_used() -> None:
    code = "from ranin.cli import main; import sys; sys.argv = ['ranin']; raise SystemExit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT / "firmware", check=False
    )
    assert done.returncode == 2 and "phone|sim" in done.stderr
