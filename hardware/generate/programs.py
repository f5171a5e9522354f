"""The programs that draw for us: WireViz in an environment of its own, OpenSCAD on a display that nobody sees."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from hardware.generate.case import SOURCE
from hardware.generate.kernel import cache

LOCK = Path(__file__).parents[1] / "requirements.lock"
PICTURE = ("--imgsize", "1000,800", "--colorscheme", "Tomorrow", "--autocenter", "--viewall")
CAMERA = ("--camera", "0,0,0,52,0,20,600")


class ProgramError(RuntimeError):
    """A program is missing or failed; the message says which and why."""


def wireviz(description: str) -> bytes:
    """SVG of a WireViz description."""
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "wiring.json"
        source.write_text(description, "utf-8")
        _run(str(_environment() / "bin" / "wireviz"), "-f", "s", str(source))
        return source.with_suffix(".svg").read_bytes()


def openscad(values: dict[str, str], part: str, suffix: str) -> bytes:
    """The case with these values: a picture (.png) or a part (.stl)."""
    with tempfile.TemporaryDirectory() as work:
        target = Path(work) / f"case{suffix}"
        words = [word for name, value in (values | {"part": f'"{part}"'}).items() for word in ("-D", f"{name}={value}")]
        how = (*PICTURE, *CAMERA) if suffix == ".png" else ()
        _run("xvfb-run", "-a", "openscad", *words, *how, "-o", str(target), str(SOURCE))
        return target.read_bytes()


def _environment() -> Path:
    """WireViz with what it needs, by hashes; installed once."""
    folder = cache() / f"wireviz-{hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]}"
    if not folder.exists():
        try:
            venv.create(folder, with_pip=True)
            _run(str(folder / "bin" / "python"), "-m", "pip", "-q", "install", "--require-hashes", "-r", str(LOCK))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return folder


def _run(*words: str) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ProgramError(f"{words[0]} is missing: scripts/setup.sh --hardware installs it") from error
    if done.returncode != 0:
        raise ProgramError(f"{words[0]} failed:\n{done.stderr[-1500:]}")
