"""Building the plug-in, and the ALSA configuration in which only the simulated PCMs exist."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ranin.sim.card.ring import Ring

SOURCES = tuple(Path(__file__).with_name(name) for name in ("pcm_ranin_sim.c", "room.c", "room.h"))
_FLAGS = ("-O2", "-g", "-fPIC", "-DPIC", "-shared", "-Wall", "-Wextra", "-Werror")


class CardError(RuntimeError):
    """The plug-in cannot be built; the message says what is missing."""


def cache_folder() -> Path:
    """Where builds are kept outside the checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ranin"


def build_plugin(cache: Path | None = None) -> Path:
    """The compiled plug-in, built once for each version of its source. Raises CardError."""
    key = hashlib.sha256(b"".join(path.read_bytes() for path in SOURCES) + " ".join(_FLAGS).encode()).hexdigest()[:16]
    target = (cache or cache_folder()) / "card" / key / "libasound_module_pcm_ranin_sim.so"
    if not target.exists():
        _compile(target)
    return target


def _compile(target: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        raise CardError("the simulated sound card needs a C compiler: run `make setup`, or install build-essential")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}")
    files = [str(path) for path in SOURCES if path.suffix == ".c"]
    built = subprocess.run(
        [compiler, *_FLAGS, "-o", str(part), *files, "-lasound"], capture_output=True, text=True, check=False
    )
    if built.returncode != 0:
        raise CardError(
            "the simulated sound card does not compile; it needs libasound2-dev (run `make setup`):\n" + built.stderr
        )
    part.replace(target)


@dataclass(frozen=True, slots=True)
class Pcm:
    """One simulated PCM: what it plays, and what it hears."""

    playback: Ring
    capture: Ring

    def vanish(self) -> None:
        """Pull it out."""
        self.playback.vanish()
        self.capture.vanish()

    def restore(self) -> None:
        """Plug it in again."""
        self.playback.restore()
        self.capture.restore()


class SimCard:
    """The simulated card in `folder`: its PCMs and `ALSA_CONFIG_PATH`."""

    def __init__(
        self,
        folder: Path,
        names: tuple[str, ...] = ("handset", "ringer"),
        rate: int = 48000,
        skew_ppm: int = 0,
        seconds: float = 4.0,
        room: str = "",
    ) -> None:
        """`room`: what the microphones hear of their loudspeakers, as `FRAMES:PERMILLE` for each way sound takes."""
        self.pcms = {name: _make_pcm(folder, name, rate, seconds) for name in names}
        self.config = folder / "asound.conf"
        self.config.write_text(_config(build_plugin(), self.pcms, skew_ppm, room))

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to see this card and no other."""
        return {"ALSA_CONFIG_PATH": str(self.config)}

    def __getitem__(self, name: str) -> Pcm:
        return self.pcms[name]

    def close(self) -> None:
        """Unmap every ring."""
        for pcm in self.pcms.values():
            pcm.playback.close()
            pcm.capture.close()


def _make_pcm(folder: Path, name: str, rate: int, seconds: float) -> Pcm:
    return Pcm(
        Ring.create(folder / f"{name}.play", rate, seconds=seconds),
        Ring.create(folder / f"{name}.capture", rate, seconds=seconds),
    )


def _config(plugin: Path, pcms: dict[str, Pcm], skew_ppm: int, room: str) -> str:
    parts = [f'pcm_type.ranin_sim {{ lib "{plugin}" }}', "ctl.!default { type null }", "pcm.null { type null }"]
    for name, pcm in pcms.items():
        parts.append(
            f"pcm.{name} {{\n  type ranin_sim\n"
            f'  playback "{pcm.playback.path}"\n  capture "{pcm.capture.path}"\n\n'
            f'  skew_ppm {skew_ppm}\n  room "{room}"\n'
            f'  hint {{ show on description "Ranin simulated {name}" }}\n}}'
        )
    first = next(iter(pcms))
    parts.append(f'pcm.!default {{ type plug slave.pcm "{first}" hint {{ show on description "Default" }} }}')
    return "\n".join(parts) + "\n"
