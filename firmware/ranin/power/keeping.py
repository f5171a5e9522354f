"""Small JSON files that a power cut leaves old or new, never half."""

import contextlib
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


def read_kept(path: Path) -> Any:
    """What was kept; None if there is nothing or it is damaged."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.error("%s cannot be read: %s", path, error)
        return None


def keep(path: Path, kept: Mapping[str, Any]) -> None:
    """Replace the file; a card that fails is logged, as nothing here is worth stopping the phone."""
    new = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("w", encoding="utf-8") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _settle(path.parent)
    except OSError as error:
        log.error("%s is not kept: %s", path, error)


def drop(path: Path) -> None:
    """Take the file away, if it is there."""
    with contextlib.suppress(OSError):
        path.unlink()
        _settle(path.parent)


def _settle(folder: Path) -> None:
    """Have the folder's entry on disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
