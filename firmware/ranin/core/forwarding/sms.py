"""Back end `sms`: a text message to whoever sets the forward: a gateway, or a person."""

from ranin.core.forwarding.backend import Backend, Proof, plain
from ranin.core.mobile import SendSms
from ranin.core.outage import Order, OrderKind
from ranin.core.settings import Account, ForwardSettings, Means

_TEXT = {
    OrderKind.ARM: "sms_arm",
    OrderKind.DISARM: "sms_disarm",
    OrderKind.ARM_ALWAYS: "sms_always",
    OrderKind.DISARM_ALWAYS: "sms_always_off",
}


def _means(settings: ForwardSettings, account: Account) -> Means:
    texts = tuple((name, getattr(settings, name)) for name in _TEXT.values())
    return (("sms_number", settings.sms_number), ("user", account.user), *texts)


def _command(order: Order, _line: int) -> SendSms | None:
    values = plain(order.means)
    text = values.get(_TEXT.get(order.kind, ""), "")
    if not text:
        return None
    filled = text.replace("{target}", order.target).replace("{user}", values.get("user", ""))
    return SendSms(order.number, values["sms_number"], filled)


def _lacking(settings: ForwardSettings) -> str:
    if not settings.sms_number:
        return "Set sms_number: who gets the text message."
    return "" if settings.sms_arm and settings.sms_disarm else "Set sms_arm and sms_disarm."


BACKEND = Backend(
    name="sms",
    means=_means,
    place=lambda account, means: f"sms {account} {plain(means).get('sms_number', '')}",
    command=_command,
    lacking=_lacking,
    always=lambda settings: bool(settings.sms_always and settings.sms_always_off),
    sure=False,
    proof=Proof.NONE,
    path="cell",
)
