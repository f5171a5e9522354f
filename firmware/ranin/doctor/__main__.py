"""`ranin doctor`: examine the phone, tell what is wrong and what to do; exits with 1 when something is."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from ranin.doctor import report
from ranin.doctor.bench import Bench
from ranin.doctor.examine import NAMES, examine
from ranin.hardware.board import BoardError, load_board
from ranin.runtime.alone import runs


def main() -> int:
    """Examine, and tell as it goes."""
    parser = argparse.ArgumentParser(prog="ranin doctor", description=__doc__)
    parser.add_argument(
        "part", nargs="*", choices=[[], *NAMES], help=f"of {', '.join(NAMES)}; none: all", metavar="PART"
    )
    parser.add_argument("--board", default="standard", help="board file or its name")
    parser.add_argument("--config", type=Path, default=Path("/etc/ranin/phone.toml"), help="provisioned configuration")
    parser.add_argument("--state", type=Path, default=Path("/var/lib/ranin"), help="folder for what must survive")
    parser.add_argument("--hands", action="store_true", help="ask for the handset to be lifted and every key pressed")
    parser.add_argument("--json", action="store_true", help="for machines")
    words = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)  # what the parts log is said by the findings
    try:
        bench = Bench(load_board(words.board), words.config, words.state, words.hands, running=runs(words.state))
    except BoardError as error:
        print(f"ranin: {error}", file=sys.stderr)
        return 2
    bench.say = (lambda text: None) if words.json else print
    bench.load()
    return asyncio.run(_tell(bench, words.part or NAMES, words.json))


async def _tell(bench: Bench, parts: list[str] | tuple[str, ...], as_json: bool) -> int:
    found = []
    async for finding in examine(bench, parts):
        found.append(finding)
        if not as_json:
            print(report.line(finding, sys.stdout.isatty()), flush=True)
    if as_json:
        print(report.as_json(found))
    return 0 if report.well(found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
