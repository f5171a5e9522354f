"""What the bench writes: rows of a part beside those of the others, and what was measured before it failed."""

import json
import sys
from pathlib import Path

import pytest

from tests.bench import __main__ as bench


def row(name: str, ranin: float) -> dict[str, object]:
    return {"name": name, "unit": "ms", "ranin": ranin, "peers": {}, "runs": 1}


def test_rows_measured_now_replace_those_of_before_and_the_others_stay() -> None:
    now = {"rows": [row("key_to_panel_ms", 9.0)]}
    assert bench.beside(now, []) == now
    old = [row("key_to_panel_ms", 14.0), row("fail_noticed_s", 4.8)]
    assert bench.beside(now, old)["rows"] == [row("key_to_panel_ms", 9.0), row("fail_noticed_s", 4.8)]


def test_what_was_measured_is_kept_when_a_later_part_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def measured(part: str, rows: bench.Rows, _runs: int) -> None:
        if part != "calls":
            raise RuntimeError("no such peer")
        bench.keep(rows, "key_to_panel_ms", bench.Ranin, 9.0)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bench, "measure", measured)
    monkeypatch.setattr(sys, "argv", ["bench", "--part", "calls", "--part", "floods"])
    with pytest.raises(RuntimeError):
        bench.main()
    assert json.loads(Path("build", "bench.json").read_text())["rows"] == [row("key_to_panel_ms", 9.0)]
