"""NAT: keeping it open for SIP, and ways for sound to get through it (ICE, STUN, TURN)."""

import pjsua2 as pj

from ranin.sip.wire import RegisterAt


class Stun:
    """The one STUN server that PJSIP has for all lines: the last that a line has named, and that answers the daemon."""

    def __init__(self, endpoint: pj.Endpoint) -> None:
        self._endpoint = endpoint
        self._server = ""

    def use(self, server: str) -> None:
        """Ask it now, which is a matter of one answer, and not when somebody wants to call. Raises pj.Error."""
        if server and server != self._server:
            self._endpoint.natUpdateStunServers(pj.StringVector([server]), True)
            self._server = server


def set_nat(nat: pj.AccountNatConfig, order: RegisterAt) -> None:
    """As the line's settings have it; SIP itself needs no STUN: the registrar says where it sees us."""
    account = order.account
    nat.udpKaIntervalSec = account.keepalive_s
    nat.sipStunUse = pj.PJSUA_STUN_USE_DISABLED
    nat.mediaStunUse = pj.PJSUA_STUN_USE_DEFAULT if order.stun else pj.PJSUA_STUN_USE_DISABLED
    nat.iceEnabled = account.ice
    nat.turnEnabled = bool(order.turn)
    nat.turnServer = order.turn
    nat.turnUserName = account.turn_user
    nat.turnPasswordType = 0
    nat.turnPassword = account.turn_password.text
