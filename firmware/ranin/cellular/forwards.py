"""The SIM's own call forwards (pure): set, then read back, for only what the network says counts (TS 27.007 §7.11)."""

from ranin.cellular import readings
from ranin.cellular.at import Answer, Ask
from ranin.cellular.network import Network
from ranin.cellular.talk import Script, Talk
from ranin.core.mobile import ForwardReason, SetCellForward
from ranin.core.outage import OrderTried, Outcome

WITHIN_S = 120.0
"""The home network is asked."""
NO_REPLY_S = 20
"""Before a call that nobody takes goes on; 5 to 30 in steps of 5 (3GPP TS 22.082)."""
_VOICE = 1
_NEVER = frozenset({3, 4, 50, 133})
"""+CME errors that trying again does not mend: not allowed, not supported, wrong parameters, not subscribed."""


def carry_out(talk: Talk, network: Network, order: SetCellForward) -> Script:
    """Set or erase one forward of voice calls and tell what came of it."""
    number = readings.clean_number(order.number)
    refusal = network.order_refusal(costs=bool(number))
    if refusal or number != order.number:
        outcome = Outcome.FAILED if refusal else Outcome.REFUSED
        talk.tell(OrderTried(order.order, outcome, refusal or "this is no number to forward to"))
        return
    answer = yield Ask(_register(order.reason, number) if number else _erase(order.reason), WITHIN_S)
    if answer.final.word == "ERROR" and not number:  # some take no empty parameters
        answer = yield Ask(f"AT+CCFC={order.reason.value},4", WITHIN_S)
    if not answer.ok:
        talk.tell(_failed(order, answer))
        return
    answer = yield Ask(f"AT+CCFC={order.reason.value},2", WITHIN_S, "+CCFC")
    talk.tell(_verdict(order, answer))


def _register(reason: ForwardReason, number: str) -> str:
    kind = 145 if number.startswith("+") else 129
    after = f",,,{NO_REPLY_S}" if reason is ForwardReason.NO_REPLY else ""
    return f'AT+CCFC={reason.value},3,"{number}",{kind},{_VOICE}{after}'


def _erase(reason: ForwardReason) -> str:
    return f"AT+CCFC={reason.value},4,,,{_VOICE}"


def _failed(order: SetCellForward, answer: Answer) -> OrderTried:
    outcome = Outcome.REFUSED if answer.final.code in _NEVER else Outcome.FAILED
    return OrderTried(order.order, outcome, answer.final.words)


def _verdict(order: SetCellForward, answer: Answer) -> OrderTried:
    """What the read-back says against what was wanted."""
    if not answer.ok or not answer.lines:
        return OrderTried(order.order, Outcome.FAILED, f"it could not be read back: {answer.final.words}")
    rows = [row for row in map(readings.forward, answer.lines) if row.active and row.voice]
    armed = bool(rows)
    if not order.number:
        detail = f"the network still forwards to {rows[0].number}" if armed else ""
    elif armed:
        right = readings.same_number(rows[0].number, order.number)
        detail = "" if right else f"the network forwards to {rows[0].number}"
    else:
        detail = "the network shows no forward"
    return OrderTried(order.order, Outcome.FAILED if detail else Outcome.DONE, detail, armed)
