"""What a person chooses for the next call alone, before it is dialled: its line, and whether it says who calls."""

from dataclasses import replace

from ranin.core.lines import usable
from ranin.core.outgoing import Ahead, choose, hides
from ranin.core.state import Phone
from ranin.core.turn import Turn


def chooses_line(phone: Phone) -> bool:
    """Whether there is more than one line to choose from."""
    return len(_lines(phone)) > 1


def _lines(phone: Phone) -> list[int]:
    return [index for index, account in enumerate(phone.settings.accounts) if usable(account)]


def next_line(turn: Turn) -> None:
    """Have the next call go out by the line after the one that it would."""
    choice, order = choose(turn.phone.settings, turn.phone.digits, turn.phone.ahead), _lines(turn.phone)
    at = order.index(choice.line) if choice.line in order else -1
    turn.change(ahead=replace(turn.phone.ahead, line=order[(at + 1) % len(order)]))


def hidden(phone: Phone) -> bool:
    """Whether what is dialled so far would go out without our number."""
    choice = choose(phone.settings, phone.digits, phone.ahead)
    return hides(phone.settings, choice, choice.line)


def used(turn: Turn) -> None:
    """The next call is made: what comes after it leaves as every call does."""
    turn.change(ahead=Ahead())


def settings_changed(turn: Turn) -> None:
    """The lines may be others now."""
    turn.change(ahead=replace(turn.phone.ahead, line=None))
