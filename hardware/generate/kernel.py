"""Debian's kernel for a Pi, unpacked in the cache: its device trees, its modules and what it was built with."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

SUITE = "trixie"
ARCHITECTURE = "arm64"
TREES = {
    "Zero 2 W": "bcm2837-rpi-zero-2-w.dtb",
    "3B+": "bcm2837-rpi-3-b-plus.dtb",
    "4": "bcm2711-rpi-4-b.dtb",
}
"""The device tree of each Pi, below `broadcom/`."""


class KernelError(RuntimeError):
    """Debian's kernel is not to be had; the message says why."""


def cache() -> Path:
    """Where what is fetched stays."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ranin" / "hardware"


def unpacked() -> Path:
    """The folder of Debian's kernel package, fetched if it is not there. Raises KernelError."""
    folder = cache() / f"kernel-{SUITE}-{ARCHITECTURE}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            shutil.move(_fetch(Path(work)), folder)
    return folder


def device_tree(board: str) -> Path:
    """The device tree blob of a Pi of TREES. Raises KernelError."""
    return next(unpacked().glob(f"usr/lib/linux-image-*/broadcom/{TREES[board]}"))


def options() -> dict[str, str]:
    """Kernel options by name without CONFIG_: `y`, `m` or a value. Raises KernelError."""
    text = next(unpacked().glob("boot/config-*")).read_text("utf-8")
    return dict(re.findall(r"^CONFIG_(\w+)=(.*)$", text, re.MULTILINE))


def busybox() -> Path:
    """A static busybox for the Pi, fetched if it is not there. Raises KernelError."""
    folder = cache() / f"busybox-{SUITE}-{ARCHITECTURE}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            apt = _private_apt(Path(work))
            shutil.move(_unpacked(apt, "busybox-static", Path(work)), folder)
    return folder / "usr" / "bin" / "busybox"


def _fetch(work: Path) -> Path:
    apt = _private_apt(work)
    shown = _run("apt-cache", *apt[1:], "show", f"linux-image-{ARCHITECTURE}", folder=work)
    found = re.search(rf"^Depends:.*?(linux-image-[\w.+~-]+-{ARCHITECTURE})", shown, re.MULTILINE)
    if found is None:
        raise KernelError(f"Debian {SUITE} names no kernel for {ARCHITECTURE}")
    return _unpacked(apt, found[1], work)


def _unpacked(apt: list[str], package: str, work: Path) -> Path:
    _run(*apt, "download", package, folder=work)
    _run("dpkg-deb", "-x", str(next(work.glob("*.deb"))), str(work / "root"), folder=work)
    return work / "root"


def _private_apt(work: Path) -> list[str]:
    """An apt of its own for another suite and architecture, with this machine's archive; the system's is left alone."""
    targets = _run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", folder=work)
    archive = next((uri for uri in targets.split() if "security" not in uri and "debian" in uri), None)
    if archive is None:
        raise KernelError("apt names no Debian archive")
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    for folder in ("lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    (work / "status").touch()
    (work / "sources.list").write_text(f"deb [signed-by={keys}] {archive} {SUITE} main\n")
    places = {
        "APT::Architecture": ARCHITECTURE,
        "APT::Architectures": ARCHITECTURE,
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State": work,
        "Dir::State::Lists": work / "lists",
        "Dir::State::Status": work / "status",
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", *(word for key, value in places.items() for word in ("-o", f"{key}={value}"))]
    _run(*apt, "update", folder=work)
    return apt


def _run(*words: str, folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise KernelError(f"{words[0]} failed; is there a network?\n{done.stderr[-1000:]}")
    return done.stdout
