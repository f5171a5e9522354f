"""Which line a call goes out by, and what is dialled there: a rule, a mailbox, or the line that is set."""

from dataclasses import dataclass

from ranin.core.emergency import is_emergency
from ranin.core.settings import DialRule, Settings


@dataclass(frozen=True, slots=True)
class Choice:
    """How a dialled number leaves."""

    number: str
    """What the server is asked for."""
    line: int
    """Index of the account."""
    strict: bool = False
    """No other line may take it: the number means something there alone."""


def choose(settings: Settings, dialed: str) -> Choice:
    """The way out for what was dialled: the longest prefix of the rules decides, and never over a call for help."""
    rules = [rule for rule in settings.rules if _fits(rule, dialed)]
    if rules and not is_emergency(dialed, settings.country):
        rule = max(rules, key=lambda rule: len(rule.prefix))
        number = dialed[len(rule.prefix) :] if rule.strip else dialed
        return Choice(number, rule.line - 1, not is_emergency(number, settings.country))
    mailboxes = [index for index, account in enumerate(settings.accounts) if dialed and account.voicemail == dialed]
    preferred = min(settings.default_line, max(1, len(settings.accounts))) - 1
    if mailboxes and preferred not in mailboxes:
        return Choice(dialed, mailboxes[0], True)
    return Choice(dialed, preferred)


def _fits(rule: DialRule, dialed: str) -> bool:
    """Whether the number begins so, and something is left of it to dial."""
    return bool(rule.prefix) and dialed.startswith(rule.prefix) and (not rule.strip or dialed != rule.prefix)
