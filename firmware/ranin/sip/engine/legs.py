"""Calls as PJSIP knows them, each told to the core by the number that the core gave."""

import logging
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from ranin.core.events import (
    CallAnswered,
    CallEnded,
    CallProgressed,
    CallTransferred,
    MediaStarted,
    OfferWithdrawn,
    PeerChanged,
    PeerHeld,
    Progress,
)
from ranin.core.neighbours import DigitReceived
from ranin.sip.engine.aside import Aside
from ranin.sip.engine.lines import Line
from ranin.sip.engine.moving import Follower
from ranin.sip.engine.sound import Sound
from ranin.sip.engine.text import Text
from ranin.sip.translate import ANONYMOUS, codec_of, name_addr

log = logging.getLogger(__name__)

_DTMF = {"rfc4733": pj.PJSUA_DTMF_METHOD_RFC2833, "info": pj.PJSUA_DTMF_METHOD_SIP_INFO}

_FLOWING = (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_LOCAL_HOLD, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
_NOT_ACCEPTABLE_HERE = 488
_ACCEPTED = 202
_DECLINED = 603
_MOST_HOPS = 5
"""Transfers that a call may come by: two phones must not send each other round."""
_NO_SOUND = (pj.PJSUA_CALL_MEDIA_NONE, pj.PJSUA_CALL_MEDIA_ERROR)

Report = Callable[[Any], None]


class Leg(pj.Call):
    """One call; it has an offer's name until the core gives it a number."""

    def __init__(self, line: Line, sound: Sound, report: Report, call_id: int = -1) -> None:
        super().__init__(line, call_id)
        self.line = line.order.line
        self._account = line
        self.number = 0
        self.offer = ""
        self.confirmed = self.over = False
        self.follower = Follower(line.transport, call_id == -1)
        self.aside = Aside(call_id == -1)
        self.text = Text(line.order.account.rtt, report)
        self.heir: Leg | None = None
        """The call that takes this one's place (RFC 3891, RFC 3515); once it has, it has its number too."""
        self._parent: Leg | None = None
        self._hops = 0
        """How many transfers it has come by."""
        self._outgoing = call_id == -1
        self._peer_holds = False
        self._sound = sound
        self._report = report
        self._dtmf = _DTMF[line.order.account.dtmf]
        self._heard = False
        self._open_medium: int | None = None
        """The medium whose keys are still being agreed on."""
        self._private = line.order.account.transport == "tls"
        self._fault = 0
        """The status of a call that we ended: for want of sound, or where it was to go elsewhere."""

    def place(self, uri: str, hidden: bool = False) -> None:
        """Send the INVITE; a hidden one tells the server alone who calls (RFC 3325 §9.2). Raises pj.Error."""
        param = _parameters(0, self.text.count)
        if hidden:
            param.txOption.localUri = ANONYMOUS
            identity = self._account.getInfo().uri
            fields = {"Privacy": "id", "P-Preferred-Identity": name_addr(identity)}
            for name, value in fields.items():
                param.txOption.headers.append(_header(name, value))
        self.makeCall(uri, param)

    def reply(self, code: int) -> None:
        """Answer the INVITE with `code`."""
        self.answer(_parameters(code, self.text.count))

    def end(self, code: int = 0, contact: str = "") -> None:
        """CANCEL, refuse or BYE, whichever fits; `contact` is for 302. Ending what has ended is fine."""
        if self.over:
            return
        if self.heir is not None and not self.heir.number:
            self.heir.end()
        param = _parameters(code)
        if contact:
            param.txOption.headers.append(_header("Contact", f"<{contact}>"))
        try:
            self.hangup(param)
        except pj.Error as error:
            log.info("call %d was gone already: %s", self.number, error.reason)

    def offer_anew(self, flags: int) -> None:
        """Send a re-INVITE. Raises pj.Error."""
        self._sound.media_ended(self.number)
        param = _parameters(0, self.text.count)
        param.opt.flag = flags
        self.reinvite(param)

    def offer_aside(self, aside: bool) -> None:
        """Tell the other side that it is put aside, or taken back. Raises pj.Error."""
        param = _parameters(0, self.text.count)
        if aside:
            self.setHold(param)
        else:
            param.opt.flag = pj.PJSUA_CALL_UNHOLD
            self.reinvite(param)

    def transfer(self, uri: str) -> None:
        """REFER the other side to this address. Raises pj.Error."""
        self.xfer(uri, pj.CallOpParam(True))

    def transfer_to(self, goal: "Leg") -> None:
        """REFER the other side to the place that we have in `goal` (RFC 3891). Raises pj.Error."""
        self.xferReplaces(goal, pj.CallOpParam(True))

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        """PJSIP: the other side tells how its new call goes (RFC 3515 §2.4.5), or refuses to make one."""
        try:
            if prm.finalNotify or prm.statusCode >= 300:
                prm.cont = False
                self._report(CallTransferred(self.number, prm.statusCode))
        except Exception:
            log.exception("transfer of call %d", self.number)

    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:
        """PJSIP: somebody comes to take the other side's place: a transfer, made elsewhere."""
        try:
            prm.newCall = self._make_heir()
        except Exception:
            log.exception("call %d is to be replaced", self.number)

    def onCallReplaced(self, prm: pj.OnCallReplacedParam) -> None:
        """PJSIP: the new call stands; it goes on under this one's number."""
        try:
            if self.heir is not None:
                self._bequeath(self.heir)
        except Exception:
            log.exception("call %d was replaced", self.number)

    def _make_heir(self) -> "Leg":
        self.heir = Leg(self._account, self._sound, self._report)
        self.heir._parent, self.heir._hops = self, self._hops + 1
        return self.heir

    def _bequeath(self, heir: "Leg") -> None:
        """The heir goes on under this call's number; nobody is told that this one ends."""
        heir.number, self.number = self.number, 0
        heir.text.told = self.text.told
        self._sound.media_ended(heir.number)
        name, number = self._account.caller(heir.getInfo().remoteUri, "")
        self._report(PeerChanged(heir.number, name, number))
        heir.tell_media()

    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:
        """PJSIP: a transaction of the call has moved."""
        try:
            event = prm.e.body.tsxState
            final = event.tsx.state >= pj.PJSIP_TSX_STATE_COMPLETED > event.prevState
            if final and event.tsx.method == "INVITE" and event.tsx.role == pj.PJSIP_ROLE_UAC:
                self.follower.answered(event.tsx.statusCode)
                self.aside.answered(event.tsx.statusCode)
        except Exception:
            log.exception("transaction of call %d", self.number)

    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        """PJSIP: the other side wants us to call somebody (REFER, RFC 3515); 202, PJSIP's default, would do it."""
        prm.statusCode = _DECLINED
        try:
            if self._account.order.account.follow_transfers and self.confirmed and self._hops < _MOST_HOPS:
                prm.newCall, prm.statusCode = self._make_heir(), _ACCEPTED
                prm.opt.audioCount, prm.opt.videoCount, prm.opt.textCount = 1, 0, self.text.count
        except Exception:
            log.exception("call %d is to be transferred", self.number)

    def onCallRedirected(self, prm: pj.OnCallRedirectedParam) -> int:
        """PJSIP: the server names somebody else to call (3xx); nobody has dialled that, and it may cost."""
        self._fault = prm.e.body.tsxState.tsx.statusCode  # PJSIP would call it 487
        return int(pj.PJSIP_REDIRECT_STOP)

    def send_digit(self, digit: str) -> None:
        """Send one DTMF digit by the account's method."""
        param = pj.CallSendDtmfParam()
        param.method = self._dtmf
        param.digits = digit
        self.sendDtmf(param)

    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:
        """PJSIP: the other side has sent a digit."""
        if self.number:
            self._report(DigitReceived(self.number, prm.digit))

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        """PJSIP: the dialog has moved."""
        try:
            self._moved(self.getInfo())
        except Exception:
            log.exception("state of call %d", self.number)

    def _moved(self, info: pj.CallInfo) -> None:
        if info.state == pj.PJSIP_INV_STATE_EARLY and self._outgoing and self.number:
            self._progressed()
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED and (self.number or self._inherits()):
            self._confirmed(info)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._ended(info)

    def _inherits(self) -> bool:
        """Whether it is a transfer's new call, which takes the old one's number now."""
        if self._parent is None or not self._parent.number:
            return False
        self._parent._bequeath(self)
        return True

    def _confirmed(self, info: pj.CallInfo) -> None:
        """Answered; but where no sound was agreed on, on hold or not, there is nothing to talk by."""
        if any(media.type == pj.PJMEDIA_TYPE_AUDIO and media.status not in _NO_SOUND for media in info.media):
            self.confirmed = True
            self._report(CallAnswered(self.number))
        else:
            self._fault = _NOT_ACCEPTABLE_HERE
            self.end()

    def _progressed(self) -> None:
        self._report(CallProgressed(self.number, Progress.EARLY_MEDIA if self._heard else Progress.RINGING))

    def _ended(self, info: pj.CallInfo) -> None:
        self.over = True
        self._sound.media_ended(self.number)
        if self.number and self.heir is not None and self.heir.getId() >= 0 and not self.heir.over:
            self._bequeath(self.heir)  # the other side has left before its transfer was answered
        if self.number:
            self._report(CallEnded(self.number, self._fault or info.lastStatusCode, info.lastReason))
        elif self.offer:
            self._report(OfferWithdrawn(self.offer))

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        """PJSIP: media was negotiated."""
        try:
            self.tell_media()
        except Exception:
            log.exception("media of call %d", self.number)

    def tell_media(self) -> None:
        """Join the sound that there is to the bridge, and say what it is."""
        info = self.getInfo()
        self.text.negotiated(self, info)
        audio = next((media for media in info.media if media.type == pj.PJMEDIA_TYPE_AUDIO), None)
        self._tell_held(audio)
        if audio is None or audio.status not in _FLOWING or not self.number or audio.audioConfSlot < 0:
            self._sound.media_ended(self.number)
            return
        self._sound.media_started(self.number, self.getAudioMedia(audio.index))
        self._tell_stream(audio.index)
        first, self._heard = not self._heard, True
        if first and self._outgoing and info.state == pj.PJSIP_INV_STATE_EARLY:
            self._progressed()

    def _tell_held(self, audio: pj.CallMediaInfo | None) -> None:
        holds = audio is not None and audio.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
        if holds != self._peer_holds and self.number:
            self._peer_holds = holds
            self._report(PeerHeld(self.number, holds))

    def _tell_stream(self, index: int) -> None:
        stream = self.getStreamInfo(index)
        by_dtls = bool(stream.proto & pj.PJMEDIA_TP_PROTO_DTLS)
        encrypted = bool(pj.ranin_media_encrypted(self.getId(), index))
        self._open_medium = index if by_dtls and not encrypted else None
        secure = encrypted and (by_dtls or self._private)  # keys that travel in the clear lock nothing
        self._report(MediaStarted(self.number, codec_of(stream.codecName), secure))

    def tell_lock(self) -> None:
        """Tell of the medium again once DTLS has agreed on its keys: PJSIP says nothing then."""
        index = self._open_medium
        if index is not None and not self.over and pj.ranin_media_encrypted(self.getId(), index):
            self._tell_stream(index)


def _header(name: str, value: str) -> pj.SipHeader:
    header = pj.SipHeader()
    header.hName, header.hValue = name, value
    return header


def _parameters(code: int, texts: int = 0) -> pj.CallOpParam:
    """Audio, and text where the line has it: the default would offer that on every line."""
    param = pj.CallOpParam(True)
    param.opt.audioCount = 1
    param.opt.videoCount = 0
    param.opt.textCount = texts
    param.statusCode = code
    return param
