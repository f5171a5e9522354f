"""Back end `feature-event`: SetForwarding of ECMA-323 in a SUBSCRIBE for `as-feature-event`.

No RFC: BroadWorks, FreeSWITCH and OpenSIPS speak it. The SIP engine sends `body` with a SUBSCRIBE
(Event: as-feature-event, Content-Type: application/x-as-feature-event+xml), answers the NOTIFY and
reads its body with `read`. A SUBSCRIBE without a body asks what is in effect. There is no type for
"not reachable": `forwardNoAns` is the one that servers apply to an unregistered phone as well.
"""

import re

from ranin.core.forwarding.backend import Backend, Proof
from ranin.core.outage import Order, OrderKind, SetServerForward

EVENT = "as-feature-event"
CONTENT_TYPE = "application/x-as-feature-event+xml"
_NAMESPACE = "http://www.ecma-international.org/standards/ecma-323/csta/ed3"
_LONGEST = 65536
"""Characters of a NOTIFY that are read."""

_TYPE = {
    OrderKind.ARM: "forwardNoAns",
    OrderKind.DISARM: "forwardNoAns",
    OrderKind.ARM_ALWAYS: "forwardImmediate",
    OrderKind.DISARM_ALWAYS: "forwardImmediate",
}


def body(device: str, kind: OrderKind, number: str) -> str:
    """The XML for an order; empty for VERIFY, which asks only. `device` is the user of the account."""
    if kind not in _TYPE:
        return ""
    on = kind in (OrderKind.ARM, OrderKind.ARM_ALWAYS)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\r\n'
        f'<SetForwarding xmlns="{_NAMESPACE}">\r\n'
        f"  <device>{_escape(device)}</device>\r\n"
        f"  <forwardingType>{_TYPE[kind]}</forwardingType>\r\n"
        f"  <activateForward>{'true' if on else 'false'}</activateForward>\r\n"
        f"  <forwardDN>{_escape(number)}</forwardDN>\r\n"
        "</SetForwarding>\r\n"
    )


def read(text: str, kind: OrderKind, number: str) -> bool | None:
    """What a NOTIFY's body (also multipart) says of the forward that `kind` is about.

    True: calls go to `number`; False: they do not; None: it does not say. VERIFY is about ARM.
    """
    wanted = _TYPE.get(kind, _TYPE[OrderKind.ARM])
    for event in _elements(text[:_LONGEST], "ForwardingEvent"):
        if _text(event, "forwardingType") == wanted:
            return _text(event, "forwardStatus").lower() in ("true", "1") and _same(_text(event, "forwardTo"), number)
    return None


def _same(there: str, number: str) -> bool:
    """Whether the server's number (perhaps a SIP address) is the one we asked for; an empty one is any."""
    user = re.sub(r"^(?:sips?|tel):|@.*$", "", there)
    return not number or re.sub(r"\D", "", user) == re.sub(r"\D", "", number)


def _elements(text: str, name: str) -> list[str]:
    """The insides of every element of that name, whatever its prefix."""
    pieces = re.split(rf"<(?:[\w.-]+:)?{name}(?=[\s>])[^<>]*>", text)[1:]
    return [re.split(rf"</(?:[\w.-]+:)?{name}\s*>", piece, maxsplit=1)[0] for piece in pieces]


def _text(element: str, name: str) -> str:
    inside = _elements(element, name)
    return _unescape(inside[0]).strip() if inside else ""


_ENTITIES = {"<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;")
    for plain, entity in _ENTITIES.items():
        text = text.replace(plain, entity)
    return text


def _unescape(text: str) -> str:
    for plain, entity in _ENTITIES.items():
        text = text.replace(entity, plain)
    return text.replace("&amp;", "&")


def _command(order: Order, line: int) -> SetServerForward:
    off = order.kind in (OrderKind.DISARM, OrderKind.DISARM_ALWAYS)
    return SetServerForward(order.number, line, order.kind, "" if off else order.target)


BACKEND = Backend(
    name="feature-event",
    means=lambda _settings, _account: (),
    place=lambda account, _means: f"feature-event {account}",
    command=_command,
    proof=Proof.READ,
)
