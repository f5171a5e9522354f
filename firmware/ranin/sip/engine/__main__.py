"""Start the SIP engine: `python -m ranin.sip.engine --listen-fd N --playback PCM --capture PCM`."""

import argparse
import ctypes
import faulthandler
import logging
import os
import signal
import socket
import sys

from ranin.sip.engine.loop import Loop
from ranin.sip.engine.options import ECHO_TAIL_MS, Options, Route


def main() -> int:
    """Serve one daemon until it hangs up."""
    parser = argparse.ArgumentParser(prog="ranin-sip", description=__doc__)
    parser.add_argument("--listen-fd", type=int, default=3, help="listening Unix socket (3: from the service manager)")
    parser.add_argument("--playback", default="handset", help="ALSA PCM of the earpiece")
    parser.add_argument("--capture", default="handset", help="ALSA PCM of the microphone")
    for name in ("headset", "speaker"):
        parser.add_argument(f"--{name}", nargs=2, metavar=("PLAYBACK", "CAPTURE"), help=f"ALSA PCMs of the {name}")
    parser.add_argument("--card-rate", type=int, default=48000, help="native rate of the card in Hz")
    parser.add_argument("--parent", type=int, default=0, help="process id to die with; 0: none")
    words = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="ranin-sip: %(levelname)s %(message)s")
    faulthandler.register(signal.SIGALRM, chain=True)  # the loop's alarm: where it hung, and then the end
    if words.parent and not _die_with(words.parent):
        return 1
    listener = socket.socket(fileno=words.listen_fd)
    Loop(listener, Options(_routes(words), words.card_rate)).run()
    return 0


def _routes(words: argparse.Namespace) -> dict[str, Route]:
    """A handset's ear and mouth are far apart: only the loudspeaker needs the canceller."""
    routes = {"handset": Route(words.playback, words.capture)}
    if words.headset:
        routes["headset"] = Route(*words.headset)
    if words.speaker:
        routes["speaker"] = Route(*words.speaker, echo_tail_ms=ECHO_TAIL_MS)
    return routes


_PR_SET_PDEATHSIG = 1


def _die_with(parent: int) -> bool:
    """Have the kernel end us when the daemon is gone, however it went."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent


if __name__ == "__main__":
    raise SystemExit(main())
