"""Make every picture, table and overlay of the kits that is not as its board file wants it."""

import sys

from hardware.generate.products import make_all
from hardware.generate.programs import ProgramError
from ranin.hardware.board import BoardError


def main() -> int:
    """Run it; faults are said in words."""
    try:
        make_all(lambda name: print(f"made {name}"))
    except (BoardError, ProgramError) as error:
        print(f"hardware: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
