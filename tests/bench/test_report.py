"""A part that is measured anew leaves the other rows where they are."""

import json
from pathlib import Path

from tests.bench.__main__ import beside


def row(name: str, ranin: float) -> dict[str, object]:
    return {"name": name, "unit": "ms", "ranin": ranin, "peers": {}, "runs": 1}


def test_rows_measured_now_replace_those_of_before_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    now = {"rows": [row("key_to_panel_ms", 9.0)]}
    assert beside(now, file) == now
    file.write_text(json.dumps({"rows": [row("key_to_panel_ms", 14.0), row("fail_noticed_s", 4.8)]}))
    assert beside(now, file)["rows"] == [row("key_to_panel_ms", 9.0), row("fail_noticed_s", 4.8)]
    assert beside(now, None) == now
