"""What the settings ask for: which forwards shall stand where; what would be a loop is refused in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from ranin.core.forwarding import cell
from ranin.core.forwarding.backend import SIM, SIM_LINE, Backend, account_of
from ranin.core.forwarding.backends import BACKENDS
from ranin.core.numbers import Book, digits, normal
from ranin.core.settings import Account, Means, Settings


@dataclass(frozen=True, slots=True)
class Wish:
    """One forward that shall stand."""

    place: str
    always: bool
    backend: str
    line: int
    account: str
    means: Means
    target: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All that shall stand, and why something that was asked for shall not."""

    wishes: tuple[Wish, ...] = ()
    book: Book = Book()
    refusal: str = ""


def plan(settings: Settings, gasping: bool) -> Plan:
    """What shall stand under `settings`; while `gasping` (the phone is about to go) for every call as well."""
    book = _book(settings)
    refusals = (_line_refusal(settings, book), _sim_refusal(settings, book))
    wishes = () if refusals[0] else tuple(_line_wishes(settings, gasping))
    if settings.forward.sim_target and not refusals[1]:
        target = normal(settings.forward.sim_target, settings.country)
        wishes = (*wishes, Wish(SIM, False, cell.BACKEND.name, SIM_LINE, SIM, (), target))
    return Plan(wishes, book, " ".join(refusal for refusal in refusals if refusal))


def _book(settings: Settings) -> Book:
    ours = (*settings.forward.numbers, *(account.user for account in settings.accounts if account.user))
    own = frozenset(normal(number, settings.country) for number in ours)
    return Book(settings.country, own, normal(settings.forward.sim_number, settings.country))


def _line_wishes(settings: Settings, gasping: bool) -> Iterator[Wish]:
    backend = BACKENDS[settings.forward.backend]
    for line, account in _forwarded(settings):
        yield _wish(settings, backend, line, account, False)
        if gasping and backend.always(settings.forward):
            yield _wish(settings, backend, line, account, True)


def _forwarded(settings: Settings) -> Iterator[tuple[int, Account]]:
    """(line, account) of every line that shall be forwarded; an account is taken once."""
    if not settings.forward.target:
        return
    seen: set[str] = set()
    for line, account in enumerate(settings.accounts):
        chosen = not settings.forward.lines or line + 1 in settings.forward.lines
        if chosen and account.user and account_of(account) not in seen:
            seen.add(account_of(account))
            yield line, account


def _wish(settings: Settings, backend: Backend, line: int, account: Account, always: bool) -> Wish:
    forward, name = settings.forward, account_of(account)
    means = backend.means(forward, account)
    target = normal(forward.target, settings.country) if backend.international else digits(forward.target)
    return Wish(backend.place(name, means), always, backend.name, line, name, means, target)


def _line_refusal(settings: Settings, book: Book) -> str:
    forward = settings.forward
    if not forward.target:
        return ""
    if normal(forward.target, settings.country) in book.own:
        return f"{forward.target} is a number of this phone: calls would go round in a circle."
    wrong = [line for line in forward.lines if line > len(settings.accounts)]
    if wrong:
        return f"There is no line {wrong[0]} to forward."
    return BACKENDS[forward.backend].lacking(forward)


def _sim_refusal(settings: Settings, book: Book) -> str:
    forward = settings.forward
    target = normal(forward.sim_target, settings.country)
    if not forward.sim_target:
        return ""
    if target == book.sim:
        return f"{forward.sim_target} is the SIM's own number: it cannot forward to itself."
    if book.loops(True, target, frozenset({forward.target})):
        return f"The SIM cannot forward to {forward.sim_target}: that line forwards to the SIM, calls would circle."
    return ""
