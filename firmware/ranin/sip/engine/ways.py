"""The transports that SIP leaves by: one for each of our addresses that is used, and none that is not."""

import logging
import time
from collections.abc import Collection

import pjsua2 as pj

from ranin.sip.engine.certificates import secure
from ranin.sip.engine.options import DSCP_SIGNALLING, mark
from ranin.sip.wire import RegisterAt

log = logging.getLogger(__name__)

_TRANSPORTS = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP, "tls": pj.PJSIP_TRANSPORT_TLS}
_TRANSPORTS6 = {"udp": pj.PJSIP_TRANSPORT_UDP6, "tcp": pj.PJSIP_TRANSPORT_TCP6, "tls": pj.PJSIP_TRANSPORT_TLS6}

LINGER_S = 34.0
"""A little more than 64·T1 (RFC 3261 §17): what was sent over a way that is left may still be answered."""
MOST_LINGERING = 3
"""PJSIP has room for eight transports in all."""

_Key = tuple[str, str, int, str]
"""Kind, own address, interface, authority: a modem that was away has another index, with the same address."""


class Ways:
    """Opens transports and closes those that nobody uses any more."""

    def __init__(self, endpoint: pj.Endpoint) -> None:
        self._endpoint = endpoint
        self._open: dict[_Key, int] = {}
        self._idle_since_s: dict[_Key, float] = {}
        """Ways that have been left, the one left first in front."""

    def open(self, order: RegisterAt) -> int:
        """The transport that the order asks for, made if it is not there. Raises pj.Error."""
        kind, local_ip = order.account.transport, order.local_ip
        key = kind, local_ip, self._pin(order), order.account.authority if kind == "tls" else ""
        if key not in self._open:
            config = pj.TransportConfig()
            config.boundAddress = local_ip
            mark(config, DSCP_SIGNALLING)
            if kind == "tls":
                secure(config.tlsConfig, order.account.authority)
            types = _TRANSPORTS6 if ":" in local_ip else _TRANSPORTS
            self._open[key] = self._endpoint.transportCreate(types[kind], config)
        return self._open[key]

    def _pin(self, order: RegisterAt) -> int:
        if order.pinned:
            return int(pj.ranin_way_pin(order.local_ip))
        pj.ranin_way_unpin(order.local_ip)
        return 0

    def close_unused(self, used: Collection[int]) -> None:
        """Close the transports that have not been in use for a while."""
        now_s = time.monotonic()
        for key, transport in self._open.items():
            if transport in used:
                self._idle_since_s.pop(key, None)
            else:
                self._idle_since_s.setdefault(key, now_s)
        overdue = [key for key, since_s in self._idle_since_s.items() if now_s - since_s >= LINGER_S]
        for key in {*overdue, *list(self._idle_since_s)[:-MOST_LINGERING]}:
            self._close(key)

    def _close(self, key: _Key) -> None:
        del self._idle_since_s[key]
        try:
            self._endpoint.transportClose(self._open.pop(key))
        except pj.Error as error:
            log.warning("a transport does not close: %s", error.reason)
        if all(key[1] != local_ip for _, local_ip, *_ in self._open):
            pj.ranin_way_unpin(key[1])
