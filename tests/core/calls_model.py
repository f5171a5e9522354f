"""What a person expects of several calls at once, written down without looking at how the phone does it."""

from dataclasses import dataclass, field

MOST = 6
TRANSFER_S, RING_S, RECALL_S = 40.0, 180.0, 20.0
RINGS, CALLING, ANSWERING, TALKS, ASIDE, SENT_ON, LEAVING = (
    "rings", "calling", "answering", "talks", "aside", "sent on", "leaving",
)  # fmt: skip
IN_EAR = {CALLING, ANSWERING, TALKS}


@dataclass
class Expected:
    """The calls by number, oldest first, and the person at the phone."""

    calls: dict[int, str] = field(default_factory=dict)
    """Number → what it does now."""
    since_s: dict[int, float] = field(default_factory=dict)
    """When it began to."""
    aside_since_s: dict[int, float] = field(default_factory=dict)
    """When it was put aside, whatever became of its transfer."""
    goal: dict[int, int] = field(default_factory=dict)
    """Who is sent on → to the other side of which call; 0: to a number."""
    lifted: bool = False
    transferee: int = 0
    rests_since_s: float = 0.0
    """Since when somebody waits and the handset rests."""
    now_s: float = 0.0
    timed_s: float = 0.0
    """When what had run out by then was done."""

    def become(self, number: int, what: str) -> None:
        """One call does something else now; who is transferred is so only while it waits."""
        self.calls[number], self.since_s[number] = what, self.now_s
        if number == self.transferee and what != ASIDE:
            self.transferee = 0

    def those(self, *whats: str) -> list[int]:
        """The calls that do that, oldest first."""
        return [number for number, what in self.calls.items() if what in whats]

    @property
    def waiting(self) -> list[int]:
        """Who was put aside, the longest first."""
        return sorted(self.those(ASIDE), key=self.aside_since_s.__getitem__)

    @property
    def about(self) -> int:
        """Whom keys are about: who rings, else who is in the ear, else who was put aside last; 0: nobody."""
        aside = sorted(self.those(ASIDE, SENT_ON), key=self.aside_since_s.__getitem__)
        return next(iter([*self.those(RINGS), *self.those(*IN_EAR), *reversed(aside)]), 0)

    def put_aside(self, number: int) -> None:
        """It waits from now on."""
        self.become(number, ASIDE)
        self.aside_since_s[number] = self.now_s

    def make_way(self) -> None:
        """The ear is wanted for another: conversations wait, what nobody has answered ends."""
        for number in self.those(*IN_EAR):
            self.put_aside(number) if self.calls[number] == TALKS else self.become(number, LEAVING)

    def take_back(self, number: int) -> None:
        """Talk to somebody who waits, to nobody else."""
        self.make_way()
        self.transferee = 0
        self.become(number, TALKS)

    def answer(self, number: int) -> None:
        """Talk to somebody who calls."""
        self.make_way()
        self.become(number, ANSWERING)

    def pair(self) -> tuple[int, int]:
        """(who is transferred, to whom), where there are just two to be connected; else (0, 0)."""
        ear = self.those(*IN_EAR)
        first = self.transferee or next(iter(self.waiting), 0)
        return (first, ear[0]) if first and len(ear) == 1 and self.calls[ear[0]] != ANSWERING else (0, 0)

    def connect(self) -> None:
        """Transfer the first to the second, without asking where that one still rings."""
        first, second = self.pair()
        answered = self.calls[second] == TALKS
        self.make_way()
        self.send_on(first, second if answered else 0)

    def send_on(self, number: int, goal: int) -> None:
        """Its transfer is under way."""
        self.become(number, SENT_ON)
        self.goal[number] = goal

    def put_down(self) -> None:
        """The handset is put back."""
        if self.transferee and self.pair()[0]:
            self.connect()
        else:
            for number in self.those(*IN_EAR):
                self.become(number, LEAVING)
        self.lifted = False

    def pass_time(self, now_s: float) -> list[int]:
        """Time has gone on; who had rung for so long that it was given up."""
        self.now_s = self.timed_s = now_s
        for number in self.those(SENT_ON):
            if now_s - self.since_s[number] >= TRANSFER_S:
                self.not_sent_on(number)
        tired = [number for number in self.those(RINGS) if now_s - self.since_s[number] >= RING_S]
        for number in tired:
            self.become(number, LEAVING)
        return tired

    def not_sent_on(self, number: int) -> None:
        """A transfer came to nothing: it waits, for as long as it has."""
        self.become(number, ASIDE)

    def gone(self, number: int) -> None:
        """It is over."""
        del self.calls[number]
        if number == self.transferee:
            self.transferee = 0

    @property
    def heard(self) -> set[int]:
        """Who may be in the ear; of who is only called, nothing is heard yet."""
        return set(self.those(TALKS, ANSWERING))
