"""The modem, asked by a few AT commands of 3GPP TS 27.007."""

import asyncio
import contextlib
import re
from collections.abc import Iterator

import serial

from ranin.cellular.at import final
from ranin.cellular.find import find_ports
from ranin.cellular.readings import (
    DENIED_STATE,
    EMERGENCY_STATE,
    HOME_STATES,
    ROAMING_STATES,
    operator,
    registration,
    rssi_dbm,
)
from ranin.doctor.bench import Bench, Findings
from ranin.doctor.finding import Finding, State, held

ANSWER_WITHIN_S = 3.0
QUESTIONS = ("ATE0", "AT+CMEE=1", "AT+CPIN?", "AT+CSQ", "AT+CREG?", "AT+CEREG?", "AT+COPS?")
WEAK_DBM = -100
Answers = dict[str, tuple[str, ...]]
"""Command → every line of its answer, the final code last; none: it did not answer in time."""
_NO_SIM, _PIN, _PUK = ("10", "13", "15"), ("SIM PIN", "11"), ("SIM PUK", "12")
"""+CME ERROR codes (27.007 §9.2) and +CPIN's words."""


async def check_modem(bench: Bench) -> Findings:
    """Is there one, does it answer, has it a SIM, does a network take it."""
    ports = find_ports(bench.modem, bench.sys, bench.dev)
    if ports is None:
        return [Finding("modem", State.ABSENT, "no known modem is plugged in")]
    if bench.running:
        return [held("modem")]
    try:
        answers = await asyncio.to_thread(ask, ports.device)
    except serial.SerialException as error:
        if "lock" in str(error):
            return [held("modem")]
        return [
            Finding("modem", State.WRONG, f"{ports.device} does not open: {error}", "unplug it and plug it in again")
        ]
    return [judge_modem(answers, bench.settings.modem.roaming_allowed)]


def ask(device: str) -> Answers:
    """Ask each question. Raises serial.SerialException."""
    with serial.Serial(device, 115200, timeout=ANSWER_WITHIN_S, write_timeout=1.0, exclusive=True) as port:
        port.reset_input_buffer()
        return {question: tuple(_answer(port, question)) for question in QUESTIONS}


def _answer(port: serial.Serial, question: str) -> Iterator[str]:
    port.write(f"{question}\r".encode())
    with contextlib.suppress(TimeoutError):
        while line := port.readline():
            text = line.decode(errors="replace").strip()
            if text and text != question:
                yield text
                if final(text) is not None:
                    return


def judge_modem(answers: Answers, roaming_allowed: bool = False) -> Finding:
    """The first thing in its way to a network."""
    if not any(answers.values()):
        todo = "give it its own 5 V/3 A supply; unplug it and plug it in again"
        return Finding("modem", State.WRONG, "does not answer", todo)
    text, todo = _card(_said(answers, "AT+CPIN?", r"\+(?:CPIN|CME ERROR): *(.+)"))
    dbm = rssi_dbm(_line(answers, "AT+CSQ", "+CSQ:"))
    if not text:
        text, todo = _network(answers, dbm, roaming_allowed)
    measured = {"signal_dbm": float(dbm)} if dbm is not None else {}
    if text:
        return Finding("modem", State.WRONG, text, todo, measured)
    name, technology = operator(_line(answers, "AT+COPS?", "+COPS:"))
    told = f"{name or 'registered'}{' ' + technology if technology else ''}, {dbm} dBm"
    return Finding("modem", State.WELL, told, "", measured)


def _card(said: str) -> tuple[str, str]:
    if said in _NO_SIM:
        return "no SIM is seen", "push it in until it clicks, its cut corner as the holder shows"
    if said in _PUK:
        return "the SIM is locked by its PUK", "put it into a mobile phone and type the PUK there"
    if said in _PIN:
        return "the SIM asks for its PIN", "set `modem.pin`; the running phone types it"
    return "", ""


def _network(answers: Answers, dbm: int | None, roaming_allowed: bool) -> tuple[str, str]:
    states = {_state(answers, "AT+CREG?", "+CREG:"), _state(answers, "AT+CEREG?", "+CEREG:")}
    if dbm is None:
        return "it hears no network", "screw the antenna to MAIN; near a window it hears more"
    if states & HOME_STATES or (roaming_allowed and states & ROAMING_STATES):
        weak = dbm < WEAK_DBM
        return (f"the signal is weak: {dbm} dBm", "move the antenna to a window") if weak else ("", "")
    if states & ROAMING_STATES:
        return "it is in a foreign network", "set `modem.roaming_allowed = true` if that may cost money"
    if states & {DENIED_STATE, EMERGENCY_STATE}:
        return "the network refuses the SIM", "is it activated and paid for? Try it in a mobile phone"
    return (
        "it searches for a network",
        "wait a minute; is there coverage for LTE, and does the SIM's provider allow modems?",
    )


def _state(answers: Answers, question: str, prefix: str) -> int:
    found = registration(_line(answers, question, prefix))
    return found.state if found is not None else -1


def _line(answers: Answers, question: str, prefix: str) -> str:
    return next((line for line in answers.get(question, ()) if line.startswith(prefix)), "")


def _said(answers: Answers, question: str, pattern: str) -> str:
    found = [match[1].strip() for line in answers.get(question, ()) if (match := re.match(pattern, line))]
    return found[0] if found else ""
