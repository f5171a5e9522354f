"""What PJSIP is built for: the Python of this machine, or Debian's on a Raspberry Pi by cross-compiling."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

HARDENING = "-D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -Wformat -Werror=format-security"
LDFLAGS = "-Wl,-z,relro -Wl,-z,now -Wl,--strip-debug"
TOOLS = {
    "swig": "swig",
    "g++": "build-essential",
    "make": "build-essential",
    "patch": "patch",
    "xz": "xz-utils",
    "pkg-config": "pkg-config",
}
"""Program → Debian package."""
HEADERS = {
    "alsa/asoundlib.h": "libasound2-dev",
    "openssl/ssl.h": "libssl-dev",
    "srtp2/srtp.h": "libsrtp2-dev",
    "opus/opus.h": "libopus-dev",
    "speex/speex.h": "libspeex-dev",
    "speex/speex_resampler.h": "libspeexdsp-dev",
    "gsm/gsm.h": "libgsm1-dev",
    "uuid/uuid.h": "uuid-dev",
    "bcg729/decoder.h": "libbcg729-dev",
}
PI_SUITE = "trixie"
PI_PYTHON = "3.13"
PI_TRIPLET = "aarch64-linux-gnu"
PI_CPU = "cortex-a53"
"""The oldest of the boards, 3B+ and Zero 2 W."""


class BuildError(Exception):
    """The build cannot be done; the message says why and what to do."""


def output(*command: str, **variables: str) -> str:
    """What a command prints; empty if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **variables})
    return done.stdout.strip() if done.returncode == 0 else ""


def debian_archive() -> str | None:
    """The Debian archive that this machine installs from."""
    uris = output("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split()
    return next((uri for uri in uris if "security" not in uri and "debian" in uri), None)


class Native:
    """This machine and a Python on it."""

    tools = TOOLS
    configure: tuple[str, ...] = ()

    def __init__(self, python: str) -> None:
        self.python = python
        self.version = _version(python)
        self.platform = sysconfig.get_platform()

    def headers_under(self) -> list[Path]:
        """Where this machine must have the libraries' headers; empty if it need not."""
        return [Path("/usr/include"), *Path("/usr/include").glob("*-linux-gnu")]

    def prepare(self, work: Path) -> None:
        """Fetch what compiling needs besides the source. Raises BuildError."""

    def variables(self, optimise: str) -> dict[str, str]:
        """The environment of configure and of setup.py."""
        flags = f"{optimise} -fPIC {HARDENING}"
        return {"CFLAGS": flags, "CXXFLAGS": flags, "LDFLAGS": LDFLAGS}

    def rename(self, wheel: Path) -> Path:
        """Give the wheel the target's name."""
        return wheel

    def runs(self, folder: Path, code: str) -> str:
        """What `code` prints in the target's Python with `folder` on its path."""
        return output(self.python, "-c", code, PYTHONPATH=str(folder))


class Pi(Native):
    """A Raspberry Pi with Debian arm64, against its libraries unpacked in a folder."""

    tools = {
        **TOOLS,
        f"{PI_TRIPLET}-g++": "crossbuild-essential-arm64",
        "mmdebstrap": "mmdebstrap",
        "qemu-aarch64-static": "qemu-user-static",
    }

    def __init__(self, python: str) -> None:
        super().__init__(python)
        self.version = PI_PYTHON
        self.platform = "linux-aarch64"
        self._root = Path()

    def headers_under(self) -> list[Path]:
        return []

    def prepare(self, work: Path) -> None:
        archive = debian_archive()
        if archive is None:
            raise BuildError("apt names no Debian archive to take the Pi's libraries from")
        self._root = work / "sysroot"
        packages = [*HEADERS.values(), "libc6-dev", "libstdc++-14-dev", "linux-libc-dev"]
        packages += [f"libpython{PI_PYTHON}-dev", f"python{PI_PYTHON}-minimal"]
        command = ["mmdebstrap", "--variant=extract", "--architectures=arm64", f"--include={','.join(packages)}"]
        done = subprocess.run([*command, PI_SUITE, str(self._root), archive], capture_output=True, text=True)
        if done.returncode != 0:
            raise BuildError(f"the Pi's libraries are not to be had; is there a network?\n{done.stderr[-1500:]}")
        if not (self._root / "lib").exists():
            (self._root / "lib").symlink_to("usr/lib")

    @property
    def configure(self) -> tuple[str, ...]:  # type: ignore[override]
        usr = self._root / "usr"
        return (f"--host={PI_TRIPLET}", f"--with-ssl={usr}", f"--with-bcg729={usr}")

    def variables(self, optimise: str) -> dict[str, str]:
        root, usr = self._root, self._root / "usr"
        compiler = f"{PI_TRIPLET}-gcc --sysroot={root} -mcpu={PI_CPU}"
        compiler_xx = compiler.replace("-gcc", "-g++")
        flags = super().variables(optimise)
        python = f"-I{usr}/include/python{PI_PYTHON}"
        libraries = f"{usr}/lib/{PI_TRIPLET}"
        return {
            "LDFLAGS": f"{LDFLAGS} -B{libraries} -L{libraries} -Wl,-rpath-link={libraries}",
            "CFLAGS": f"{flags['CFLAGS']} {python}",
            "CXXFLAGS": f"{flags['CXXFLAGS']} {python}",
            "CC": compiler,
            "CXX": compiler_xx,
            "AR": f"{PI_TRIPLET}-ar",
            "RANLIB": f"{PI_TRIPLET}-ranlib",
            "LDSHARED": f"{compiler} -shared",
            "LDCXXSHARED": f"{compiler_xx} -shared",
            "PKG_CONFIG_LIBDIR": f"{usr}/lib/{PI_TRIPLET}/pkgconfig:{usr}/share/pkgconfig",
            "PKG_CONFIG_SYSROOT_DIR": str(root),
            "_PYTHON_HOST_PLATFORM": self.platform,
            "SETUPTOOLS_EXT_SUFFIX": f".cpython-{PI_PYTHON.replace('.', '')}-{PI_TRIPLET}.so",
        }

    def rename(self, wheel: Path) -> Path:
        tag = f"cp{PI_PYTHON.replace('.', '')}"
        tags = [f"--python-tag={tag}", f"--abi-tag={tag}", "--platform-tag=linux_aarch64"]
        name = output(self.python, "-m", "wheel", "tags", "--remove", *tags, str(wheel))
        return wheel.parent / name

    def runs(self, folder: Path, code: str) -> str:
        python = self._root / f"usr/bin/python{PI_PYTHON}"
        home = {"PYTHONHOME": str(self._root / "usr"), "PYTHONPATH": str(folder)}
        return output("qemu-aarch64-static", "-L", str(self._root), str(python), "-c", code, **home)


TARGETS = {"native": Native, "arm64": Pi}


def _version(python: str) -> str:
    if os.path.realpath(python) == os.path.realpath(sys.executable):
        return f"{sys.version_info[0]}.{sys.version_info[1]}"
    return output(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
