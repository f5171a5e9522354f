"""The lines: registering accounts and keeping them registered (RFC 3261 §10, RFC 5626 §4.5)."""

from ranin.core.commands import ConfigureEngine, RegisterLine, SetVolume, UnregisterLine
from ranin.core.events import (
    EngineLost,
    EngineReady,
    LineRegistered,
    LineRejected,
    MessagesCounted,
    Timer,
)
from ranin.core.settings import Account, Settings
from ranin.core.state import Leaving, Line, LineState, Shown
from ranin.core.turn import Turn
from ranin.core.words import PERMANENT, line_cause

BASE_S = 30.0
"""RFC 5626 §4.5: base time when every flow has failed."""
LONGEST_S = 1800.0
"""RFC 5626 §4.5: the longest wait."""
JITTER = 0.5
"""RFC 5626 §4.5: the wait is uniformly random between 50 and 100 % of the bound."""
LONGEST_RETRY_AFTER_S = 3600.0


def back_off_s(failures: int, code: int, retry_after_s: int) -> float:
    """The longest wait before the next REGISTER after `failures` in a row, in seconds.

    A refusal that time does not mend (a wrong password) waits the longest; a
    Retry-After of the server is never undercut, up to an hour.
    """
    bound = LONGEST_S if code in PERMANENT else min(LONGEST_S, BASE_S * 2.0 ** min(failures, 16))
    return max(bound, min(float(retry_after_s), LONGEST_RETRY_AFTER_S) / (1 - JITTER))


def unanswered(code: int) -> bool:
    """Whether a REGISTER's final status says that no registrar has judged it: 408 of our own timer, or 5xx."""
    return code == 408 or code // 100 == 5


def first(settings: Settings) -> Account | None:
    """The first usable account."""
    return next((account for account in settings.accounts if usable(account)), None)


def asked(settings: Settings, index: int) -> bool:
    """Whether the line is at the server that the links are asked for: the first usable account's."""
    asked_for = first(settings)
    return asked_for is not None and settings.accounts[index].place == asked_for.place


def usable(account: Account) -> bool:
    """Whether the account says enough to register: a user and a server."""
    return bool(account.user and (account.domain or account.server))


def engine_ready(turn: Turn, _event: EngineReady) -> None:
    """A new engine knows nothing: tell it everything, register every line at once."""
    settings = turn.phone.settings
    turn.change(engine_up=True)
    turn.change(shown=Shown(turn.phone.shown.screen, ring=turn.phone.shown.ring, leds=turn.phone.shown.leds))
    turn.do(ConfigureEngine(settings.codecs), SetVolume(settings.handset_volume))
    turn.change(lines=tuple(Line() for _ in settings.accounts))
    for index in range(len(settings.accounts)):
        register(turn, index)


def engine_lost(turn: Turn, _event: EngineLost) -> None:
    """Nothing is registered any more until the engine is back."""
    turn.change(engine_up=False)
    for index, line in enumerate(turn.phone.lines):
        turn.stop(Timer.REGISTER, index)
        if line.state is not LineState.OFF:
            turn.change_line(index, state=LineState.TRYING)


def register(turn: Turn, index: int) -> None:
    """Send a REGISTER for the line now, if its account can have one and the phone is not about to go."""
    account = turn.phone.settings.accounts[index]
    turn.stop(Timer.REGISTER, index)
    if not usable(account) or turn.phone.leaving in (Leaving.UNREGISTERING, Leaving.GONE):
        turn.change_line(index, state=LineState.OFF)
        return
    if turn.phone.engine_up:
        paths = turn.phone.paths
        turn.do(RegisterLine(index, account, paths.via, paths.server if asked(turn.phone.settings, index) else ""))
    turn.change_line(index, state=LineState.TRYING)


def registered(turn: Turn, event: LineRegistered) -> None:
    """The registrar said 200: the engine refreshes from here on."""
    if not _known(turn, event.line):
        return
    turn.stop(Timer.REGISTER, event.line)
    turn.change_line(event.line, state=LineState.REGISTERED, failures=0, trouble="")


def rejected(turn: Turn, event: LineRejected) -> None:
    """Say why, and try again when the back-off has run."""
    if not _known(turn, event.line):
        return
    failures = turn.phone.lines[event.line].failures + 1
    trouble = line_cause(event.code, event.reason)
    turn.change_line(event.line, state=LineState.WAITING, failures=failures, trouble=trouble)
    wait_s = back_off_s(failures, event.code, event.retry_after_s)
    turn.start(Timer.REGISTER, wait_s, JITTER, event.line)


def messages_counted(turn: Turn, event: MessagesCounted) -> None:
    """Keep how many voice messages wait."""
    if _known(turn, event.line):
        turn.change_line(event.line, messages=event.new)


def settings_changed(turn: Turn, new: Settings) -> None:
    """Register what changed, drop what went, leave alone what stayed."""
    old = turn.phone.settings
    turn.change(settings=new)
    if new.codecs != old.codecs and turn.phone.engine_up:
        turn.do(ConfigureEngine(new.codecs))
    for index in range(len(new.accounts), len(old.accounts)):
        _drop(turn, index)
    kept = turn.phone.lines[: len(new.accounts)]
    turn.change(lines=kept + tuple(Line() for _ in new.accounts[len(kept) :]))
    for index, account in enumerate(new.accounts):
        if index >= len(old.accounts) or account != old.accounts[index]:
            _replace(turn, index, account)


def _replace(turn: Turn, index: int, account: Account) -> None:
    if not usable(account):
        _drop(turn, index)
    turn.change_line(index, state=LineState.OFF, failures=0, trouble="", messages=0)
    register(turn, index)


def _drop(turn: Turn, index: int) -> None:
    turn.stop(Timer.REGISTER, index)
    if turn.phone.engine_up and turn.phone.lines[index].state is not LineState.OFF:
        turn.do(UnregisterLine(index))


def leave(turn: Turn, index: int) -> None:
    """Unregister the line: the phone is about to go (RFC 3261 §10.2.2)."""
    _drop(turn, index)
    turn.change_line(index, state=LineState.OFF)


def _known(turn: Turn, index: int) -> bool:
    """Whether the answer is for a line that still has an account."""
    return index < len(turn.phone.lines) and turn.phone.lines[index].state is not LineState.OFF
