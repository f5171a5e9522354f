"""One call of the modem as we know it (pure)."""

from dataclasses import dataclass

from ranin.cellular.readings import CallStat

SETTLE_S = 5.0
"""So long after ATD a call may be missing in +CLCC before it counts as gone."""
RING_S = 6.0
"""Modems repeat RING more often than this while a call is offered."""
NUMBER_WITHIN_S = 1.5
"""After RING; then the call is offered without its number."""


@dataclass(slots=True)
class Leg:
    """A call out or in, from the wish to its end."""

    outgoing: bool
    number: str
    since_s: float
    """When it was last heard of without +CLCC."""
    offer: str = ""
    call: int | None = None
    """The core's number."""
    index: int | None = None
    """+CLCC's number."""
    stat: CallStat = CallStat.DIALING
    began_s: float = 0.0
    dialed: bool = False
    """ATD was answered."""
    announced: bool = False
    """The core knows the offer."""
    numbered: bool = False
    """Its number is settled, be it withheld."""
    ringing: bool = False
    answered: bool = False
    hidden: bool = False
    """Our number is not shown."""
    leaving: bool = False
    """We are ending it."""
    silent: bool = False
    """Its sound cannot be had."""
    cause: str = ""
    """`BUSY`, `NO ANSWER` … as the modem said."""
    orders_to_end: int = 0

    @property
    def offered(self) -> bool:
        """Whether it rings or waits."""
        return not self.outgoing and not self.answered

    def survives_unlisted(self, now_s: float) -> bool:
        """Whether it may live although +CLCC does not list it."""
        if self.index is not None or self.cause:
            return False
        if self.outgoing:
            return not self.dialed or now_s - self.since_s < SETTLE_S
        return now_s - self.since_s < RING_S and not self.leaving

    def ready_to_announce(self, now_s: float) -> bool:
        """Whether the core may hear of it: with its number, or when that does not come."""
        waited = now_s - self.began_s >= NUMBER_WITHIN_S
        return self.offered and not self.announced and not self.leaving and (self.numbered or waited)
