"""Which line a call goes out by, what is dialled there, and whether it says who calls.

The next call's own choice decides, then the contact's line, a rule, a mailbox, or the line that is set.
"""

from dataclasses import dataclass, replace

from ranin.core.dialing import Match, match
from ranin.core.emergency import is_emergency
from ranin.core.settings import DialRule, Settings


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a person has chosen for the next call alone."""

    line: int | None = None
    """Index of the account; None: as for every call."""
    hidden: bool = False
    """Our number is not shown to who is called."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How a dialled number leaves."""

    number: str
    """What the server is asked for."""
    line: int
    """Index of the account."""
    strict: bool = False
    """No other line may take it: the number means something there alone."""
    hidden: bool = False
    """Our number is not shown, whichever line takes it."""


def choose(settings: Settings, dialed: str, ahead: Ahead = Ahead()) -> Choice:
    """The way out for what was dialled; a call for help is bound to no line, and says who calls."""
    number = bare(settings, dialed)
    choice = _choose(settings, number, ahead.line)
    if is_emergency(choice.number, settings.country):
        return replace(choice, strict=False)
    return replace(choice, hidden=number != dialed or ahead.hidden)


def _choose(settings: Settings, dialed: str, line: int | None) -> Choice:
    preferred = min(settings.default_line, max(1, len(settings.accounts))) - 1
    if is_emergency(dialed, settings.country):
        return Choice(dialed, preferred)
    if line is not None and line < len(settings.accounts):
        return Choice(dialed, line, True)
    contact = settings.contact(dialed)
    if contact is not None and 0 < contact.line <= len(settings.accounts):
        return Choice(dialed, contact.line - 1)
    return _by_rule(settings, dialed) or _by_mailbox(settings, dialed, preferred) or Choice(dialed, preferred)


def _by_rule(settings: Settings, dialed: str) -> Choice | None:
    """The longest prefix of the rules."""
    rules = [rule for rule in settings.rules if _fits(rule, dialed)]
    if not rules:
        return None
    rule = max(rules, key=lambda rule: len(rule.prefix))
    return Choice(dialed[len(rule.prefix) :] if rule.strip else dialed, rule.line - 1, True)


def _by_mailbox(settings: Settings, dialed: str, preferred: int) -> Choice | None:
    mailboxes = [index for index, account in enumerate(settings.accounts) if dialed and account.voicemail == dialed]
    return Choice(dialed, mailboxes[0], True) if mailboxes and preferred not in mailboxes else None


def _fits(rule: DialRule, dialed: str) -> bool:
    """Whether the number begins so, and something is left of it to dial."""
    return bool(rule.prefix) and dialed.startswith(rule.prefix) and (not rule.strip or dialed != rule.prefix)


def hides(settings: Settings, choice: Choice, line: int) -> bool:
    """Whether the call says nothing of who calls, by the line that takes it; a call for help always says it."""
    wanted = choice.hidden or settings.hide_number or settings.account(line).hide_number
    return wanted and not is_emergency(choice.number, settings.country)


def bare(settings: Settings, dialed: str) -> str:
    """What was dialled, without the code that hides our number."""
    code = settings.hide_code
    return dialed[len(code) :] if code and dialed.startswith(code) and dialed != code else dialed


def in_plan(settings: Settings, digits: str) -> Match:
    """What the digit map says of them, behind the code that hides our number or within it."""
    verdict = match(settings.digit_map, bare(settings, digits))
    begun = bool(settings.hide_code) and settings.hide_code.startswith(digits)
    return Match.PARTIAL if begun and verdict in (Match.NONE, Match.COMPLETE) else verdict
