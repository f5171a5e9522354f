"""The lines: registering accounts and keeping them registered (RFC 3261 §10, RFC 5626 §4.5)."""

from dataclasses import replace

from ranin.core.commands import ConfigureEngine, ConnectEar, RegisterLine, SetVolume, UnregisterLine
from ranin.core.events import (
    EngineLost,
    EngineReady,
    LineRegistered,
    LineRejected,
    MessagesCounted,
    ServersFound,
    Timer,
)
from ranin.core.neighbours import JoinCalls
from ranin.core.settings import Account, Settings
from ranin.core.state import Leaving, Line, LineState
from ranin.core.turn import Turn
from ranin.core.words import PERMANENT, line_cause

BASE_S = 30.0
"""RFC 5626 §4.5: base time when every flow has failed."""
LONGEST_S = 1800.0
"""RFC 5626 §4.5: the longest wait."""
JITTER = 0.5
"""RFC 5626 §4.5: the wait is uniformly random between 50 and 100 % of the bound."""
LONGEST_RETRY_AFTER_S = 3600.0
UNREACHED = frozenset({0, 408, 502, 503, 504})
"""Answers that say nothing of the account: another server may do (RFC 3263 §4.3)."""
ANSWER_WITHIN_S = 8.0
"""How long one of several servers is waited for; SIP itself would give it 32 s."""
RETURN_AFTER_S = 300.0
"""How long a line stays at another server before the best is tried again; twice as long after each failure."""
BUSY_S = 30.0
"""How soon it is looked again whether a line has no call."""


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
    return asked_for is not None and settings.accounts[index].places == asked_for.places


def usable(account: Account) -> bool:
    """Whether the account says enough to register: a user and a server."""
    return bool(account.user and (account.domain or account.server))


def engine_ready(turn: Turn, _event: EngineReady) -> None:
    """A new engine knows nothing: tell it everything, register every line at once."""
    settings = turn.phone.settings
    turn.change(engine_up=True)
    turn.change(shown=replace(turn.phone.shown, ear=ConnectEar(), joined=JoinCalls()))
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
        _send(turn, index)
    turn.change_line(index, state=LineState.TRYING, returning=False)


def _send(turn: Turn, index: int) -> None:
    """Have the line register at the server whose turn it is."""
    phone, at = turn.phone, turn.phone.lines[index].at
    known = phone.paths.server if at == 0 and asked(phone.settings, index) else ""
    turn.do(RegisterLine(index, phone.settings.accounts[index], phone.paths.via, known, at))


def servers_found(turn: Turn, event: ServersFound) -> None:
    """One that has others does not get all the time that SIP would give it."""
    if not _known(turn, event.line):
        return
    line = turn.change_line(event.line, servers=event.count)
    if event.count > 1 and (line.state is LineState.TRYING or line.returning):
        turn.start(Timer.REGISTER, ANSWER_WITHIN_S, of=event.line)


def timer(turn: Turn, index: int) -> None:
    """A wait is over: for an answer, for the next try, or for going back to the best server."""
    line = turn.phone.lines[index]
    if line.returning or (line.state is LineState.TRYING and line.servers > 1):
        rejected(turn, LineRejected(index, 408, ""))
    elif line.state is LineState.REGISTERED:
        _go_back(turn, index)
    else:
        register(turn, index)


def _go_back(turn: Turn, index: int) -> None:
    """Between calls, try the best server; what the line has now holds until that one has answered."""
    if any(call.line == index for call in turn.phone.calls):
        turn.start(Timer.REGISTER, BUSY_S, of=index)
        return
    turn.change_line(index, at=0, returning=True)
    turn.start(Timer.REGISTER, ANSWER_WITHIN_S, of=index)
    _send(turn, index)


def registered(turn: Turn, event: LineRegistered) -> None:
    """The registrar said 200: the engine refreshes from here on, and every refresh is told too."""
    if not _known(turn, event.line):
        return
    line = turn.phone.lines[event.line]
    if line.state is LineState.REGISTERED and not line.returning:
        return
    turn.stop(Timer.REGISTER, event.line)
    if line.returning:
        turn.note(f"{_name(turn, event.line)} is back at its server")
    returns = line.returns if line.at else 0
    turn.change_line(event.line, state=LineState.REGISTERED, failures=0, trouble="", returning=False, returns=returns)
    if line.at:
        turn.start(Timer.REGISTER, min(LONGEST_S, RETURN_AFTER_S * 2.0 ** min(returns, 16)), JITTER, event.line)


def rejected(turn: Turn, event: LineRejected) -> None:
    """Say why, and try again when the back-off has run."""
    if not _known(turn, event.line):
        return
    before = turn.phone.lines[event.line]
    if (event.code in UNREACHED or before.returning) and _try_another(turn, event.line):
        return
    failures = before.failures + 1
    trouble = line_cause(event.code, event.reason)
    turn.change_line(event.line, state=LineState.WAITING, failures=failures, trouble=trouble, at=0, returning=False)
    wait_s = back_off_s(failures, event.code, event.retry_after_s)
    turn.start(Timer.REGISTER, wait_s, JITTER, event.line)


def _try_another(turn: Turn, index: int) -> bool:
    """Register at the next server at once, after one that served at the best; False when all have been tried."""
    line = turn.phone.lines[index]
    if line.returning:
        at, returns = 1, line.returns + 1
    elif line.at and line.state is LineState.REGISTERED:
        at, returns = 0, line.returns
    else:
        at, returns = line.at + 1, line.returns
    if at >= line.servers:
        return False
    if not line.returning:
        turn.note(f"{_name(turn, index)}: the server does not answer, another one is tried")
    turn.change_line(index, at=at, returns=returns)
    register(turn, index)
    return True


def doubt(turn: Turn, index: int) -> None:
    """A call was not answered for: a server that has others behind it must answer now, or the next one's turn comes."""
    line = turn.phone.lines[index] if 0 <= index < len(turn.phone.lines) else Line()
    if line.state is LineState.REGISTERED and line.servers > 1 and not line.returning:
        register(turn, index)


def best_is_silent(turn: Turn) -> None:
    """The links' server does not answer while another one of its lines does: they need not wait to find out."""
    for index, line in enumerate(turn.phone.lines):
        if line.state is LineState.REGISTERED and line.at == 0 and asked(turn.phone.settings, index):
            rejected(turn, LineRejected(index, 408, ""))


def _name(turn: Turn, index: int) -> str:
    account = turn.phone.settings.accounts[index]
    return account.label or account.user


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
    turn.change(lines=(*turn.phone.lines[:index], Line(), *turn.phone.lines[index + 1 :]))
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
