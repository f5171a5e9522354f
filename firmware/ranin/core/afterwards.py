"""What follows a call: its line in the log, and the handset's way back to rest."""

from ranin.core.commands import LogCall
from ranin.core.events import Direction, LoggedCall, Timer
from ranin.core.mobile import JoinCellSound, LeaveCellSound
from ranin.core.state import Call, Desk
from ranin.core.turn import Turn
from ranin.core.words import LOST, RESTARTING, Cause, call_cause

LOG_LENGTH = 100
"""Calls kept at hand; the call log in storage keeps more."""

FIRST_DIGIT_S = 15.0
"""Dial tone waits this long for a digit (ITU-T Q.35: 10 to 20 s)."""
TELL_S = 20.0
"""How long tone and words tell why a call ended, before the howler."""
HOWL_S = 60.0
"""How long the howler calls for a handset left off."""


def log(turn: Turn, call: Call, code: int, seen: bool = False, direction: Direction | None = None) -> None:
    """Keep the finished call; its direction is told by the call where it is not given."""
    direction = direction or _direction(call)
    talk_s = 0 if call.answered_s is None else int(turn.now.mono_s - call.answered_s)
    entry = LoggedCall(
        direction,
        call.name,
        call.peer,
        call.started.isoformat(timespec="seconds"),
        talk_s,
        code,
        seen or direction is not Direction.MISSED,
        call.verstat,
    )
    turn.change(log=(entry, *turn.phone.log)[:LOG_LENGTH])
    turn.do(LogCall(entry))


def _direction(call: Call) -> Direction:
    if call.outgoing:
        return Direction.OUT
    return Direction.MISSED if call.answered_s is None else Direction.IN


def free_handset(turn: Turn) -> None:
    """The person ended the call: dial tone if the handset is up, rest if it is down."""
    if turn.phone.active is not None:  # others of the conference go on
        return
    turn.change(muted=False)
    if turn.phone.lifted:
        give_dial_tone(turn)
    else:
        rest(turn)


def give_dial_tone(turn: Turn) -> None:
    """Ready for a number."""
    turn.stop(Timer.DIGIT)
    turn.change(desk=Desk.DIAL_TONE, digits="", cause=None, again="")
    turn.start(Timer.OFF_HOOK, FIRST_DIGIT_S)


def rest(turn: Turn) -> None:
    """The handset is down: everything it had is forgotten."""
    turn.stop(Timer.DIGIT)
    turn.stop(Timer.OFF_HOOK)
    turn.change(desk=Desk.RESTING, digits="", cause=None, again="", muted=False)


def tell(turn: Turn, code: int) -> None:
    """Tell by tone and words why the call ended."""
    tell_cause(turn, call_cause(code))


def offer_again(turn: Turn, call: Call) -> None:
    """The network took the call away: one key calls the same number again."""
    tell_cause(turn, LOST)
    turn.change(again=call.peer if turn.phone.cause is LOST else "")


def join_cell(turn: Turn) -> None:
    """Have the modem's voice in the bridge, if there is one and an engine to have it."""
    sound = turn.phone.sound
    if sound is not None and turn.phone.engine_up:
        turn.do(JoinCellSound(sound.call, sound.pcm, sound.device, sound.rate))


def leave_cell(turn: Turn) -> None:
    """Take the modem's voice off the bridge once its call is over."""
    sound = turn.phone.sound
    if sound is not None and turn.phone.call(sound.call) is None:
        turn.change(sound=None)
        turn.do(LeaveCellSound(sound.call))


def tell_restarting(turn: Turn) -> None:
    """The engine died under the call."""
    tell_cause(turn, RESTARTING)


def tell_cause(turn: Turn, cause: Cause) -> None:
    """Tell `cause` in the ear and on the display until the handset is put back, if nobody else is in it."""
    if turn.phone.active is not None:
        return
    turn.stop(Timer.DIGIT)
    if not turn.phone.lifted:
        rest(turn)
        return
    turn.change(desk=Desk.AFTER_CALL, cause=cause, digits="", again="", muted=False)
    turn.start(Timer.OFF_HOOK, TELL_S)


def left_off(turn: Turn) -> None:
    """The handset has been up and idle for too long: howl, then hush."""
    if turn.phone.desk is Desk.HOWLING or turn.phone.held:  # nobody howls beside a call that waits
        turn.change(desk=Desk.HUSHED, digits="", cause=None, again="")
    elif turn.phone.desk in (Desk.DIAL_TONE, Desk.AFTER_CALL):
        turn.change(desk=Desk.HOWLING, digits="", cause=None, again="")
        turn.start(Timer.OFF_HOOK, HOWL_S)
