"""In the guest: the first process. Answers calls of functions in `inside` over a virtio port, one JSON line each."""

import json
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.hil import PORT, chip, inside


def answer(call: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out `{"name", "arguments"}`: what the function gave, or how it failed."""
    try:
        return {"gave": getattr(inside, call["name"])(**call["arguments"])}
    except Exception:
        return {"failed": traceback.format_exc()}


def main() -> None:
    """Serve until the other end is closed; the machine ends with its first process."""
    chip.make_chip()
    names = Path("/sys/class/virtio-ports").glob("*/name")
    port = next(name.parent.name for name in names if name.read_text().strip() == PORT)
    with open(f"/dev/{port}", "r+b", buffering=0) as channel:
        channel.write(b'{"gave": "ready"}\n')
        for line in iter(channel.readline, b""):
            channel.write(json.dumps(answer(json.loads(line))).encode() + b"\n")


if __name__ == "__main__":
    main()
