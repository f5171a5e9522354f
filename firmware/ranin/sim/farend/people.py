"""The people of the far end: what each does when called, and baresip's configuration for it."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ranin.sim.card.card import cache_folder
from ranin.sim.farend.namespace import FarEndError

RATE = 16000
"""Rate of the recordings that the people play, in Hz: wideband."""

SPEECH = (
    "Welcome to Raneen, the open desk phone. You hear this through the same sound path that a real handset uses. "
    "Dial six zero zero to hear yourself, six zero two for a busy line, or six zero three to be called back."
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to call."""

    number: str
    name: str
    about: str
    """What happens, for the list of numbers on the page."""
    source: str = "aufile,{speech}"
    """baresip's audio_source."""
    player: str = "aubridge,sink"
    answers: bool = True
    secrecy: str = ""
    """baresip's mediaenc: how the sound is encrypted; empty: not."""
    nat: str = ""
    """baresip's medianat: how sound finds its way; empty: straight."""


PEOPLE = (
    Person("600", "Echo", "hear yourself", "aubridge,echo", "aubridge,echo"),
    Person("601", "Speech", "a voice welcomes you", "aufile,{speech}"),
    Person("603", "Nora Haddad", "hangs up and calls you back", answers=False),
    Person("604", "Tone", "a tone of 1000 Hz", "aufile,{tone}"),
    Person("611", "Low tone", "a tone of 500 Hz", "aufile,{low}"),
    Person("605", "Far away", "rings for ever", answers=False),
)

BUSY = "602"
CONFIRMER = "601"
"""Who answers somebody that has dialled a feature code."""

MOBILE = Person("+33611111111", "Your mobile", "rings when the desk phone is not reachable", answers=False)
"""Who is rung by a forward; not everybody's far end has one."""

REFUSALS = {BUSY: 486, "607": 480, "608": 603, "609": 503, "610": 488}
"""Numbers that the server itself answers with a final status."""

ABOUT = {
    "600": "hear yourself",
    "601": "a voice welcomes you",
    BUSY: "is busy",
    "603": "hangs up and calls you back",
    "604": "a tone of 1000 Hz",
    "605": "rings for ever",
    "611": "a tone of 500 Hz",
}
"""The numbers a newcomer is told of."""

_MODULES = (
    "opus.so", "g722.so", "g711.so", "aubridge.so", "aufile.so", "ausine.so", "sndfile.so", "ctrl_tcp.so",
    "srtp.so", "dtls_srtp.so", "ice.so",
)  # fmt: skip
_CODECS = {"opus": "opus/48000/2", "G722": "G722/16000/1", "PCMA": "PCMA/8000/1", "PCMU": "PCMU/8000/1"}


def modules_folder() -> Path:
    """Where Debian keeps baresip's modules."""
    found = next((path for path in Path("/usr/lib").glob("**/baresip/modules") if path.is_dir()), None)
    if found is None:
        raise FarEndError("the far end needs baresip: run `make setup`")
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where the people live."""

    ip: str
    """The server's address and theirs."""
    control_ip: str
    """Where they take commands; no fault of a network touches it."""
    interface: str = ""
    """What has `ip`, where there are several."""


def write_config(person: Person, folder: Path, place: Place, index: int, codecs: tuple[str, ...]) -> int:
    """Write baresip's configuration into `folder`; the port on which it takes commands."""
    folder.mkdir()
    control = 4440 + index
    present = modules_folder()
    lines = [
        "poll_method epoll",
        f"sip_listen {place.ip}:{5070 + 2 * index}",
        "call_max_calls 4",
        f"audio_player {person.player}",
        f"audio_source {person.source.format(speech=speech_file(), tone=tone_file(1000), low=tone_file(500))}",
        f"audio_alert {person.player}",
        "audio_channels 1-2",
        "audio_buffer 20-160",
        f"ausrc_srate {RATE}",
        f"auplay_srate {RATE}",
        "ausrc_channels 1",
        "auplay_channels 1",
        "rtp_timeout 0",
        f"module_path {present}",
        f"ctrl_tcp_listen {place.control_ip}:{control}",
        *([f"net_interface {place.interface}"] if place.interface else []),
        f"snd_path {folder}",
        *(f"module {name}" for name in _MODULES if (present / name).exists()),
        "module_app account.so",
        "module_app menu.so",
    ]
    (folder / "config").write_text("\n".join(lines) + "\n")
    (folder / "contacts").write_text("")
    offered = ",".join(_CODECS[name] for name in codecs)
    mode = "auto" if person.answers else "manual"
    address = f"sip:{person.number}@{place.ip}"
    wishes = {"mediaenc": person.secrecy, "medianat": person.nat}
    more = "".join(f";{key}={value}" for key, value in wishes.items() if value)
    (folder / "accounts").write_text(
        f'"{person.name}" <{address}>;regint=60;outbound="sip:{place.ip}:5060";answermode={mode};'
        f"audio_codecs={offered};catchall=yes{more}\n"
    )
    return control


def speech_file() -> Path:
    """The welcome, spoken by espeak-ng again and again for minutes; made once."""
    target = cache_folder() / "farend" / "welcome-2.wav"
    return target if target.exists() else _make(target, _speak)


def tone_file(hertz: int) -> Path:
    """A sine for minutes; made once."""
    target = cache_folder() / "farend" / f"tone-{hertz}-2.wav"
    return target if target.exists() else _make(target, lambda path: _sing(path, hertz))


def _make(target: Path, make: Callable[[Path], None]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{os.getpid()}-{target.name}")
    try:
        make(part)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise FarEndError(f"the far end's voice needs espeak-ng and sox: run `make setup` ({error})") from error
    part.replace(target)
    return target


def _speak(target: Path) -> None:
    spoken = subprocess.run(["espeak-ng", "-v", "en", "-s", "150", "--stdout", SPEECH], capture_output=True, check=True)
    shape = ("gain", "-n", "-6", "pad", "0.5", "1.5", "repeat", "19")
    _sox("-t", "wav", "-", *_FORMAT, str(target), *shape, sound=spoken.stdout)


def _sing(target: Path, hertz: int) -> None:
    _sox("-n", *_FORMAT, str(target), "synth", "300", "sine", str(hertz), "gain", "-10")


_FORMAT = ("-r", str(RATE), "-c", "1", "-b", "16")


def _sox(*words: str, sound: bytes = b"") -> None:
    subprocess.run(["sox", "-q", *words], input=sound, capture_output=True, check=True)
