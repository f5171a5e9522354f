"""docs/features.md names tests and stories that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "features.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`([\w/.-]+\.(?:py|story))`", TEXT)))


def test_every_feature_has_its_proof() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| feature", "|---"))]
    assert len(rows) > 30
    assert all(re.search(r"`[^`]+`", row.rpartition("|")[0].rpartition("|")[2]) for row in rows)


@pytest.mark.parametrize("name", NAMED)
def test_a_proof_is_there(name: str) -> None:
    assert (ROOT / name).exists() or (ROOT / "tests" / "stories" / name).exists()
