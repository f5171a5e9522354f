"""Things the phone says of itself: a moment on the display, a short tone in the ear."""

from ranin.core.events import Timer
from ranin.core.tones import Signal
from ranin.core.turn import Turn
from ranin.core.words import Cause

NOTICE_S = 4.0
EAR_NOTICE_S = 0.6


def say(turn: Turn, title: str, text: str) -> None:
    """Say something on the display for a moment."""
    turn.change(notice=Cause(title, text, Signal.CONGESTION))
    turn.start(Timer.NOTICE, NOTICE_S)


def announce(turn: Turn, title: str, text: str) -> None:
    """Say something that matters in a call as well: the ear is told by a tone."""
    say(turn, title, text)
    announce_in_ear(turn)


def announce_in_ear(turn: Turn) -> None:
    """A short tone: something has changed, and the display says what."""
    turn.change(ear_notice=True)
    turn.start(Timer.EAR_NOTICE, EAR_NOTICE_S)
