"""The text of a call (RFC 4103): whether there is a stream, what has come in it, and what is still to be sent."""

import codecs
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from ranin.core.realtext import LONGEST, TextChanged, TextReceived

if TYPE_CHECKING:
    from ranin.sip.engine.legs import Leg

log = logging.getLogger(__name__)

TOLD_EVERY_S = 0.1
"""A flood of packets becomes no flood of reports."""
ROOM = 60
"""Bytes that PJSIP takes for one packet; it has room for 64."""
PACKET_S = 0.4
"""PJSIP sends a packet every 300 ms at most."""
_FLOWING = (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_LOCAL_HOLD, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)


class Text:
    """Both directions of one call's text."""

    def __init__(self, wanted: bool, report: Callable[[Any], None]) -> None:
        self.count = int(wanted)
        """Text streams that are offered and accepted."""
        self._report = report
        self._there = self._open = False
        self.told = False
        """Whether the core believes that there is a stream; an heir takes that over."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unsent = ""
        self._packet_s = self._told_s = 0.0
        self._used = 0

    def negotiated(self, leg: "Leg", info: pj.CallInfo) -> None:
        """Media was agreed on: see whether text is among it."""
        streams = [media for media in info.media if media.type == pj.PJMEDIA_TYPE_TEXT and media.status in _FLOWING]
        there, self._open = bool(streams), any(media.dir & pj.PJMEDIA_DIR_ENCODING for media in streams)
        if there and not self._there:
            pj.ranin_text_take(leg.getId())  # a call that had the same number in PJSIP may have left something
        self._there = there
        self.tick(leg)

    def send(self, leg: "Leg", text: str) -> None:
        """Send it as soon as there is room in a packet."""
        self._unsent = (self._unsent + text)[-LONGEST:]
        self.tick(leg)

    def tick(self, leg: "Leg") -> None:
        """Tell what is new, and send what waits."""
        if not leg.number or leg.over:
            return
        if self._there != self.told:
            self.told = self._there
            self._report(TextChanged(leg.number, self._there))
        if self._there:
            self._tell(leg)
            self._pass_on(leg)

    def _tell(self, leg: "Leg") -> None:
        now_s = time.monotonic()
        if now_s < self._told_s + TOLD_EVERY_S:
            return
        came = pj.ranin_text_take(leg.getId()).encode("utf-8", "surrogateescape")
        text = self._decoder.decode(came)
        if text:
            self._told_s = now_s
            self._report(TextReceived(leg.number, text))

    def _pass_on(self, leg: "Leg") -> None:
        now_s = time.monotonic()
        if now_s >= self._packet_s + PACKET_S:
            self._packet_s, self._used = now_s, 0
        piece = self._unsent[: (ROOM - self._used) // 4]  # no character of UTF-8 has more bytes
        if not piece or not self._open:
            return
        param = pj.CallSendTextParam()
        param.text = piece
        try:
            leg.sendText(param)
        except pj.Error as error:
            log.debug("text of call %d waits: %s", leg.number, error.reason)
            return
        self._unsent = self._unsent[len(piece) :]
        self._used += len(piece.encode())
