"""The phones of the provisioning as a line of their own: no server, TLS both sides prove themselves by, SRTP always."""

import os
import ssl
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from ranin.core.neighbours import ConfigureLan
from ranin.core.settings import Account, LanSettings
from ranin.core.state import LAN
from ranin.core.verstat import Verstat
from ranin.sip.engine.lines import Arrived, Line, account_config
from ranin.sip.translate import party, requested
from ranin.sip.wire import RegisterAt

SESSION_S = 90
"""How long a call outlives the other phone: the shortest that RFC 4028 §5 has."""
_NOT_FOUND = 404

Report = Callable[[Any], None]


class Lan(Line):
    """Never registers, never answers a challenge; calls come and go over its own transport alone."""

    def config(self) -> pj.AccountConfig:
        """PJSIP's configuration of it."""
        config = account_config(self.order, self.transport)
        config.regConfig.registrarUri = ""
        config.sipConfig.proxies.clear()
        config.sipConfig.authCreds.clear()
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS  # a phone that is gone must not keep a mobile call
        config.callConfig.timerMinSESec = config.callConfig.timerSessExpiresSec = SESSION_S
        config.mediaConfig.srtpSecureSignaling = 1
        config.mediaConfig.srtpOpt.keyings = pj.IntVector([pj.PJMEDIA_SRTP_KEYING_SDES])
        return config

    def refusal(self, prm: pj.OnIncomingCallParam) -> int:
        """Status for a call that PJSIP gives us but that came by a server; 0: it is ours."""
        return 0 if pj.ranin_lan_carries(prm.callId) else _NOT_FOUND

    def caller(self, remote: str, message: str) -> tuple[str, str]:
        """(name, number) as the other phone says; nobody here may assert another's (RFC 3325)."""
        return party(remote)

    def verstat(self, remote: str, message: str) -> Verstat:
        """Nobody here can have found anything."""
        return Verstat.NONE

    def target(self, message: str) -> str:
        """The number that was called: ours, or one to be called over our modem."""
        return requested(message)


def open_lan(order: ConfigureLan, report: Report, arrived: Arrived) -> Lan:
    """Listen as the order says. Raises OSError or pj.Error when that cannot be."""
    settings = order.lan
    _check(settings)
    pj.ranin_way_pin(order.address)
    transport = pj.ranin_lan_open(order.address, settings.port, settings.certificate, settings.key.text)
    if transport < 0:
        raise OSError(f"nothing can listen at {order.address}:{settings.port} with this certificate and key")
    account = Account(
        user=order.number, domain=order.address, display_name=order.name, transport="tls", srtp="required"
    )
    place = RegisterAt(LAN, account, order.address, settings.port, order.address)
    try:
        return Lan(place, transport, report, arrived)
    except pj.Error:
        pj.ranin_lan_close(transport)
        raise


def _check(settings: LanSettings) -> None:
    """PJSIP would listen all the same. Raises OSError unless the key is the certificate's; neither touches a disk."""
    descriptor = os.memfd_create("lan")
    try:
        os.write(descriptor, f"{settings.certificate}\n{settings.key.text}".encode())
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(f"/proc/self/fd/{descriptor}")
    except ssl.SSLError as error:
        raise OSError(f"the certificate and key of [lan] do not fit: {error.reason}") from None
    finally:
        os.close(descriptor)
