"""The serial side of the simulated modem: echo, line ends, bodies, and everything that goes wrong on a line."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Faults:
    """What goes wrong."""

    hung: bool = False
    """Nothing is answered until it is reset."""
    delays: dict[str, float] = field(default_factory=dict)
    """Command's beginning → seconds before its answer."""
    errors: dict[str, str] = field(default_factory=dict)
    """Command's beginning → final line in place of its answer."""
    before_answer: list[str] = field(default_factory=list)
    """Unsolicited lines, one between each echo and its answer."""
    cut: dict[str, int] = field(default_factory=dict)
    """Line's beginning → length after which it is cut off, once."""


class Line:
    """Cuts what the phone writes into commands; `carry_out` gives the lines that answer one, none when they follow."""

    def __init__(
        self,
        carry_out: Callable[[str], list[str]],
        take_body: Callable[[str], list[str]],
        later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self.faults = Faults()
        self.echo = True
        self.on_output: Callable[[], None] = lambda: None
        self._carry_out = carry_out
        self._take_body = take_body
        self._later = later
        self._out = bytearray()
        self._rest = b""
        self._body_for = ""

    def clear(self) -> None:
        """The modem was reset."""
        self._out.clear()
        self._rest, self._body_for, self.echo, self.faults.hung = b"", "", True, False

    def take(self) -> bytes:
        """What the modem sends."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def say(self, *lines: str) -> None:
        """Send lines, framed and cut as the faults will have it."""
        for line in lines:
            self._send(line)
        self.on_output()

    def prompt(self, command: str) -> None:
        """Ask for the body of a command."""
        self._body_for = command
        self._out += b"\r\n> "

    def feed(self, data: bytes) -> None:
        """The phone writes; a hung modem does not read."""
        if self.faults.hung:
            return
        self._rest += data
        while self._body() if self._body_for else self._command():
            pass
        self.on_output()

    def _command(self) -> bool:
        """Take one command; False when there is none."""
        line, end, rest = self._rest.lstrip(b"\x1b\n").partition(b"\r")
        if not end:
            return False
        self._rest = rest
        if self.echo:
            self._out += line + b"\r"
        text = line.decode("ascii", "replace").strip()
        if self.faults.before_answer and text != "AT":
            self._send(self.faults.before_answer.pop(0))
        error = next((line for start, line in self.faults.errors.items() if text.startswith(start)), "")
        self._answer(text, [error] if error else self._carry_out(text))
        return True

    def _body(self) -> bool:
        """Take one body with its Ctrl-Z or Escape; False when there is none."""
        match = re.search(rb"[\x1a\x1b]", self._rest)
        if match is None:
            return False
        body, self._rest = self._rest[: match.start()], self._rest[match.end() :]
        command, self._body_for = self._body_for, ""
        self._answer(command, ["OK"] if match[0] == b"\x1b" else self._take_body(body.decode("ascii")))
        return True

    def _answer(self, text: str, lines: list[str]) -> None:
        delay_s = next((delay for start, delay in self.faults.delays.items() if text.startswith(start)), 0.0)
        if delay_s:
            self._later(delay_s, lambda: self.say(*lines))
        else:
            self.say(*lines)

    def _send(self, line: str) -> None:
        for start, length in tuple(self.faults.cut.items()):
            if line.lstrip("\r").startswith(start):
                del self.faults.cut[start]
                line = line[:length]
        if not self.faults.hung:
            self._out += f"\r\n{line}\r\n".encode()
