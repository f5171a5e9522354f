"""Draw the call table as a diagram (Mermaid) into ARCHITECTURE.md."""

import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "firmware"))

from ranin.core.calls import TABLE, Move  # noqa: E402

PAGE = ROOT / "ARCHITECTURE.md"
PLACE = re.compile(r"(?<=<!-- calls -->\n).*?(?=<!-- /calls -->)", re.DOTALL)


def diagram() -> str:
    """The moves from one state to another; happenings that lead the same way share an arrow."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (state, what), row in TABLE.items():
        if isinstance(row, Move) and row.to is not state:
            arrows[state.value, row.to.value if row.to else "[*]"].append(what.value)
    lines = [f"    {start} --> {end}: {', '.join(whats)}" for (start, end), whats in arrows.items()]
    begin = ["    [*] --> dialed: a number is called", "    [*] --> alerting: somebody calls"]
    return "\n".join(["```mermaid", "stateDiagram-v2", *begin, *lines, "```"]) + "\n"


def updated(page: str) -> str:
    """The page with the diagram as it is now."""
    return PLACE.sub(lambda _: diagram(), page)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text("utf-8")), "utf-8")
