"""Back end `codes`: feature codes dialled on the line, as FreePBX and Asterisk have them.

FreePBX's *52 fires on no answer, and at once when the extension is not registered; *72 forwards
every call (defaults of its callforward module). FusionPBX has *72 and *73 only.
"""

from ranin.core.forwarding.backend import Backend, plain
from ranin.core.outage import Order, OrderKind, SendFeatureCode
from ranin.core.settings import Account, ForwardSettings, Means

_CODE = {
    OrderKind.ARM: "arm_code",
    OrderKind.DISARM: "disarm_code",
    OrderKind.ARM_ALWAYS: "always_code",
    OrderKind.DISARM_ALWAYS: "always_off_code",
}


def _means(settings: ForwardSettings, _account: Account) -> Means:
    return tuple((name, getattr(settings, name)) for name in _CODE.values())


def _command(order: Order, line: int) -> SendFeatureCode | None:
    code = plain(order.means).get(_CODE.get(order.kind, ""), "")
    if not code:
        return None
    arms = order.kind in (OrderKind.ARM, OrderKind.ARM_ALWAYS)
    return SendFeatureCode(order.number, line, code + order.target if arms else code)


def _lacking(settings: ForwardSettings) -> str:
    return "" if settings.arm_code and settings.disarm_code else "Set arm_code and disarm_code."


BACKEND = Backend(
    name="codes",
    means=_means,
    place=lambda account, _means: f"codes {account}",
    command=_command,
    lacking=_lacking,
    always=lambda settings: bool(settings.always_code and settings.always_off_code),
    international=False,
)
