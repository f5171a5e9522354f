"""The voice of mobile calls: put on the bridge as one more call's sound, watched, and taken off."""

import errno
import os
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from ranin.core.events import MediaStarted
from ranin.core.mobile import CellSoundLost
from ranin.sip import wire
from ranin.sip.engine.sound import Sound

Report = Callable[[Any], None]

CODEC = "cell"


class Cells:
    """Each call's slot on the bridge; the sound itself is moved in C (scripts/pjsip/module/ranin_cell.c)."""

    def __init__(self, endpoint: pj.Endpoint, sound: Sound, report: Report) -> None:
        self._endpoint = endpoint
        self._sound = sound
        self._report = report
        self._slots: dict[int, int] = {}
        self._arrived: list[int] = []

    def received(self, descriptors: list[int]) -> None:
        """A port's descriptor came; the next order is to join it."""
        if descriptors:
            self._drop_arrived()
            self._arrived = list(descriptors)

    def join(self, order: wire.JoinCell) -> None:
        """Put the call's sound on the bridge; repeating it begins anew."""
        self.leave(order.call)
        slot = self._slot(order)
        if slot < 0:
            self._report(CellSoundLost(order.call, _words("cannot be opened", -slot)))
            return
        self._slots[order.call] = slot
        self._sound.media_started(order.call, media_of(self._endpoint, slot))
        self._report(MediaStarted(order.call, CODEC, False))

    def leave(self, call: int) -> None:
        """Take the call's sound off; it may be off already."""
        slot = self._slots.pop(call, None)
        if slot is not None:
            self._sound.media_ended(call)
            pj.ranin_cell_leave(slot)

    def tick(self) -> None:
        """Let go of a modem that has failed."""
        for call, slot in list(self._slots.items()):
            error = pj.ranin_cell_failed(slot)
            if error:
                self.leave(call)
                self._report(CellSoundLost(call, _words("has failed", error)))

    def close(self) -> None:
        """Let go of everything."""
        for call in list(self._slots):
            self.leave(call)
        self._drop_arrived()

    def _slot(self, order: wire.JoinCell) -> int:
        if order.pcm:
            return int(pj.ranin_cell_join_pcm(order.pcm, order.rate))
        if not self._arrived:
            return -errno.EBADF
        return int(pj.ranin_cell_join_descriptor(self._arrived.pop(), order.rate))

    def _drop_arrived(self) -> None:
        while self._arrived:
            os.close(self._arrived.pop())


def media_of(endpoint: pj.Endpoint, slot: int) -> pj.AudioMedia:
    """A port that was made in C: it has a name in pjsua2 only in the list of all."""
    return next(media for media in endpoint.mediaEnumPorts2() if media.getPortId() == slot)


def _words(what: str, error: int) -> str:
    return f"the modem's voice {what}: {os.strerror(error)}"
