"""One phone at a time: a lock on a file of the state's folder, which the kernel drops with the process."""

import fcntl
from io import FileIO
from pathlib import Path

FILE = "running"


def hold(state: Path) -> FileIO | None:
    """Lock it until the returned file is closed; None: another phone has it. Raises OSError."""
    state.mkdir(parents=True, exist_ok=True)
    file = (state / FILE).open("ab", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def runs(state: Path) -> bool:
    """Whether a phone runs with this state."""
    try:
        with (state / FILE).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # it has never run here, or the folder is not ours to look into
        return False
    return False
