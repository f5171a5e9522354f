"""Accounts at their servers: registering, and hearing of calls."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pjsua2 as pj

from ranin.core.events import LineRegistered, LineRejected, MessagesCounted
from ranin.core.verstat import Verstat
from ranin.sip.engine.nat import set_nat
from ranin.sip.engine.options import DSCP_VOICE, mark
from ranin.sip.notified import new_messages
from ranin.sip.translate import caller, retry_after_s, verstat
from ranin.sip.wire import RegisterAt

log = logging.getLogger(__name__)

_SRTP = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "required": pj.PJMEDIA_SRTP_MANDATORY,
}

CALLS_WAIT_S = 1.0
"""How long calls wait for the registrar's word on a new address, which may correct it (a NAT)."""

_NOT_FOUND = 404
_UNPROVED = 0
"""Code of a LineRejected when the server did not prove its name."""
_KEYS = {
    "sdes": pj.PJMEDIA_SRTP_KEYING_SDES,
    "dtls": pj.PJMEDIA_SRTP_KEYING_DTLS_SRTP,
}

Arrived = Callable[["Line", pj.OnIncomingCallParam], None]


class Line(pj.Account):
    """One account; PJSIP refreshes it, the core decides when a failed one is tried again."""

    def __init__(self, order: RegisterAt, transport: int, report: Callable[[Any], None], arrived: Arrived) -> None:
        super().__init__()
        self.order = order
        self.transport = transport
        self.places = {self.place}
        """Where the servers of this line and of its calls are, and the one that it has just left."""
        self.contact = ""
        """As registered; empty while it is not."""
        self.calls_wait_until_s = 0.0
        self._stale: list[str] = []
        """Contacts that the registrar still has and shall forget."""
        self._forgetting = False
        self._report = report
        self._arrived = arrived
        self._closing = False
        """It registers no more."""
        self._failure: LineRejected | None = None
        self.trouble = ""
        """What was wrong with the server's certificate."""
        self.create(self.config())

    @property
    def place(self) -> tuple[str, int]:
        """(address, port) of the server that it registers at."""
        return self.order.ip, self.order.port

    def config(self) -> pj.AccountConfig:
        """PJSIP's configuration of it."""
        config = account_config(self.order, self.transport)
        if self._closing:
            config.regConfig.registrarUri = ""
        return config

    def refusal(self, prm: pj.OnIncomingCallParam) -> int:
        """Status for a call that PJSIP gives us but that is none of this line's; 0: it is ours."""
        return _NOT_FOUND if self._closing or pj.ranin_lan_carries(prm.callId) else 0

    def caller(self, remote: str, message: str) -> tuple[str, str]:
        """(name, number) of who calls."""
        return caller(remote, message)

    def verstat(self, remote: str, message: str) -> Verstat:
        """What our server has found of the caller's number."""
        return verstat(remote, message)

    def target(self, _message: str) -> str:
        """For whom a call is, where that may be another than this line."""
        return ""

    def again(self) -> None:
        """Send another REGISTER now."""
        self.setRegistration(True)

    def move(self, order: RegisterAt, transport: int) -> None:
        """Register over another way at once; calls stay. Raises pj.Error when nothing can be sent."""
        pj.ranin_move_leave(self.getId())
        if self.contact:
            self._stale.append(self.contact)
        self.contact, self._forgetting = "", False
        self.order, self.transport = order, transport
        self.places.add(self.place)
        self.calls_wait_until_s = time.monotonic() + CALLS_WAIT_S
        config = self.config()
        config.regConfig.disableRegOnModify = True
        self.modify(config)
        if not self._closing:
            self.setRegistration(True)

    def retire(self, number: int) -> None:
        """Unregister, and be there as line `number` for the calls that are up. Raises pj.Error."""
        self._closing, self.contact = True, ""
        self.order = replace(self.order, line=number)
        self.modify(self.config())

    def close(self) -> None:
        """Unregister and forget the account."""
        self._closing = True
        self.shutdown()

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        """PJSIP: a REGISTER was answered or timed out."""
        try:
            self._answered(prm)
        except Exception:
            log.exception("registration of line %d", self.order.line)

    def _answered(self, prm: pj.OnRegStateParam) -> None:
        if self._closing:
            return
        self.calls_wait_until_s = 0.0
        if prm.code // 100 == 2 and prm.expiration > 0:
            self._report(LineRegistered(self.order.line, prm.expiration))
            self._registered()
        elif prm.code // 100 != 2:
            wait_s = retry_after_s(prm.rdata.wholeMsg)
            self._forgetting = False
            self._failure = LineRejected(self.order.line, prm.code, prm.reason, wait_s)

    def tell(self) -> None:
        """Tell of a failure, once PJSIP has said all about it: of a certificate it speaks last."""
        failure, self._failure = self._failure, None
        if failure is None:
            return
        if self.trouble:
            failure = LineRejected(self.order.line, _UNPROVED, self.trouble, failure.retry_after_s)
        self.trouble = ""
        self._report(failure)

    def _registered(self) -> None:
        """Have the registrar forget where we were: it would send calls there as well."""
        self.contact = str(pj.ranin_move_contact(self.getId()))
        if self._forgetting:
            self._stale.clear()
        self._stale = [contact for contact in self._stale if contact != self.contact]
        self._forgetting = bool(self._stale)
        for contact in self._stale:
            pj.ranin_move_unbind(self.getId(), contact)
        if self._stale:
            self.again()

    def onMwiInfo(self, prm: pj.OnMwiInfoParam) -> None:
        """PJSIP: the server has told of the mailbox although nobody has subscribed, as many do after a REGISTER."""
        try:
            new = new_messages(prm.rdata.wholeMsg.partition("\r\n\r\n")[2])
            if new is not None and not self._closing:
                self._report(MessagesCounted(self.order.line, new))
        except Exception:
            log.exception("mailbox of line %d", self.order.line)

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """PJSIP: an INVITE has passed the guard."""
        try:
            self._arrived(self, prm)
        except Exception:
            log.exception("incoming call on line %d", self.order.line)


def account_config(order: RegisterAt, transport: int) -> pj.AccountConfig:
    """PJSIP's configuration of the line."""
    account = order.account
    domain = account.domain or order.ip
    config = pj.AccountConfig()
    name = account.display_name.replace("\\", "\\\\").replace('"', '\\"')
    config.idUri = f'"{name}" <sip:{account.user}@{domain}>' if name else f"sip:{account.user}@{domain}"
    registrar = account.server if account.proxy and account.server else domain
    _set_registration(config.regConfig, registrar, account.expires_s)
    config.sipConfig.proxies.append(_route(order))
    user = account.auth_user or account.user
    config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, account.password.text))
    config.sipConfig.transportId = transport
    _set_media(config.mediaConfig, order)
    set_nat(config.natConfig, order)
    return config


def _route(order: RegisterAt) -> str:
    """The next hop of every request. A proxy sees that it is one; a server is only where the request goes."""
    hidden = "" if order.account.proxy else ";hide"
    return f"sip:{_host(order)}:{order.port};lr{hidden};transport={order.account.transport}"


def _host(order: RegisterAt) -> str:
    """By its name where it must prove that: the name is known to be at the address."""
    host = order.ip
    if order.account.transport == "tls" and order.name:
        host = order.name
        pj.ranin_names_set(host, order.ip)
    return f"[{host}]" if ":" in host else host


def _set_registration(registration: pj.AccountRegConfig, registrar: str, expires_s: int) -> None:
    registration.registrarUri = f"sip:{registrar}"
    registration.timeoutSec = expires_s
    registration.retryIntervalSec = 0
    registration.firstRetryIntervalSec = 0
    registration.registerOnAdd = True


def _set_media(media: pj.AccountMediaConfig, order: RegisterAt) -> None:
    # Either of PJSIP's preferences has it look up this machine's own name: it would hang where no resolver answers.
    media.ipv6Use = pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY if ":" in order.local_ip else pj.PJSUA_IPV6_DISABLED
    media.transportConfig.boundAddress = order.local_ip
    media.transportConfig.port = 0
    mark(media.transportConfig, DSCP_VOICE)
    media.srtpUse = _SRTP[order.account.srtp]
    media.srtpOpt.keyings = pj.IntVector([_KEYS[order.account.srtp_keys]])
    media.srtpSecureSignaling = 0
