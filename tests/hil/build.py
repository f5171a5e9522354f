"""Makes the guest: Python of Debian 13 and the backports kernel with gpio-sim, as one initramfs; kept in the cache.

The phone's Python packages come from the lock, by their hashes. A new lock or a change of this file makes a new guest.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.pjsip.targets import debian_archive

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "scripts" / "requirements.lock"
SUITE, KERNEL_SUITE = "trixie", "trixie-backports"
PYTHON = "3.13"
DEBIAN = ("base-files", "dash", "python3", "kmod", "busybox-static", f"linux-image-amd64/{KERNEL_SUITE}")
WHEELS = ("colorzero", "gpiod", "gpiozero", "iniconfig", "msgspec", "packaging", "pluggy", "pygments", "pytest")
PLATFORMS = ("manylinux_2_17_x86_64", "manylinux_2_28_x86_64")
MODULES = ("gpio-sim",)
INIT = """#!/bin/busybox sh
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
modprobe -a gpio-sim
busybox mount -t configfs config /sys/kernel/config
export HOME=/tmp PYTHONPATH=/opt/ranin/firmware:/opt/ranin:/opt/packages PYTHONDONTWRITEBYTECODE=1
exec python3 -m tests.hil.agent
"""


def run(*words: str | Path, **options: object) -> None:
    """Do one step; says what failed and why. Raises SystemExit."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise SystemExit(f"hil: {words[0]} failed; is there a network?\n{done.stderr[-1500:]}")


def locked(names: tuple[str, ...]) -> str:
    """The lock's part about some packages."""
    blocks = re.split(r"(?m)^(?=[a-z0-9])", LOCK.read_text("utf-8"))
    return "".join(block for block in blocks if re.split(r"[=\[ ]", block)[0] in names)


def pack(folder: Path, archive: Path) -> None:
    """A folder as the kernel takes it for its first root."""
    with archive.open("ab") as file:
        names = subprocess.run(["find", ".", "-print0"], cwd=folder, capture_output=True, check=True).stdout
        words = ["cpio", "--null", "--create", "--format=newc", "--owner=0:0", "--quiet"]
        subprocess.run(words, cwd=folder, input=names, stdout=file, check=True)


def unpack_debian(root: Path) -> None:
    """Unpacked, not installed: nothing of it needs its scripts."""
    archive = debian_archive()
    if archive is None:
        raise SystemExit("hil: apt names no Debian archive to take the guest from")
    sources = [f"deb {archive} {suite} main" for suite in (SUITE, KERNEL_SUITE)]
    words = ["mmdebstrap", "-q", "--variant=extract", "--architectures=amd64", f"--include={','.join(DEBIAN)}"]
    run(*words, SUITE, root, *sources)


def keep_modules(root: Path) -> Path:
    """Only the modules that are wanted, with what they need; the kernel's file."""
    folder = next((root / "usr/lib/modules").iterdir())
    files = {file.name.split(".")[0].replace("-", "_"): file for file in folder.rglob("*.ko*")}
    wanted: set[str] = set()
    more = {name.replace("-", "_") for name in MODULES}
    while more:
        wanted |= more
        words = ["modinfo", "-F", "depends", *(str(files[name]) for name in more)]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        more = {name for name in re.split(r"[,\s]+", said) if name in files} - wanted
    for name, file in files.items():
        if name not in wanted:
            file.unlink()
    run("depmod", "-b", root / "usr", folder.name)
    return folder / "vmlinuz"


def add_packages(root: Path, work: Path) -> None:
    """The phone's Python packages for the guest's Python, and gpiozero's own tests from its source."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    wheels, source = work / "wheels.lock", work / "source.lock"
    wheels.write_text(locked(WHEELS))
    source.write_text(locked(("gpiozero",)))
    where = [word for platform in PLATFORMS for word in ("--platform", platform)]
    where += ["--python-version", PYTHON, "--implementation", "cp", "--only-binary", ":all:"]
    common = ["--no-deps", "--require-hashes"]
    run(*pip, "install", *common, *where, "--target", root / "opt/packages", "-r", wheels)
    run(*pip, "download", *common, "--no-build-isolation", "--no-binary", ":all:", "-d", work, "-r", source)
    (root / "opt/gpiozero").mkdir()
    archive = next(work.glob("gpiozero-*.tar.gz"))
    run("tar", "-xzf", archive, "-C", root / "opt/gpiozero", "--strip-components=1", "--wildcards", "*/tests/*")
    test_factory = root / "opt/packages/hil_wire-1.dist-info"
    test_factory.mkdir()
    (test_factory / "METADATA").write_text("Metadata-Version: 2.1\nName: hil-wire\nVersion: 1\n")
    (test_factory / "entry_points.txt").write_text("[gpiozero_pin_factories]\nwire = tests.hil.chip:WireFactory\n")


def guest() -> Path:
    """The folder with `vmlinuz` and `root.cpio`, made when there is none for these inputs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ranin" / "hil"
    inputs = Path(__file__).read_bytes() + locked(WHEELS).encode()
    target = cache / hashlib.sha256(inputs).hexdigest()[:16]
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    print("hil: making the guest (some minutes, the first time)", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=cache) as name:
        work = Path(name)
        root, made = work / "root", work / "made"
        made.mkdir()
        unpack_debian(root)
        shutil.move(keep_modules(root), made / "vmlinuz")
        add_packages(root, work)
        for folder in ("usr/share/doc", "usr/share/locale", "usr/share/man", "usr/share/i18n", "var"):
            shutil.rmtree(root / folder, ignore_errors=True)
        (root / "init").write_text(INIT)
        (root / "init").chmod(0o755)
        pack(root, made / "root.cpio")
        made.rename(target)
    return target
