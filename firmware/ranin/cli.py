"""The `ranin` command."""

import sys


def main() -> int:
    """`ranin phone` runs the phone on its hardware, `ranin sim` a simulated one, `ranin doctor` says what is wrong."""
    doors = {"phone": _phone, "sim": _sim, "doctor": _doctor}
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in doors:
        print(f"usage: ranin {{{'|'.join(doors)}}} [--help]", file=sys.stderr)
        return 2
    del sys.argv[1]
    return doors[name]()


def _phone() -> int:
    from ranin.main import main as run

    return run()


def _sim() -> int:
    from ranin.sim.__main__ import main as run

    return run()


def _doctor() -> int:
    from ranin.doctor.__main__ import main as run

    return run()
