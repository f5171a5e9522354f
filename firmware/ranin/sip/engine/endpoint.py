"""PJSIP as a whole: started with what is ours in it, and what it says that is of no single line or call."""

import logging
import os
from pathlib import Path

import pjsua2 as pj

from ranin.sip.engine.certificates import trouble
from ranin.sip.engine.options import Options, endpoint_config
from ranin.sip.engine.sound import Sound
from ranin.sip.translate import place_of

log = logging.getLogger(__name__)


class Endpoint(pj.Endpoint):
    """Passes on what PJSIP says of its sound threads."""

    sound: Sound | None = None

    def __init__(self) -> None:
        super().__init__()
        self.troubles: dict[tuple[str, int], str] = {}
        """What is wrong with the certificate at (address, port), since the loop last looked."""

    def onTransportState(self, prm: pj.OnTransportStateParam) -> None:
        """PJSIP: a connection has come about, or failed."""
        try:
            words = trouble(prm.tlsInfo)
            if words:
                place = place_of(prm.tlsInfo.remoteAddr)
                log.warning("the server at %s:%d: %s (%s)", *place, words, ", ".join(prm.tlsInfo.verifyMsgs))
                self.troubles[place] = words
        except Exception:
            log.exception("state of a transport")

    def onMediaEvent(self, prm: pj.OnMediaEventParam) -> None:
        """PJSIP, maybe from a sound thread: only a flag is set."""
        if prm.ev.type == pj.PJMEDIA_EVENT_AUD_DEV_ERROR and self.sound is not None:
            self.sound.faulted = True


def start_endpoint(options: Options) -> tuple[Endpoint, list[int]]:
    """PJSIP, running, and the descriptors that wake whoever polls it."""
    before = _epolls()
    endpoint = Endpoint()
    endpoint.libCreate()
    wakers = sorted(_epolls() - before)
    endpoint.libInit(endpoint_config(options))
    pj.ranin_guard_start()
    endpoint.libStart()
    pj.ranin_strict_start()
    pj.ranin_names_start()
    pj.ranin_media_start()
    pj.ranin_text_start()
    return endpoint, wakers


def _epolls() -> set[int]:
    """The epoll descriptors of this process: PJSIP's own can wake us through ours."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if os.readlink(entry) == "anon_inode:[eventpoll]":
                found.add(int(entry.name))
        except FileNotFoundError:
            continue
    return found
