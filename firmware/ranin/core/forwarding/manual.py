"""Back end `manual`: a person sets the forward; what is so is unknown until that person says it is done."""

from ranin.core.forwarding.backend import Backend, Proof, plain
from ranin.core.forwarding.cell import mmi
from ranin.core.mobile import ForwardReason
from ranin.core.outage import Order, OrderKind


def _says(order: Order) -> str:
    user = plain(order.means).get("user", "")
    if order.kind is OrderKind.ARM:
        code = mmi(ForwardReason.NOT_REACHABLE, order.target)
        return f"Ask {user}'s provider to ring {order.target} when it is unreachable (on a SIM: {code}), then confirm."
    code = mmi(ForwardReason.NOT_REACHABLE, "")
    return f"Take off {user}'s forward at its provider (on a SIM: {code}), then confirm."


BACKEND = Backend(
    name="manual",
    means=lambda _settings, account: (("user", account.user),),
    place=lambda account, _means: f"manual {account}",
    command=lambda _order, _line: None,
    always=lambda _settings: False,
    says=_says,
    proof=Proof.NONE,
    path="",
)
"""`sure` all the same: only a person's confirmation makes an order DONE."""
