"""The call table: for every state of a call and everything that can happen, what is done.

Each pair of `CallState` and `What` is in `TABLE`: a `Move` or an `Ignore` with its
reason. The diagram in ARCHITECTURE.md is drawn from it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ranin.core import deeds
from ranin.core.happenings import Detail, What
from ranin.core.state import Call, CallState
from ranin.core.turn import Turn

Action = Callable[[Turn, Call, Detail], None]


@dataclass(frozen=True, slots=True)
class Move:
    """Go to `to` and do `action`; `to` None: the call is over."""

    to: CallState | None
    action: Action


@dataclass(frozen=True, slots=True)
class Ignore:
    """Nothing is done, for this reason."""

    reason: str


def happen(turn: Turn, number: int, what: What, detail: Detail = Detail()) -> None:
    """Carry out what the table says; a call that is gone is nobody's business any more."""
    call = turn.phone.call(number)
    if call is None:
        return
    row = TABLE[call.state, what]
    if isinstance(row, Ignore):
        return
    if row.to is None:
        turn.drop_call(number)
    else:
        call = turn.change_call(number, state=row.to)
    row.action(turn, call, detail)


Rows = dict[tuple[CallState, What], Move | Ignore]


def _ignored(state: CallState, reason: str, *whats: What) -> Rows:
    return {(state, what): Ignore(reason) for what in whats}


_S = CallState
_W = What

_PROGRESS = (_W.TRYING, _W.RINGING, _W.EARLY_MEDIA)
_ASIDE = (_W.HOLD, _W.RESUME)
_TRANSFER = (_W.REFER, _W.REFERRED, _W.NOT_REFERRED)

_HANDSET_UP = Ignore("the handset is up already")
_NO_RING = Ignore("it does not ring here")
_OURS = "only a call that we placed is told its progress"
_PASSED = Ignore("an earlier answer, overtaken by a later one")
_LEAVING = "we have hung up already; the end is on its way"
_NO_MEDIA = Ignore("no one hears digits before sound flows")
_DOWN = Ignore("the handset is down while it rings")
_ANSWERED_ONCE = Ignore("it was answered already")
_NO_LIMIT = Ignore("only ringing and a transfer have a limit of time")
_NOT_CALLED = Ignore("we have not answered; nobody can confirm it")
_NOT_TALKING = "only a conversation can be put aside"
_NOT_ASIDE = "a call is put aside before it is transferred"
_KEPT = Ignore("it is kept while the handset is used otherwise")
_UNDER_WAY = "its transfer is under way"

TABLE: Rows = {
    # Our INVITE is out.
    (_S.DIALED, _W.TRYING): Ignore("100 only stops retransmission (RFC 3261 §17.1.1.2)"),
    (_S.DIALED, _W.RINGING): Move(_S.RINGBACK, deeds.nothing),
    (_S.DIALED, _W.EARLY_MEDIA): Move(_S.EARLY, deeds.nothing),
    (_S.DIALED, _W.ANSWERED): Move(_S.TALKING, deeds.talk),
    (_S.DIALED, _W.MEDIA): Move(_S.DIALED, deeds.media),
    (_S.DIALED, _W.PEER_HOLDS): Move(_S.DIALED, deeds.peer_holds),
    (_S.DIALED, _W.ENDED): Move(None, deeds.over),
    (_S.DIALED, _W.LIFTED): _HANDSET_UP,
    (_S.DIALED, _W.REPLACED): Move(_S.ENDING, deeds.let_go),
    (_S.DIALED, _W.CANCELLED): Move(_S.ENDING, deeds.let_go),
    (_S.DIALED, _W.DIGIT): _NO_MEDIA,
    (_S.DIALED, _W.SILENCED): _NO_RING,
    (_S.DIALED, _W.ENGINE_LOST): Move(None, deeds.broken),
    (_S.DIALED, _W.TIMED_OUT): _NO_LIMIT,
    **_ignored(_S.DIALED, _NOT_TALKING, *_ASIDE, *_TRANSFER),
    # The other side rings.
    (_S.RINGBACK, _W.TRYING): _PASSED,
    (_S.RINGBACK, _W.RINGING): Ignore("another phone of theirs rings too (RFC 3261 §13.2.2.1)"),
    (_S.RINGBACK, _W.EARLY_MEDIA): Move(_S.EARLY, deeds.nothing),
    (_S.RINGBACK, _W.ANSWERED): Move(_S.TALKING, deeds.talk),
    (_S.RINGBACK, _W.MEDIA): Move(_S.RINGBACK, deeds.media),
    (_S.RINGBACK, _W.PEER_HOLDS): Move(_S.RINGBACK, deeds.peer_holds),
    (_S.RINGBACK, _W.ENDED): Move(None, deeds.over),
    (_S.RINGBACK, _W.LIFTED): _HANDSET_UP,
    (_S.RINGBACK, _W.REPLACED): Move(_S.ENDING, deeds.let_go),
    (_S.RINGBACK, _W.CANCELLED): Move(_S.ENDING, deeds.let_go),
    (_S.RINGBACK, _W.DIGIT): _NO_MEDIA,
    (_S.RINGBACK, _W.SILENCED): _NO_RING,
    (_S.RINGBACK, _W.ENGINE_LOST): Move(None, deeds.broken),
    (_S.RINGBACK, _W.TIMED_OUT): _NO_LIMIT,
    **_ignored(_S.RINGBACK, _NOT_TALKING, *_ASIDE, *_TRANSFER),
    # Their network speaks before the answer.
    (_S.EARLY, _W.TRYING): _PASSED,
    (_S.EARLY, _W.RINGING): Ignore("early media goes on: it carries the ringing (RFC 3960 §3.2)"),
    (_S.EARLY, _W.EARLY_MEDIA): Ignore("it is heard already"),
    (_S.EARLY, _W.ANSWERED): Move(_S.TALKING, deeds.talk),
    (_S.EARLY, _W.MEDIA): Move(_S.EARLY, deeds.media),
    (_S.EARLY, _W.PEER_HOLDS): Move(_S.EARLY, deeds.peer_holds),
    (_S.EARLY, _W.ENDED): Move(None, deeds.over),
    (_S.EARLY, _W.LIFTED): _HANDSET_UP,
    (_S.EARLY, _W.REPLACED): Move(_S.ENDING, deeds.let_go),
    (_S.EARLY, _W.CANCELLED): Move(_S.ENDING, deeds.let_go),
    (_S.EARLY, _W.DIGIT): Move(_S.EARLY, deeds.send_digit),
    (_S.EARLY, _W.SILENCED): _NO_RING,
    (_S.EARLY, _W.ENGINE_LOST): Move(None, deeds.broken),
    (_S.EARLY, _W.TIMED_OUT): _NO_LIMIT,
    **_ignored(_S.EARLY, _NOT_TALKING, *_ASIDE, *_TRANSFER),
    # Somebody calls.
    **_ignored(_S.ALERTING, _OURS, *_PROGRESS),
    (_S.ALERTING, _W.ANSWERED): _NOT_CALLED,
    (_S.ALERTING, _W.MEDIA): Ignore("sound is joined to the handset by the answer"),
    (_S.ALERTING, _W.PEER_HOLDS): Ignore("nobody is heard before the answer"),
    (_S.ALERTING, _W.ENDED): Move(None, deeds.missed),
    (_S.ALERTING, _W.LIFTED): Move(_S.ANSWERING, deeds.answer),
    (_S.ALERTING, _W.REPLACED): _DOWN,
    (_S.ALERTING, _W.CANCELLED): Move(_S.ENDING, deeds.refuse),
    (_S.ALERTING, _W.DIGIT): _NO_MEDIA,
    (_S.ALERTING, _W.SILENCED): Move(_S.ALERTING, deeds.silence),
    (_S.ALERTING, _W.ENGINE_LOST): Move(None, deeds.lost_by_fault),
    (_S.ALERTING, _W.TIMED_OUT): Move(_S.ENDING, deeds.give_up_ringing),
    **_ignored(_S.ALERTING, _NOT_TALKING, *_ASIDE, *_TRANSFER),
    # We answered; the ACK is awaited.
    **_ignored(_S.ANSWERING, _OURS, *_PROGRESS),
    (_S.ANSWERING, _W.ANSWERED): Move(_S.TALKING, deeds.talk),
    (_S.ANSWERING, _W.MEDIA): Move(_S.ANSWERING, deeds.media),
    (_S.ANSWERING, _W.PEER_HOLDS): Move(_S.ANSWERING, deeds.peer_holds),
    (_S.ANSWERING, _W.ENDED): Move(None, deeds.over),
    (_S.ANSWERING, _W.LIFTED): _HANDSET_UP,
    (_S.ANSWERING, _W.REPLACED): Move(_S.ENDING, deeds.let_go),
    (_S.ANSWERING, _W.CANCELLED): Move(_S.ENDING, deeds.let_go),
    (_S.ANSWERING, _W.DIGIT): _NO_MEDIA,
    (_S.ANSWERING, _W.SILENCED): _NO_RING,
    (_S.ANSWERING, _W.ENGINE_LOST): Move(None, deeds.broken),
    (_S.ANSWERING, _W.TIMED_OUT): _ANSWERED_ONCE,
    **_ignored(_S.ANSWERING, _NOT_TALKING, *_ASIDE, *_TRANSFER),
    # Both sides hear each other; several such calls are a conference.
    **_ignored(_S.TALKING, _PASSED.reason, *_PROGRESS),
    (_S.TALKING, _W.ANSWERED): _ANSWERED_ONCE,
    (_S.TALKING, _W.MEDIA): Move(_S.TALKING, deeds.media),
    (_S.TALKING, _W.PEER_HOLDS): Move(_S.TALKING, deeds.peer_holds),
    (_S.TALKING, _W.ENDED): Move(None, deeds.over),
    (_S.TALKING, _W.LIFTED): _HANDSET_UP,
    (_S.TALKING, _W.REPLACED): Move(_S.ENDING, deeds.let_go),
    (_S.TALKING, _W.CANCELLED): Move(_S.ENDING, deeds.let_go),
    (_S.TALKING, _W.DIGIT): Move(_S.TALKING, deeds.send_digit),
    (_S.TALKING, _W.SILENCED): _NO_RING,
    (_S.TALKING, _W.HOLD): Move(_S.HELD, deeds.hold),
    (_S.TALKING, _W.RESUME): Ignore("it has the handset"),
    (_S.TALKING, _W.ENGINE_LOST): Move(None, deeds.broken),
    (_S.TALKING, _W.TIMED_OUT): _ANSWERED_ONCE,
    **_ignored(_S.TALKING, _NOT_ASIDE, *_TRANSFER),
    # Put aside.
    **_ignored(_S.HELD, _PASSED.reason, *_PROGRESS),
    (_S.HELD, _W.ANSWERED): _ANSWERED_ONCE,
    (_S.HELD, _W.MEDIA): Move(_S.HELD, deeds.media),
    (_S.HELD, _W.PEER_HOLDS): Move(_S.HELD, deeds.peer_holds),
    (_S.HELD, _W.ENDED): Move(None, deeds.held_over),
    (_S.HELD, _W.LIFTED): _KEPT,
    (_S.HELD, _W.REPLACED): _KEPT,
    (_S.HELD, _W.CANCELLED): Move(_S.ENDING, deeds.end_held),
    (_S.HELD, _W.DIGIT): _KEPT,
    (_S.HELD, _W.SILENCED): _NO_RING,
    (_S.HELD, _W.HOLD): Ignore("it is put aside already"),
    (_S.HELD, _W.RESUME): Move(_S.TALKING, deeds.resume),
    (_S.HELD, _W.REFER): Move(_S.TRANSFERRING, deeds.refer),
    (_S.HELD, _W.REFERRED): Ignore("its transfer was given up"),
    (_S.HELD, _W.NOT_REFERRED): Ignore("its transfer was given up"),
    (_S.HELD, _W.ENGINE_LOST): Move(None, deeds.lost_by_fault),
    (_S.HELD, _W.TIMED_OUT): _ANSWERED_ONCE,
    # Our REFER is out.
    **_ignored(_S.TRANSFERRING, _PASSED.reason, *_PROGRESS),
    (_S.TRANSFERRING, _W.ANSWERED): _ANSWERED_ONCE,
    (_S.TRANSFERRING, _W.MEDIA): Move(_S.TRANSFERRING, deeds.media),
    (_S.TRANSFERRING, _W.PEER_HOLDS): Move(_S.TRANSFERRING, deeds.peer_holds),
    (_S.TRANSFERRING, _W.ENDED): Move(None, deeds.held_over),
    (_S.TRANSFERRING, _W.LIFTED): _KEPT,
    (_S.TRANSFERRING, _W.REPLACED): _KEPT,
    (_S.TRANSFERRING, _W.CANCELLED): Move(_S.ENDING, deeds.end_held),
    (_S.TRANSFERRING, _W.DIGIT): _KEPT,
    (_S.TRANSFERRING, _W.SILENCED): _NO_RING,
    **_ignored(_S.TRANSFERRING, _UNDER_WAY, *_ASIDE, _W.REFER),
    (_S.TRANSFERRING, _W.REFERRED): Move(_S.ENDING, deeds.referred),
    (_S.TRANSFERRING, _W.NOT_REFERRED): Move(_S.HELD, deeds.not_referred),
    (_S.TRANSFERRING, _W.ENGINE_LOST): Move(None, deeds.lost_by_fault),
    (_S.TRANSFERRING, _W.TIMED_OUT): Move(_S.HELD, deeds.not_referred),
    # We hung up; the end is awaited.
    **_ignored(_S.ENDING, _LEAVING, *_PROGRESS, _W.MEDIA, _W.PEER_HOLDS, _W.LIFTED, _W.REPLACED, _W.CANCELLED),
    **_ignored(_S.ENDING, _LEAVING, _W.DIGIT, _W.SILENCED, *_ASIDE, *_TRANSFER, _W.TIMED_OUT),
    (_S.ENDING, _W.ANSWERED): Move(_S.ENDING, deeds.hang_up),
    (_S.ENDING, _W.ENDED): Move(None, deeds.nothing),
    (_S.ENDING, _W.ENGINE_LOST): Move(None, deeds.nothing),
}
