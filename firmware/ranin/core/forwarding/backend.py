"""What a back end is: one way of telling the other side where calls shall go."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ranin.core.outage import Order, OrderKind, OutageCommand
from ranin.core.settings import Account, ForwardSettings, Means

SIM = "sim"
"""The account of the SIM's own number."""
SIM_LINE = -1
"""The line of an order for the SIM's own number."""

ON = {False: OrderKind.ARM, True: OrderKind.ARM_ALWAYS}
OFF = {False: OrderKind.DISARM, True: OrderKind.DISARM_ALWAYS}
"""Kind of order by whether every call is meant."""


class Proof(Enum):
    """How it is found out, once a day, whether the forward still stands."""

    READ = "read"
    """The other side tells."""
    AGAIN = "again"
    """It cannot be read, so it is armed once more; doing so twice changes nothing."""
    NONE = "none"
    """Neither is possible, or it would cost money each time."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One way; the functions are pure and never raise."""

    name: str
    means: Callable[[ForwardSettings, Account], Means]
    """What an order must carry so that it can be carried out later."""
    place: Callable[[str, Means], str]
    """(account, means) → where the forward is, without a secret."""
    command: Callable[[Order, int], OutageCommand | None]
    """(order, line as it is counted now) → what carries it out; None: a person must."""
    lacking: Callable[[ForwardSettings], str] = lambda _settings: ""
    """What the settings lack, in words; empty: nothing."""
    always: Callable[[ForwardSettings], bool] = lambda _settings: True
    """Whether it can forward every call."""
    says: Callable[[Order], str] = lambda _order: ""
    """What a person must do, in words, where `command` is None."""
    sure: bool = True
    """Whether DONE means that it is in effect."""
    proof: Proof = Proof.AGAIN
    path: str = "line"
    """What must work: the order's `line`, `cell`, or nothing in particular."""
    international: bool = True
    """Whether the target goes out as `+` and E.164 digits, not as it was typed."""


def account_of(account: Account) -> str:
    """`user@domain`: what a line is called where its place in the list may change."""
    return f"{account.user}@{account.domain or account.server}"


def plain(means: Means) -> dict[str, str]:
    """The means that are no secret."""
    return {name: value for name, value in means if isinstance(value, str)}
