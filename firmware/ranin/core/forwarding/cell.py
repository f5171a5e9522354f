"""Back end `cell`: the mobile network's own forwarding, for the SIM's number (3GPP TS 22.082, TS 24.082).

On networks without circuit-switched services it may fail (they need XCAP); the modem reads back what is in
effect before it says DONE, and `mmi` is what a person dials instead.
"""

from ranin.core.forwarding.backend import SIM, Backend
from ranin.core.mobile import ForwardReason, SetCellForward
from ranin.core.outage import Order, OrderKind

_MMI = {
    ForwardReason.UNCONDITIONAL: "21",
    ForwardReason.BUSY: "67",
    ForwardReason.NO_REPLY: "61",
    ForwardReason.NOT_REACHABLE: "62",
}
"""Service codes of 3GPP TS 22.030 annex B."""


def mmi(reason: ForwardReason, number: str) -> str:
    """What to dial on the mobile itself: `**62*+33…*11#` registers for voice, `##62#` erases (TS 22.030 §6.5.2)."""
    return f"**{_MMI[reason]}*{number}*11#" if number else f"##{_MMI[reason]}#"


def _number(order: Order) -> str:
    return order.target if order.kind is OrderKind.ARM else ""


BACKEND = Backend(
    name="cell",
    means=lambda _settings, _account: (),
    place=lambda _account, _means: SIM,
    command=lambda order, _line: SetCellForward(order.number, ForwardReason.NOT_REACHABLE, _number(order)),
    always=lambda _settings: False,
    path="cell",
)
"""Without "every call": the SIM's calls need the phone only while it can be reached."""
