"""The orders that a call needs, in the words of what carries it: the SIP engine or the modem."""

from ranin.core.commands import (
    AlertCaller,
    AnswerCall,
    Command,
    HangUpCall,
    HoldCall,
    PlaceCall,
    RefuseOffer,
    ResumeCall,
    SendDtmf,
)
from ranin.core.mobile import (
    AlertCellCaller,
    AnswerCellCall,
    HangUpCellCall,
    PlaceCellCall,
    RefuseCellOffer,
    SendCellDtmf,
)
from ranin.core.pages import PAGE, SendPage, StopPage
from ranin.core.state import CELL, Call


def place(call: Call) -> Command:
    """Call its peer."""
    if call.line == CELL:
        return PlaceCellCall(call.number, call.place or call.peer, call.hidden)
    if call.line == PAGE:
        return SendPage(call.number, call.place)
    return PlaceCall(call.number, call.line, call.place or call.peer, call.hidden)


def alert(call: Call, offer: str) -> Command:
    """Take the offer as this call."""
    return AlertCellCaller(call.number, offer) if call.line == CELL else AlertCaller(call.number, offer)


def refuse(line: int, offer: str, code: int = 486, target: str = "") -> Command:
    """Tell the caller that we are busy, or what `code` says; `target` is for 302."""
    return RefuseCellOffer(offer) if line == CELL else RefuseOffer(offer, code, target)


def answer(call: Call) -> Command:
    """Pick up."""
    return AnswerCellCall(call.number) if call.line == CELL else AnswerCall(call.number)


def hang_up(call: Call, code: int = 0, target: str = "") -> Command:
    """End it, whatever its state; `code` is for a SIP call not answered yet."""
    if call.line == PAGE:
        return StopPage(call.number)
    return HangUpCellCall(call.number) if call.line == CELL else HangUpCall(call.number, code, target)


def hold(call: Call) -> tuple[Command, ...]:
    """Tell the other side that it is put aside; a mobile call only hears music."""
    return () if call.line == CELL else (HoldCall(call.number),)


def resume(call: Call) -> tuple[Command, ...]:
    """Tell the other side that it is taken back."""
    return () if call.line == CELL else (ResumeCall(call.number),)


def send_digit(call: Call, digit: str) -> Command:
    """Send one DTMF digit."""
    return SendCellDtmf(call.number, digit) if call.line == CELL else SendDtmf(call.number, digit)
