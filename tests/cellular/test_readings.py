"""What lines say, in the spellings of several modems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.cellular import readings
from ranin.cellular.profiles import EC25, PROFILES, SIM800, SIM7600, UNKNOWN, profile_of
from ranin.cellular.readings import CallRow, CallStat, Forward, Registration


@pytest.mark.parametrize(
    ("line", "state", "technology"),
    [
        ("+CREG: 0,1", 1, ""),
        ("+CREG: 2,5", 5, ""),
        ('+CREG: 2,1,"1A2B","01C3D4E5",7', 1, "LTE"),
        ('+CREG: 1,"1A2B","01C3D4E5",7', 1, "LTE"),
        ('+CREG: 5,"1A2B","01C3"', 5, ""),
        ("+CREG: 1,1A2B,01C3,2", 1, "3G"),
        ("+CREG: 3", 3, ""),
        ('+CEREG: 2,1,"1A2B","01C3",0', 1, "2G"),
        ("+CREG: 2,10", 10, ""),
    ],
)
def test_registration_asked_for_or_not(line: str, state: int, technology: str) -> None:
    assert readings.registration(line) == Registration(state, technology)


@given(st.text(max_size=60))
def test_no_line_is_too_strange(text: str) -> None:
    for line in (text, f"+CREG: {text}", f"+CLCC: {text}"):
        readings.registration(line), readings.call_row(line), readings.caller(line), readings.forward(line)
        readings.ussd(line), readings.clock(line), readings.rssi_dbm(line), readings.rsrp_dbm(line)
        readings.operator(line), readings.pin_attempts(line), readings.cause_code(line)


def test_signal() -> None:
    assert readings.rssi_dbm("+CSQ: 20,99") == -73 and readings.rssi_dbm("+CSQ: 99,99") is None
    assert readings.rsrp_dbm("+CESQ: 99,99,255,255,20,50") == -91
    assert readings.rsrp_dbm("+CESQ: 99,99,255,255,255,255") is None


def test_operator() -> None:
    assert readings.operator('+COPS: 0,0,"Orange F",7') == ("Orange F", "LTE")
    assert readings.operator("+COPS: 0") == ("", "")


def test_calls() -> None:
    line = '+CLCC: 1,0,2,0,0,"+33612345678",145'
    assert readings.call_row(line) == CallRow(1, True, CallStat.DIALING, "+33612345678")
    assert readings.call_row("+CLCC: 2,1,4,0,0") == CallRow(2, False, CallStat.INCOMING)
    assert readings.call_row('+CLCC: 1,1,0,1,0,"",128') is None  # data
    assert readings.call_row("+CLCC: 1,0,2") is None


def test_callers() -> None:
    assert readings.caller('+CLIP: "0612",129,,,,0') == ("0612", True)
    assert readings.caller('+CLIP: "",128,,,,1') == ("", True)
    assert readings.caller('+CLIP: ""') == ("", True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+33612345678", "0612345678", True),
        ("0033612345678", "+33612345678", True),
        ("+33612345678", "+33612345679", False),
        ("+33612345678", "+49612345678", False),
        ("123", "55123", False),
        ("123", "123", True),
    ],
)
def test_spellings_of_a_number(one: str, other: str, same: bool) -> None:
    assert readings.same_number(one, other) is same and readings.same_number(other, one) is same


def test_forwards() -> None:
    assert readings.forward('+CCFC: 1,1,"+33612345678",145,,,20') == Forward(True, True, "+33612345678")
    assert readings.forward("+CCFC: 0,7") == Forward(False, True)
    assert readings.forward("+CCFC: 1,4") == Forward(True, False)


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("+CPINR: SIM PIN,3,3", 3),
        ("+CPINR: SIM PUK,10,10", None),
        ("+SPIC: 2,10,0,10", 2),
        ('+QPINC: "SC",1,10', 1),
        ('+QPINC: "P2",3,10', None),
    ],
)
def test_attempts_of_a_pin(line: str, left: int | None) -> None:
    assert readings.pin_attempts(line) == left


def test_codes() -> None:
    assert readings.ussd('+CUSD: 1,"Menu\n1 Credit",15') == (1, "Menu\n1 Credit")
    assert readings.ussd('+CUSD: 0,"0041006C",72') == (0, "Al") and readings.ussd("+CUSD: 2") == (2, "")


@pytest.mark.parametrize(
    ("line", "wall"),
    [
        ('+CCLK: "26/09/07,14:30:51+08"', "2026-09-07T14:30:51+02:00"),
        ('+CCLK: "26/01/31,23:59:59-20"', "2026-01-31T23:59:59-05:00"),
        ('+QLTS: "2026/09/07,14:30:51+22,0"', "2026-09-07T14:30:51+05:30"),
        ('+CCLK: "80/01/06,00:00:12+00"', ""),
        ('+CCLK: "70/01/01,00:00:12+00"', ""),
        ('+CCLK: "04/01/01,00:00:12+00"', ""),
        ('+CCLK: "26/13/45,00:00:12+00"', ""),
        ("+CCLK:", ""),
    ],
)
def test_clocks(line: str, wall: str) -> None:
    assert readings.clock(line) == wall


@pytest.mark.parametrize(
    ("words", "code"),
    [("User busy", 486), ("No answer from user", 480), ("Unassigned number", 404), ("Call rejected", 603), ("", 480)],
)
def test_causes(words: str, code: int) -> None:
    assert readings.cause_code(words) == code


@pytest.mark.parametrize(
    ("identity", "profile"),
    [
        ("Manufacturer: SIMCOM INCORPORATED\nModel: SIMCOM_SIM7600G-H", SIM7600),
        ("Quectel\nEC25\nRevision: EC25EFAR06A11M4G", EC25),
        ("Quectel\nEG25\n", EC25),
        ("SIM800 R14.18", SIM800),
        ("A7670E", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_families_say_their_names(identity: str, profile: object) -> None:
    assert profile_of(identity) is profile and UNKNOWN not in PROFILES
