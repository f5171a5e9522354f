"""The call table: for every state of a call and everything that can happen, what is done.

Each pair of `CallState` and `What` is in `TABLE`: a `Move` or an `Ignore` with its
reason. The diagram in ARCHITECTURE.md is drawn from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ranin.core import afterwards, legs
from ranin.core.commands import PlayKeyTone
from ranin.core.state import CELL, LAN, Call, CallState, Desk
from ranin.core.turn import Turn
from ranin.core.words import BUSY, CELL_FAILED


class What(Enum):
    """All that can happen to one call."""

    TRYING = "trying"
    RINGING = "ringing"
    EARLY_MEDIA = "early media"
    ANSWERED = "answered"
    MEDIA = "media"
    ENDED = "ended"
    LIFTED = "lifted"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    DIGIT = "digit"
    SILENCED = "silenced"
    ENGINE_LOST = "engine lost"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Detail:
    """What an event carries besides its kind."""

    code: int = 0
    codec: str = ""
    secure: bool = False
    digit: str = ""


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


def _nothing(_turn: Turn, _call: Call, _detail: Detail) -> None:
    """The change of state says it all."""


def _hang_up(turn: Turn, call: Call, detail: Detail) -> None:
    turn.do(legs.hang_up(call, detail.code))


def _let_go(turn: Turn, call: Call, detail: Detail) -> None:
    """The person ended it: the handset is theirs again."""
    _hang_up(turn, call, detail)
    afterwards.log(turn, call, detail.code or 200)
    afterwards.free_handset(turn)


def _refuse(turn: Turn, call: Call, _detail: Detail) -> None:
    turn.do(legs.hang_up(call, 486))
    afterwards.log(turn, call, 486, seen=True)


def _give_up_ringing(turn: Turn, call: Call, _detail: Detail) -> None:
    turn.do(legs.hang_up(call, 480))
    afterwards.log(turn, call, 480)


def _answer(turn: Turn, call: Call, _detail: Detail) -> None:
    turn.change(desk=Desk.BUSY, digits="", menu=None, notice=None, muted=False)
    turn.do(legs.answer(call))


def _talk(turn: Turn, call: Call, _detail: Detail) -> None:
    turn.change_call(call.number, answered_s=turn.now.mono_s)


def _media(turn: Turn, call: Call, detail: Detail) -> None:
    turn.change_call(call.number, codec=detail.codec, secure=detail.secure, via=turn.phone.paths.via, moving=False)


def _send_digit(turn: Turn, call: Call, detail: Detail) -> None:
    turn.change_call(call.number, digits=(call.digits + detail.digit)[-32:])
    turn.do(legs.send_digit(call, detail.digit), PlayKeyTone(detail.digit))


def _silence(turn: Turn, call: Call, _detail: Detail) -> None:
    turn.change_call(call.number, silenced=True)


def _missed(turn: Turn, call: Call, detail: Detail) -> None:
    afterwards.log(turn, call, detail.code)


_UNREACHED = (408, 503)
"""What the engine says of a server that is not reached; on the LAN it is the other phone (RFC 3261 §8.1.3.1)."""


_BUSY = (486, 600)


def _over(turn: Turn, call: Call, detail: Detail) -> None:
    """The other side or the network ended it: tone and words tell why, and a call that was lost is offered anew."""
    afterwards.log(turn, call, detail.code)
    if call.moving and call.answered_s is not None and detail.code != 200:
        afterwards.offer_again(turn, call)
    elif call.line == CELL and detail.code == 503:
        afterwards.tell_cause(turn, CELL_FAILED)
    elif call.line == LAN and detail.code in _UNREACHED:
        afterwards.tell(turn, 480)
    elif call.outgoing and call.line >= 0 and detail.code in _BUSY:
        afterwards.tell_cause(turn, BUSY)
    else:
        afterwards.tell(turn, detail.code)


def _broken(turn: Turn, call: Call, _detail: Detail) -> None:
    afterwards.log(turn, call, 500)
    afterwards.tell_restarting(turn)


def _missed_by_fault(turn: Turn, call: Call, _detail: Detail) -> None:
    afterwards.log(turn, call, 500)


_S = CallState
_W = What

_HANDSET_UP = Ignore("the handset is up already")
_NO_RING = Ignore("it does not ring here")
_OURS = Ignore("only a call that we placed is told its progress")
_PASSED = Ignore("an earlier answer, overtaken by a later one")
_LEAVING = Ignore("we have hung up already; the end is on its way")
_NO_MEDIA = Ignore("no one hears digits before sound flows")
_DOWN = Ignore("the handset is down while it rings")
_ANSWERED_ONCE = Ignore("it was answered already")
_NO_LIMIT = Ignore("only ringing has a limit of time")
_NOT_CALLED = Ignore("we have not answered; nobody can confirm it")

TABLE: dict[tuple[CallState, What], Move | Ignore] = {
    # Our INVITE is out.
    (_S.DIALED, _W.TRYING): Ignore("100 only stops retransmission (RFC 3261 §17.1.1.2)"),
    (_S.DIALED, _W.RINGING): Move(_S.RINGBACK, _nothing),
    (_S.DIALED, _W.EARLY_MEDIA): Move(_S.EARLY, _nothing),
    (_S.DIALED, _W.ANSWERED): Move(_S.TALKING, _talk),
    (_S.DIALED, _W.MEDIA): Move(_S.DIALED, _media),
    (_S.DIALED, _W.ENDED): Move(None, _over),
    (_S.DIALED, _W.LIFTED): _HANDSET_UP,
    (_S.DIALED, _W.REPLACED): Move(_S.ENDING, _let_go),
    (_S.DIALED, _W.CANCELLED): Move(_S.ENDING, _let_go),
    (_S.DIALED, _W.DIGIT): _NO_MEDIA,
    (_S.DIALED, _W.SILENCED): _NO_RING,
    (_S.DIALED, _W.ENGINE_LOST): Move(None, _broken),
    (_S.DIALED, _W.TIMED_OUT): _NO_LIMIT,
    # The other side rings.
    (_S.RINGBACK, _W.TRYING): _PASSED,
    (_S.RINGBACK, _W.RINGING): Ignore("another phone of theirs rings too (RFC 3261 §13.2.2.1)"),
    (_S.RINGBACK, _W.EARLY_MEDIA): Move(_S.EARLY, _nothing),
    (_S.RINGBACK, _W.ANSWERED): Move(_S.TALKING, _talk),
    (_S.RINGBACK, _W.MEDIA): Move(_S.RINGBACK, _media),
    (_S.RINGBACK, _W.ENDED): Move(None, _over),
    (_S.RINGBACK, _W.LIFTED): _HANDSET_UP,
    (_S.RINGBACK, _W.REPLACED): Move(_S.ENDING, _let_go),
    (_S.RINGBACK, _W.CANCELLED): Move(_S.ENDING, _let_go),
    (_S.RINGBACK, _W.DIGIT): _NO_MEDIA,
    (_S.RINGBACK, _W.SILENCED): _NO_RING,
    (_S.RINGBACK, _W.ENGINE_LOST): Move(None, _broken),
    (_S.RINGBACK, _W.TIMED_OUT): _NO_LIMIT,
    # Their network speaks before the answer.
    (_S.EARLY, _W.TRYING): _PASSED,
    (_S.EARLY, _W.RINGING): Ignore("early media goes on: it carries the ringing (RFC 3960 §3.2)"),
    (_S.EARLY, _W.EARLY_MEDIA): Ignore("it is heard already"),
    (_S.EARLY, _W.ANSWERED): Move(_S.TALKING, _talk),
    (_S.EARLY, _W.MEDIA): Move(_S.EARLY, _media),
    (_S.EARLY, _W.ENDED): Move(None, _over),
    (_S.EARLY, _W.LIFTED): _HANDSET_UP,
    (_S.EARLY, _W.REPLACED): Move(_S.ENDING, _let_go),
    (_S.EARLY, _W.CANCELLED): Move(_S.ENDING, _let_go),
    (_S.EARLY, _W.DIGIT): Move(_S.EARLY, _send_digit),
    (_S.EARLY, _W.SILENCED): _NO_RING,
    (_S.EARLY, _W.ENGINE_LOST): Move(None, _broken),
    (_S.EARLY, _W.TIMED_OUT): _NO_LIMIT,
    # Somebody calls.
    (_S.ALERTING, _W.TRYING): _OURS,
    (_S.ALERTING, _W.RINGING): _OURS,
    (_S.ALERTING, _W.EARLY_MEDIA): _OURS,
    (_S.ALERTING, _W.ANSWERED): _NOT_CALLED,
    (_S.ALERTING, _W.MEDIA): Ignore("sound is joined to the handset by the answer"),
    (_S.ALERTING, _W.ENDED): Move(None, _missed),
    (_S.ALERTING, _W.LIFTED): Move(_S.ANSWERING, _answer),
    (_S.ALERTING, _W.REPLACED): _DOWN,
    (_S.ALERTING, _W.CANCELLED): Move(_S.ENDING, _refuse),
    (_S.ALERTING, _W.DIGIT): _NO_MEDIA,
    (_S.ALERTING, _W.SILENCED): Move(_S.ALERTING, _silence),
    (_S.ALERTING, _W.ENGINE_LOST): Move(None, _missed_by_fault),
    (_S.ALERTING, _W.TIMED_OUT): Move(_S.ENDING, _give_up_ringing),
    # We answered; the ACK is awaited.
    (_S.ANSWERING, _W.TRYING): _OURS,
    (_S.ANSWERING, _W.RINGING): _OURS,
    (_S.ANSWERING, _W.EARLY_MEDIA): _OURS,
    (_S.ANSWERING, _W.ANSWERED): Move(_S.TALKING, _talk),
    (_S.ANSWERING, _W.MEDIA): Move(_S.ANSWERING, _media),
    (_S.ANSWERING, _W.ENDED): Move(None, _over),
    (_S.ANSWERING, _W.LIFTED): _HANDSET_UP,
    (_S.ANSWERING, _W.REPLACED): Move(_S.ENDING, _let_go),
    (_S.ANSWERING, _W.CANCELLED): Move(_S.ENDING, _let_go),
    (_S.ANSWERING, _W.DIGIT): _NO_MEDIA,
    (_S.ANSWERING, _W.SILENCED): _NO_RING,
    (_S.ANSWERING, _W.ENGINE_LOST): Move(None, _broken),
    (_S.ANSWERING, _W.TIMED_OUT): _ANSWERED_ONCE,
    # Both sides hear each other.
    (_S.TALKING, _W.TRYING): _PASSED,
    (_S.TALKING, _W.RINGING): _PASSED,
    (_S.TALKING, _W.EARLY_MEDIA): _PASSED,
    (_S.TALKING, _W.ANSWERED): _ANSWERED_ONCE,
    (_S.TALKING, _W.MEDIA): Move(_S.TALKING, _media),
    (_S.TALKING, _W.ENDED): Move(None, _over),
    (_S.TALKING, _W.LIFTED): _HANDSET_UP,
    (_S.TALKING, _W.REPLACED): Move(_S.ENDING, _let_go),
    (_S.TALKING, _W.CANCELLED): Move(_S.ENDING, _let_go),
    (_S.TALKING, _W.DIGIT): Move(_S.TALKING, _send_digit),
    (_S.TALKING, _W.SILENCED): _NO_RING,
    (_S.TALKING, _W.ENGINE_LOST): Move(None, _broken),
    (_S.TALKING, _W.TIMED_OUT): _ANSWERED_ONCE,
    # We hung up; the end is awaited.
    (_S.ENDING, _W.TRYING): _LEAVING,
    (_S.ENDING, _W.RINGING): _LEAVING,
    (_S.ENDING, _W.EARLY_MEDIA): _LEAVING,
    (_S.ENDING, _W.ANSWERED): Move(_S.ENDING, _hang_up),
    (_S.ENDING, _W.MEDIA): _LEAVING,
    (_S.ENDING, _W.ENDED): Move(None, _nothing),
    (_S.ENDING, _W.LIFTED): _LEAVING,
    (_S.ENDING, _W.REPLACED): _LEAVING,
    (_S.ENDING, _W.CANCELLED): _LEAVING,
    (_S.ENDING, _W.DIGIT): _LEAVING,
    (_S.ENDING, _W.SILENCED): _LEAVING,
    (_S.ENDING, _W.ENGINE_LOST): Move(None, _nothing),
    (_S.ENDING, _W.TIMED_OUT): _LEAVING,
}
