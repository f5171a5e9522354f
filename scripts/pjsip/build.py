#!/usr/bin/env python3
"""Build PJSIP and its Python binding `pjsua2` from pinned source, as a wheel, in a cache."""

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from targets import HEADERS, TARGETS, BuildError, Native, debian_archive

HERE = Path(__file__).resolve().parent
DEBIAN_NAME = "pjproject-2.17-debian.tar.xz"
UPSTREAM_NAME = "pjproject-2.17.tar.gz"
UPSTREAM_URL = "https://github.com/pjsip/pjproject/archive/refs/tags/2.17.tar.gz"
SOURCES = {
    DEBIAN_NAME: "6860c2f7604b4eee75f38151a9ef69774eb3f0c5286fc1d14bc1db2dc5a9e8aa",
    UPSTREAM_NAME: "065fe06c06788d97c35f563796d59f00ce52fe9558a52d7b490a042a966facce",
}
"""File → SHA-256 of PJSIP 2.17: the component of Debian's source package asterisk 22.10.1, and upstream's release."""

CONFIGURE = (
    "--disable-video",
    "--disable-libyuv",
    "--disable-v4l2",
    "--disable-sdl",
    "--disable-ffmpeg",
    "--disable-openh264",
    "--disable-vpx",
    "--disable-libwebrtc",
    "--disable-libwebrtc-aec3",
    "--with-external-srtp",
    "--with-external-speex",
    "--with-external-gsm",
    "--enable-speex-resample",
    "--disable-ilbc-codec",
    "--disable-g7221-codec",
    "--disable-upnp",
    "--disable-lyra",
    "--disable-silk",
    "--disable-opencore-amr",
    "--enable-epoll",
)
NEEDED = ("libasound.so", "libssl.so", "libsrtp2.so", "libopus.so", "libspeex.so", "libgsm.so", "libbcg729.so")
"""What the built module must be linked with: configure drops what it does not find without a word."""

TRIAL = """
import pjsua2 as pj
endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.uaConfig.threadCnt = 0
config.logConfig.level = config.logConfig.consoleLevel = 0
endpoint.libInit(config)
endpoint.transportCreate(pj.PJSIP_TRANSPORT_TLS, pj.TransportConfig())
print("TLS", *(codec.codecId for codec in endpoint.codecEnum2()))
endpoint.libDestroy()
"""
"""Starts the endpoint, TLS and codecs in the Python that the module is for."""

LIBRARIES = ("pjlib", "pjlib-util", "pjnath", "third_party", "pjmedia", "pjsip")


def main() -> int:
    """Print the path of the wheel, or of the pjsua program, building them first if need be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="the Python that builds the wheel, and that it is for")
    parser.add_argument(
        "--arch", choices=TARGETS, default="native", help="arm64: for Debian's Python on a Raspberry Pi"
    )
    parser.add_argument("--pjsua", action="store_true", help="print the path of the pjsua program instead")
    parser.add_argument("--clean-old", action="store_true", help="remove builds of other inputs from the cache")
    options = parser.parse_args()
    try:
        folder = build(TARGETS[options.arch](os.path.abspath(options.python)))
    except BuildError as error:
        print(f"PJSIP: {error}", file=sys.stderr)
        return 1
    if options.clean_old:
        _clean(folder)
    print(folder / "pjsua" if options.pjsua else next(folder.glob("*.whl")))
    return 0


def cache() -> Path:
    """Where builds are kept outside the checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ranin" / "pjsip"


def key(target: Native) -> str:
    """Names a build by all that goes into it."""
    inputs = [*HERE.glob("*.py"), HERE / "config_site.h", *(HERE / "module").iterdir(), *(HERE / "patches").iterdir()]
    digest = hashlib.sha256(SOURCES[DEBIAN_NAME].encode())
    for path in sorted(inputs):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    digest.update(target.version.encode() + target.platform.encode())
    return digest.hexdigest()[:16]


def build(target: Native) -> Path:
    """The folder with the wheel (and pjsua); built in minutes if it is not there. Raises BuildError."""
    folder = cache() / key(target)
    if (folder / "done").exists():
        return folder
    cache().mkdir(parents=True, exist_ok=True)
    with _locked(cache() / "lock"):
        if not (folder / "done").exists():
            _build_into(folder, target)
    return folder


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One build at a time; a second one waits and finds it done."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build_into(folder: Path, target: Native) -> None:
    _check_tools(target)
    with tempfile.TemporaryDirectory(prefix="ranin-pjsip-") as name:
        work = Path(name)
        steps = Steps(work / "build.log", 7)
        archive = _source(work, steps)
        target.prepare(work)
        tree = _unpack(archive, work, steps)
        _configure(tree, target, steps)
        _compile(tree, steps)
        wheel = _wheel(tree, target, steps)
        steps.say("checking it")
        _check(wheel, target, work)
        _keep(folder, tree, wheel, steps.log)


class Steps:
    """Says on stderr what is being done and keeps the compilers' words in a file."""

    def __init__(self, log: Path, total: int) -> None:
        self.log = log
        self._total, self._step, self._start_s = total, 0, time.monotonic()

    def say(self, what: str) -> None:
        """Begin the next step."""
        self._step += 1
        elapsed_s = int(time.monotonic() - self._start_s)
        print(f"PJSIP {self._step}/{self._total}: {what} ({elapsed_s} s so far)", file=sys.stderr, flush=True)

    def run(self, *command: str, folder: Path, **variables: str) -> None:
        """Run a command of the step. Raises BuildError with the end of what it said."""
        with self.log.open("ab") as log:
            done = subprocess.run(
                command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **variables}, check=False
            )
        if done.returncode != 0:
            tail = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-25:])
            raise BuildError(f"`{' '.join(command[:4])}` failed:\n{tail}")


def _check_tools(target: Native) -> None:
    missing = {package for tool, package in target.tools.items() if shutil.which(tool) is None}
    if roots := target.headers_under():
        missing |= {name for header, name in HEADERS.items() if not any((root / header).exists() for root in roots)}
    if missing:
        raise BuildError(f"packages are missing; run: apt-get install {' '.join(sorted(missing))}")


def _source(work: Path, steps: Steps) -> Path:
    """The pinned archive from the first origin that has it."""
    steps.say("fetching the source")
    given = os.environ.get("RANIN_DIST_DIR")
    for folder in [Path(given), cache()] if given else [cache()]:
        for name in SOURCES:
            if _is_pinned(folder / name, name):
                return folder / name
    for fetch in (_from_debian, _from_upstream):
        found = fetch(work)
        if found is not None:
            return found
    raise BuildError(
        f"its source is not to be had: neither {' nor '.join(SOURCES)} in $RANIN_DIST_DIR ({given or 'not set'}), nor"
        " the source package asterisk of Debian sid, nor upstream's release of 2.17. Is there a network?"
        " Put one of the two files into a folder and name that in RANIN_DIST_DIR."
    )


def _is_pinned(path: Path, name: str) -> bool:
    return path.exists() and _digest(path) == SOURCES[name]


def _keep_source(path: Path, name: str) -> Path | None:
    """Keep a fetched archive in the cache; None if it is not the pinned one."""
    if not _is_pinned(path, name):
        return None
    return Path(shutil.copyfile(path, cache() / name))


def _from_upstream(work: Path) -> Path | None:
    """Upstream's release of the same tree."""
    target = work / UPSTREAM_NAME
    try:
        with urllib.request.urlopen(UPSTREAM_URL, timeout=60) as answer, target.open("wb") as file:  # noqa: S310
            shutil.copyfileobj(answer, file)
    except OSError:
        return None
    return _keep_source(target, UPSTREAM_NAME)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _from_debian(work: Path) -> Path | None:
    """The component of Debian's source package, by an apt configuration of our own."""
    archive = debian_archive()
    if archive is None:
        return None
    apt = work / "apt"
    (apt / "lists" / "partial").mkdir(parents=True)
    ring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (apt / "sources").write_text(f"deb-src [signed-by={ring}] {archive} sid main\n")
    settings = [
        f"-oDir::Etc::sourcelist={apt}/sources",
        "-oDir::Etc::sourceparts=-",
        f"-oDir::State::Lists={apt}/lists",
        "-oAcquire::Check-Valid-Until=false",
        "-oAPT::Sandbox::User=root",
        f"-oDir::Cache={apt}",
    ]
    for command in (["update"], ["source", "--download-only", "asterisk"]):
        subprocess.run(["apt-get", "-qq", *settings, *command], cwd=apt, capture_output=True, check=False)
    kept = (_keep_source(path, DEBIAN_NAME) for path in apt.glob("*pjproject*.tar.*"))
    return next((path for path in kept if path is not None), None)


def _unpack(archive: Path, work: Path, steps: Steps) -> Path:
    steps.say("unpacking and patching")
    (work / "source").mkdir()
    steps.run("tar", "-xf", str(archive), folder=work / "source")
    (tree,) = (work / "source").iterdir()
    for patch in sorted((HERE / "patches").glob("*.patch")):
        steps.run("patch", "-p1", "--forward", "--fuzz=0", "-i", str(patch), folder=tree)
    shutil.copy(HERE / "config_site.h", tree / "pjlib/include/pj/config_site.h")
    binding = tree / "pjsip-apps/src/swig/python"
    modules = sorted((HERE / "module").iterdir())
    for file in modules:
        shutil.copy(file, binding)
    _bind(binding, modules)
    return tree


def _bind(binding: Path, modules: list[Path]) -> None:
    """Compile our own modules into the binding and let SWIG show the functions of those called ranin_."""
    interface = binding.parent / "pjsua2.i"
    headers = [path.name for path in modules if path.match("ranin_*.h")]
    shown = "".join(f'%{{\n#include "{name}"\n%}}\n%include "python/{name}"\n' for name in headers)
    interface.write_text(interface.read_text() + shown)
    sources = [path.name for path in modules if path.suffix == ".c"]
    setup = binding / "setup.py"
    listed = ", ".join(f'"{name}"' for name in ["pjsua2_wrap.cpp", *sources])
    setup.write_text(setup.read_text().replace('["pjsua2_wrap.cpp"]', f"[{listed}]"))


def _configure(tree: Path, target: Native, steps: Steps) -> None:
    steps.say("configuring")
    steps.run("./configure", *CONFIGURE, *target.configure, folder=tree, **target.variables("-O2"))


def _compile(tree: Path, steps: Steps) -> None:
    steps.say("compiling the libraries and pjsua")
    jobs = f"-j{os.cpu_count() or 1}"
    for library in LIBRARIES:
        steps.run("make", jobs, "lib", folder=tree / library / "build")
    steps.run("make", jobs, "pjsua", folder=tree / "pjsip-apps/build")


def _wheel(tree: Path, target: Native, steps: Steps) -> Path:
    """SWIG's wrapper is glue: -O2 would double its build time and nothing else."""
    steps.say("wrapping it for Python")
    binding = tree / "pjsip-apps/src/swig/python"
    version = tree / "version.mak"
    suffix = f"+ranin.{key(target)}"
    version.write_text(re.sub(r"(PJ_VERSION_SUFFIX\s*:?=).*", rf"\1 {suffix}", version.read_text()))
    variables = {**target.variables("-O1"), "PYTHON_EXE": target.python}
    steps.run("make", "pjsua2_wrap.cpp", folder=binding, **variables)
    steps.say("compiling the binding")
    steps.run(target.python, "setup.py", "-q", "bdist_wheel", folder=binding, **variables)
    (wheel,) = (binding / "dist").glob("*.whl")
    return target.rename(wheel)


def _check(wheel: Path, target: Native, work: Path) -> None:
    """The module must be linked with all that was asked for, and run."""
    folder = work / "check"
    shutil.unpack_archive(wheel, folder, "zip")
    (module,) = folder.glob("_pjsua2*.so")
    dynamic = subprocess.run(["readelf", "-d", str(module)], capture_output=True, text=True, check=True).stdout
    absent = [name for name in NEEDED if name not in dynamic]
    if absent or "BIND_NOW" not in dynamic:
        raise BuildError(f"the module is not linked as it should be: {', '.join(absent) or 'no BIND_NOW'}")
    said = target.runs(folder, TRIAL)
    if "opus" not in said or "TLS" not in said:
        raise BuildError(f"the module does not run as it should; it said: {said or 'nothing'}")


def _keep(target: Path, tree: Path, wheel: Path, log: Path) -> None:
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    shutil.copy(wheel, part)
    (program,) = (tree / "pjsip-apps/bin").glob("pjsua-*")
    shutil.copy(program, part / "pjsua")
    shutil.copy(log, part / "build.log")
    (part / "done").touch()
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)


def _clean(keep: Path) -> None:
    for folder in cache().iterdir():
        if folder.is_dir() and folder != keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    raise SystemExit(main())
