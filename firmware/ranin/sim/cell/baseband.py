"""What a simulated modem does for each AT command, as its family does it."""

import re
from collections.abc import Callable

from ranin.cellular.readings import CallStat
from ranin.sim.cell.families import FAMILIES
from ranin.sim.cell.line import Line
from ranin.sim.cell.mobile import Mobile, SimCall

_EMERGENCY = {"112", "911", "999", "000", "08", "110", "118", "119"}
_CARD_BUSY_S = 0.3
"""After the PIN, what needs the SIM answers +CME ERROR 14 for so long."""
_NO_PCM_S = 0.1
"""At the beginning of a call CPCMREG fails for so long."""
_RESET_AFTER_S = 0.1
"""Between the OK to AT+CFUN=1,1 and the reset."""
_OK, _ERROR = "OK", "ERROR"
_KNOWN = frozenset({"V", "+CMEE", "+CTZU", "+CTZR", "+CSCS"})
_NEEDS_CARD = frozenset({"+CLIP", "+CCWA", "+CMGF", "+CPMS", "+CNMI"})


class Baseband:
    """Bytes in, bytes out; `mobile` is the network, `faults` is what goes wrong."""

    def __init__(self, family: str, clock: Callable[[], float], pin: str = "", card: bool = True) -> None:
        self.name = family
        self.family = FAMILIES[family]
        self.clock = clock
        self.mobile = Mobile(clock, self._unasked, self._call_changed, self._rang, self._registered)
        self.mobile.act = self.family.act
        self.line = Line(self._command, self._take_body, self.mobile.later)
        self.faults = self.line.faults
        self.pin, self.card, self.attempts = pin, card, 3
        self.entered: list[str] = []
        """PINs that were tried, as they came."""
        self.commands: list[str] = []
        self.voice = False
        """The voice flows."""
        self.resets = 0
        self.on_reset: Callable[[], None] = self.boot
        """What AT+CFUN=1,1 does: start at once, or leave the bus first."""
        self._unlocked = not pin
        self._card_ready_s = 0.0

    @property
    def deadline_s(self) -> float | None:
        """When `tick` has something to do."""
        return self.mobile.deadline_s

    def tick(self) -> None:
        """Time has passed."""
        self.mobile.due()
        self.line.on_output()

    def boot(self) -> None:
        """Start: whatever was told is forgotten, the SIM is locked again."""
        self.line.clear()
        self.mobile.clear()
        self.voice, self._unlocked = False, not self.pin
        self.line.say(*self.family.boot)

    def feed(self, data: bytes) -> None:
        """The phone writes; a hung modem hears a reset, nothing else."""
        if self.faults.hung and b"AT+CFUN=1,1\r" in data:
            self._reset()
        else:
            self.line.feed(data)

    def _reset(self) -> None:
        self.resets += 1
        self.on_reset()

    def _unasked(self, line: str) -> None:
        double = line.startswith("RING") and self.name == "SIM7600"
        self.line.say("\r" + line if double else line)

    def _take_body(self, pdu: str) -> list[str]:
        self.mobile.submit(pdu)
        return ["+CMGS: 5", _OK]

    def _command(self, text: str) -> list[str]:
        self.commands.append(text)
        return self._carry_out(text)

    def _carry_out(self, text: str) -> list[str]:
        """The lines that answer a command; none when they come later."""
        match = re.fullmatch(r"AT([+^&*]?[A-Z]+|)(.*)", text)
        if match is None:
            return [_ERROR]
        name, rest = match[1], match[2]
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self, rest)
        if name in _NEEDS_CARD:
            return self._with_card([_OK])
        return [_OK] if name in _KNOWN or name in self.family.own else [_ERROR]

    def _with_card(self, lines: list[str]) -> list[str]:
        if not self.card:
            return ["+CME ERROR: 10"]
        if not self._unlocked:
            return ["+CME ERROR: 11"]
        return ["+CME ERROR: 14"] if self.clock() < self._card_ready_s else lines

    def _pin(self, rest: str) -> list[str]:
        if not self.card:
            return ["+CME ERROR: 10"]
        if rest == "?":
            return [f"+CPIN: {self._pin_state()}", _OK]
        return self._enter(rest.strip('="'))

    def _pin_state(self) -> str:
        if not self.attempts:
            return "SIM PUK"
        return "READY" if self._unlocked else "SIM PIN"

    def _enter(self, pin: str) -> list[str]:
        self.entered.append(pin)
        if pin != self.pin or not self.attempts:
            self.attempts = max(0, self.attempts - 1)
            return ["+CME ERROR: 16" if self.attempts else "+CME ERROR: 12"]
        self._unlocked, self.attempts = True, 3
        self._card_ready_s = self.clock() + _CARD_BUSY_S
        self.mobile.later(_CARD_BUSY_S, lambda: self._unasked("+CPIN: READY"))
        return [_OK]

    def _attempts(self, name: str) -> list[str]:
        known = name == self.family.attempts
        return [self.family.attempts_line.format(left=self.attempts), _OK] if known else [_ERROR]

    def _register_line(self, name: str, answer: bool) -> str:
        place = '"1A2B","01C3D4E5"' if self.family.packet else '"1A2B","01C3"'
        act = f",{self.mobile.act}" if self.family.packet else ""
        there = f",{place}{act}" if self.mobile.state in (1, 5) else ""
        return f"{name}: {'2,' if answer else ''}{self.mobile.state if self.card else 8}{there}"

    def _creg(self, name: str, rest: str) -> list[str]:
        if name == "+CEREG" and not self.family.packet:
            return [_ERROR]
        return [self._register_line(name, True), _OK] if rest == "?" else [_OK]

    def _registered(self) -> None:
        self._unasked(self._register_line("+CREG", False))
        if self.family.packet:
            self._unasked(self._register_line("+CEREG", False))

    def _cops(self, rest: str) -> list[str]:
        if rest != "?":
            return self._with_card([_OK])
        there = f',0,"{self.mobile.operator}",{self.mobile.act}' if self.mobile.state in (1, 5) else ""
        return [f"+COPS: 0{there}", _OK]

    def _cesq(self, _rest: str) -> list[str]:
        rsrp = 255 if self.mobile.rssi == 99 else 10 + 2 * self.mobile.rssi
        return [f"+CESQ: 99,99,255,255,20,{rsrp}", _OK] if self.family.packet else [_ERROR]

    def _dial(self, rest: str) -> list[str]:
        number = rest.removesuffix(";").removesuffix("I")
        usable = self.card and self._unlocked and self.mobile.state in (1, 5)
        if not usable and number not in _EMERGENCY:
            return ["+CME ERROR: 30"] if self.card and self._unlocked else ["+CME ERROR: 11"]
        self.mobile.later(0.0, lambda: self.mobile.dial(number))
        return [_OK]

    def _take_call(self, _rest: str) -> list[str]:
        call = next((call for call in self.mobile.calls if call.stat is CallStat.INCOMING), None)
        if call is None:
            return ["NO CARRIER"]
        self.mobile.later(0.0, lambda: self.mobile.accept(call))
        return [_OK]

    def _hang_up(self, _rest: str) -> list[str]:
        for call in tuple(self.mobile.calls):
            self.mobile.drop(call)
        return [_OK]

    def _hold(self, rest: str) -> list[str]:
        calls, order = self.mobile.calls, rest.strip("=")
        offered = [call for call in calls if call.stat in (CallStat.WAITING, CallStat.INCOMING)]
        if order == "0" and offered:
            self.mobile.drop(offered[0])
        elif order == "2" and offered:
            self.mobile.accept(offered[0])
        elif order[1:] and order[0] == "1":
            for call in [call for call in calls if call.index == int(order[1:])]:
                self.mobile.drop(call)
        else:
            return ["+CME ERROR: 3"]
        return [_OK]

    def _list_calls(self, _rest: str) -> list[str]:
        return [*(self._clcc(call) for call in self.mobile.calls), _OK]

    def _clcc(self, call: SimCall) -> str:
        kind = 145 if call.number.startswith("+") else 129
        number = f',"{call.number}",{kind}' if call.number else ""
        return f"+CLCC: {call.index},{0 if call.outgoing else 1},{call.stat.value},0,0{number}"

    def _rang(self, call: SimCall) -> None:
        kind = 145 if call.number.startswith("+") else 129
        if call.stat is CallStat.WAITING:
            self._unasked(f'+CCWA: "{call.number}",{kind},1')
            return
        self._unasked("RING")
        self._unasked(f'+CLIP: "{call.number}",{kind if call.number else 128},,,,{0 if call.number else 1}')

    def _call_changed(self, call: SimCall, far: bool) -> None:
        """The codes that come by themselves; each family has its own."""
        over = call not in self.mobile.calls
        if over and not self.mobile.calls:
            self.voice = False
        if self.name == "SIM7600" and call.stat is CallStat.ACTIVE:
            self._unasked("VOICE CALL: END: 000012" if over else "VOICE CALL: BEGIN")
        if self.name == "EC25":
            stat = 6 if over else {CallStat.ACTIVE: 3, CallStat.ALERTING: 7}.get(call.stat, 2)
            self._unasked(f"^DSCI: {call.index},{0 if call.outgoing else 1},{stat},0,{call.number},129")
        if over and far:
            asked = call.outgoing and call.stat is not CallStat.ACTIVE
            word = {"User busy": "BUSY", "No answer": "NO ANSWER"}.get(self.mobile.cause, "") if asked else ""
            self._unasked(word or "NO CARRIER")

    def _serial_voice(self, rest: str) -> list[str]:
        if self.name != "SIM7600":
            return [_ERROR]
        now_s = self.clock()
        talking = [call for call in self.mobile.calls if call.stat is CallStat.ACTIVE]
        wanted = rest == "=1"
        if wanted and not any(now_s - call.active_s >= _NO_PCM_S for call in talking):
            return [_ERROR]
        self.voice = wanted
        return [_OK]

    def _card_voice(self, rest: str) -> list[str]:
        self.voice = rest == "=1,2"
        return [_OK] if self.name == "EC25" else [_ERROR]

    def _digit(self, rest: str) -> list[str]:
        self.mobile.digits.append(rest.strip("="))
        return [_OK]

    def _forward(self, rest: str) -> list[str]:
        parts = [part.strip('"') for part in rest.strip("=").split(",")]
        reason, mode = int(parts[0]), int(parts[1])
        refused = self._with_card([])
        if refused:
            return refused
        if mode == 2:
            return [self._forward_line(reason), _OK]
        if mode == 3:
            self.mobile.forwards[reason] = (parts[2], int(parts[7]) if len(parts) > 7 else 0)
        else:
            self.mobile.forwards.pop(reason, None)
        return [_OK]

    def _forward_line(self, reason: int) -> str:
        number, after_s = self.mobile.forwards.get(reason, ("", 0))
        if not number:
            return "+CCFC: 0,7"
        return f'+CCFC: 1,1,"{number}",{145 if number[0] == "+" else 129}' + (f",,,{after_s}" if after_s else "")

    def _send(self, rest: str) -> list[str]:
        refused = self._with_card([])
        if not refused:
            self.line.prompt(f"AT+CMGS{rest}")
        return refused

    def _list_messages(self, _rest: str) -> list[str]:
        rows = ((f"+CMGL: {slot},1,,{len(pdu) // 2 - 1}", pdu) for slot, pdu in self.mobile.inbox.items())
        return self._with_card([*(line for row in rows for line in row), _OK])

    def _read_message(self, rest: str) -> list[str]:
        pdu = self.mobile.inbox.get(int(rest.strip("=")))
        return [f"+CMGR: 0,,{len(pdu) // 2 - 1}", pdu, _OK] if pdu else ["+CMS ERROR: 321"]

    def _delete_message(self, rest: str) -> list[str]:
        self.mobile.inbox.pop(int(rest.strip("=")), None)
        return [_OK]

    def _code(self, rest: str) -> list[str]:
        match = re.match(r'=1,"([^"]*)"', rest)
        if match:
            self.mobile.call_code(match[1])
        return self._with_card([_OK])

    def _function(self, rest: str) -> list[str]:
        if rest != "=1,1":
            return [_OK]
        self.mobile.later(_RESET_AFTER_S, self._reset)
        return [_OK]

    def _set_echo(self, rest: str) -> list[str]:
        self.line.echo = rest != "0"
        return [_OK]


_Command = Callable[[Baseband, str], list[str]]
_SPECIAL: dict[str, _Command] = {
    "": lambda it, rest: [_ERROR if rest else _OK],
    "E": Baseband._set_echo,
    "I": lambda it, rest: [*it.family.identity, _OK],
    "+CGMM": lambda it, rest: [it.family.model, _OK],
    "+CPIN": Baseband._pin,
    "+SPIC": lambda it, rest: it._attempts("+SPIC"),
    "+QPINC": lambda it, rest: it._attempts("+QPINC"),
    "+CICCID": lambda it, rest: ["+ICCID: 89330000000000000017", _OK] if it.card else [_ERROR],
    "+QCCID": lambda it, rest: ["+QCCID: 89330000000000000017", _OK] if it.card else [_ERROR],
    "+CCID": lambda it, rest: ["89330000000000000017", _OK] if it.card else [_ERROR],
    "+CREG": lambda it, rest: it._creg("+CREG", rest),
    "+CEREG": lambda it, rest: it._creg("+CEREG", rest),
    "+COPS": Baseband._cops,
    "+CSQ": lambda it, rest: [f"+CSQ: {it.mobile.rssi},99", _OK],
    "+CESQ": Baseband._cesq,
    "+CCLK": lambda it, rest: ['+CCLK: "26/09/07,14:30:51+08"', _OK],
    "+QLTS": lambda it, rest: ['+QLTS: "2026/09/07,14:30:51+08,0"', _OK],
    "D": Baseband._dial,
    "A": Baseband._take_call,
    "H": Baseband._hang_up,
    "+CHUP": Baseband._hang_up,
    "+CHLD": Baseband._hold,
    "+CLCC": Baseband._list_calls,
    "+CEER": lambda it, rest: [f"+CEER: {it.mobile.cause}", _OK],
    "+CPCMREG": Baseband._serial_voice,
    "+QPCMV": Baseband._card_voice,
    "+VTS": Baseband._digit,
    "+CCFC": Baseband._forward,
    "+CMGS": Baseband._send,
    "+CMGL": Baseband._list_messages,
    "+CMGR": Baseband._read_message,
    "+CMGD": Baseband._delete_message,
    "+CUSD": Baseband._code,
    "+CFUN": Baseband._function,
}
