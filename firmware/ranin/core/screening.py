"""Who rings here: do not disturb, callers without a number, calls that are sent on (pure)."""

from dataclasses import dataclass

from ranin.core.settings import Account, Contact, Settings
from ranin.core.verstat import Verstat

BUSY = 486
MOVED = 302
"""RFC 3261 §21.3.3: somebody else is to be called."""
DECLINE = 603
ANONYMITY_DISALLOWED = 433
"""RFC 5079."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The final status of a call that does not ring."""

    code: int
    target: str = ""
    """302: who is to be called instead."""


def judge(
    settings: Settings, account: Account, number: str, busy: bool, verstat: Verstat = Verstat.NONE
) -> Verdict | None:
    """What becomes of a call from `number` to this account; None: it rings."""
    contact = settings.contact(number)
    if settings.reject_anonymous and withheld(number):
        return Verdict(ANONYMITY_DISALLOWED)
    if settings.reject_suspected and verstat is Verstat.FAILED:
        return Verdict(DECLINE)
    if account.forward_always:
        return Verdict(MOVED, account.forward_always)
    if settings.do_not_disturb and not (contact is not None and contact.always):
        return Verdict(BUSY)
    if busy:
        return Verdict(MOVED, account.forward_busy) if account.forward_busy else Verdict(BUSY)
    return None


def withheld(number: str) -> bool:
    """Whether the caller does not say who they are (RFC 3323 §4.1.1.3)."""
    return number.lower() in ("", "anonymous", "withheld")


def melody(settings: Settings, line: int, number: str) -> str:
    """How a call rings: as its caller, its line, or the phone is set."""
    contact: Contact | None = settings.contact(number)
    return (contact.melody if contact is not None else "") or settings.melody(line)
