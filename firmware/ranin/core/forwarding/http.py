"""Back end `http`: a provider's HTTP interface; the forwarding room has the profiles and makes the requests."""

from ranin.core.forwarding.backend import Backend, Proof, plain
from ranin.core.outage import CallHttp, Order
from ranin.core.settings import Account, ForwardSettings, Means

_OF_THE_LINE = ("user", "domain")


def _means(settings: ForwardSettings, account: Account) -> Means:
    line = (("user", account.user), ("domain", account.domain or account.server))
    set_by_hand = {name for name, _ in settings.values}
    own = tuple(row for row in line if row[0] not in set_by_hand)
    return (("profile", settings.profile), *own, *settings.values, *settings.secrets)


def _place(account: str, means: Means) -> str:
    """The resource, not the key to it: a changed secret opens the same door.

    Of a `custom` profile only the address counts; its other values are how, not where.
    """
    values = plain(means)
    profile = values.pop("profile", "")
    if profile == "custom":
        values = {"arm_url": values.get("arm_url", "")}
    where = " ".join(f"{name}={value}" for name, value in sorted(values.items()) if name not in _OF_THE_LINE)
    return f"http {profile} {account} {where}".rstrip()


def _command(order: Order, _line: int) -> CallHttp:
    profile = plain(order.means).get("profile", "")
    values = tuple(row for row in order.means if row[0] != "profile")
    return CallHttp(order.number, profile, order.kind, order.target, values)


BACKEND = Backend(
    name="http",
    means=_means,
    place=_place,
    command=_command,
    lacking=lambda settings: "" if settings.profile else "Choose a profile.",
    proof=Proof.READ,
    path="",
)
