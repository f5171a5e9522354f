"""The doctor's words for each bad finding: pure, by the table."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ranin.core.keys import Key
from ranin.core.outage import Link, LinkProbed
from ranin.core.screens.screen import Listing, Notice
from ranin.core.settings import Account
from ranin.doctor import report
from ranin.doctor.digest import authorization, challenge
from ranin.doctor.examine import judge_display, unreachable
from ranin.doctor.finding import Finding, State, held
from ranin.doctor.i2c import judge_bus, no_bus, scan
from ranin.doctor.machine import judge_battery, judge_clock, judge_config, judge_disk
from ranin.doctor.modem import judge_modem
from ranin.doctor.network import TODO, judge_interface, judge_link
from ranin.doctor.picture import keypad
from ranin.doctor.registrar import Answer, judge_line, read
from ranin.doctor.sound import judge_sound
from ranin.doctor.tone import Measured
from ranin.doctor.wires import judge_hook, judge_keypad
from ranin.hardware.board import load_board
from ranin.network import asker
from ranin.network.interfaces import Interface
from ranin.power.sysfs import Said

BOARD = load_board("standard")
EVERY = frozenset(key for row in BOARD.keys for key in row if key)
MB = Path("/var/lib/ranin")


def told(finding: Finding) -> str:
    return f"{finding.state.value} | {finding.text} | {finding.todo}"


def test_a_hook_that_reads_wrongly_says_what_to_swap() -> None:
    words = told(judge_hook(BOARD, resting=False, moved=None))
    assert "reads lifted while on the rest" in words
    assert 'swap its two wires or set `hook.lifted = "low"`' in words
    low = replace(BOARD, lifted_high=False)
    assert '`hook.lifted = "high"`' in judge_hook(low, False, None).todo


def test_a_hook_that_does_not_move_names_its_pin() -> None:
    assert f"pin {BOARD.hook}" in judge_hook(BOARD, True, False).todo
    assert judge_hook(BOARD, True, True).state is State.WELL
    assert judge_hook(BOARD, True, None) == Finding("hook", State.WELL, "reads replaced")


def test_a_keypad_without_faults_is_said_to_be_well() -> None:
    assert judge_keypad(BOARD, frozenset(), None)[0].text == "no key is stuck"
    assert judge_keypad(BOARD, frozenset(), EVERY)[0].text == f"all {len(EVERY)} keys are seen"


def test_a_silent_row_and_a_silent_column_are_wires_and_not_keys() -> None:
    row = EVERY - {key for key in BOARD.keys[1] if key}
    assert [told(one) for one in judge_keypad(BOARD, frozenset(), row)] == [
        f"wrong | row 2 is silent | check its wire to pin {BOARD.rows[1]} (BCM)"
    ]
    column = EVERY - {keys[2] for keys in BOARD.keys if keys[2]}
    assert [one.text for one in judge_keypad(BOARD, frozenset(), column)] == ["column 3 is silent"]


def test_single_keys_stuck_keys_and_a_dead_keypad_are_told_apart() -> None:
    assert [one.text for one in judge_keypad(BOARD, frozenset(), EVERY - {Key.D5})] == [
        "the key 5 is not seen (row 2, column 2)"
    ]
    stuck = judge_keypad(BOARD, frozenset({Key.D5}), None)
    assert "without a hand: 5" in stuck[0].text
    assert f"pins {BOARD.rows[1]} and {BOARD.columns[1]}" in stuck[0].todo
    dead = judge_keypad(BOARD, frozenset(), frozenset())
    assert [one.text for one in dead] == ["no key is seen"] and "ribbon" in dead[0].todo


def test_the_picture_shows_which_keys_were_seen() -> None:
    lines = keypad(BOARD, frozenset({Key.D5})).splitlines()
    assert len(lines) == len(BOARD.rows) and len({len(line) for line in lines}) == 1
    assert lines[1].count("[") == 1 and lines[1].split("[")[1].split("]")[0].strip() == "5"
    assert "·" in lines[0] and "[" not in lines[0]


HEARD = Measured(-45.0, 10.0, -80.0, 32.0, clipped=False, silent=False)


@pytest.mark.parametrize(
    ("heard", "text", "todo"),
    [
        (replace(HEARD, silent=True, delay_ms=None), "digital silence", "CAPTURE"),
        (replace(HEARD, clipped=True), "overloaded", "lower `Mic`"),
        (replace(HEARD, delay_ms=None), "does not reach the microphone", "open or swapped"),
        (replace(HEARD, noise_dbfs=-40.0), "noisy: -40 dBFS", "Auto Gain Control"),
        (replace(HEARD, erl_db=8.0), "echo return loss is 8 dB", "sidetone"),
        (replace(HEARD, level_dbfs=-78.0, erl_db=63.0), "faint: -78 dBFS", "raise `Mic`"),
        (replace(HEARD, delay_ms=140.0), "late: 140 ms", "no sound server"),
    ],
)
def test_bad_sound_is_named_with_its_remedy(heard: Measured, text: str, todo: str) -> None:
    finding = judge_sound(heard)
    assert finding.state is State.WRONG and text in finding.text and todo in finding.todo


def test_good_sound_is_told_in_numbers() -> None:
    finding = judge_sound(HEARD)
    assert finding.text == "tone -45 dBFS after 10 ms, noise -80 dBFS, echo return loss 32 dB"
    assert finding.measured == {"level_dbfs": -45.0, "noise_dbfs": -80.0, "erl_db": 32.0, "delay_ms": 10.0}


@pytest.mark.parametrize(
    ("said", "mains", "text", "todo"),
    [
        (Said(), True, "does not answer", "SDA"),
        (Said(millivolts=1900.0), True, "1.90 V, on mains: no lithium cell", "cells"),
        (Said(millivolts=3900.0, gauge=1.4), False, "the gauge is wrong", "charge"),
        (Said(millivolts=3500.0, gauge=0.1), True, "nearly empty", "leave it to charge"),
        (Said(millivolts=3500.0, gauge=0.1), False, "10%, feeding the phone: nearly empty", "plug in mains"),
    ],
)
def test_a_bad_battery_is_named(said: Said, mains: bool, text: str, todo: str) -> None:
    finding = judge_battery(said, mains)
    assert finding.state is State.WRONG and text in finding.text and todo in finding.todo


def test_a_good_battery_of_two_cells_in_series_is_well() -> None:
    assert told(judge_battery(Said(millivolts=7900.0, gauge=0.8), None)) == "works | 7.90 V, 80% | "


def modem(cpin: str = "+CPIN: READY", csq: str = "20", creg: str = "0,1") -> dict[str, tuple[str, ...]]:
    return {
        "AT+CPIN?": (cpin, "OK"),
        "AT+CSQ": (f"+CSQ: {csq},99", "OK"),
        "AT+CREG?": (f"+CREG: {creg}", "OK"),
        "AT+COPS?": ('+COPS: 0,0,"Acme",7', "OK"),
    }


@pytest.mark.parametrize(
    ("answers", "text", "todo"),
    [
        ({"ATE0": ()}, "does not answer", "5 V/3 A"),
        (modem("+CME ERROR: 10"), "no SIM", "push it in"),
        (modem("+CPIN: SIM PIN"), "asks for its PIN", "modem.pin"),
        (modem("+CPIN: SIM PUK"), "PUK", "mobile phone"),
        (modem(csq="99"), "hears no network", "antenna"),
        (modem(csq="2"), "weak: -109 dBm", "window"),
        (modem(creg="0,5"), "foreign network", "roaming_allowed"),
        (modem(creg="0,3"), "refuses the SIM", "activated"),
        (modem(creg="0,2"), "searches", "coverage"),
        (modem(creg="nonsense"), "searches", "coverage"),
    ],
)
def test_a_bad_modem_is_named(answers: dict[str, tuple[str, ...]], text: str, todo: str) -> None:
    finding = judge_modem(answers)
    assert finding.state is State.WRONG and text in finding.text and todo in finding.todo


def test_a_good_modem_says_its_network_and_roaming_is_well_where_it_is_allowed() -> None:
    assert judge_modem(modem()).text == "Acme LTE, -73 dBm"
    assert judge_modem(modem(creg="0,5"), roaming_allowed=True).state is State.WELL


def test_every_word_of_the_prober_has_a_remedy() -> None:
    for reason in (asker.NO_ADDRESS, asker.NO_NAME, asker.SILENT, asker.OVERLOADED, asker.FOREIGN, "No cable"):
        finding = judge_link(LinkProbed(Link.ETHERNET, False, reason), "eth0")
        assert (finding.state, finding.text, finding.todo) == (State.WRONG, f"eth0: {reason}", TODO[reason])
    assert judge_link(LinkProbed(Link.WIFI, False, "Expired certificate"), "wlan0").todo
    assert judge_link(LinkProbed(Link.LTE, True), "wwan0").state is State.WELL


def test_an_interface_without_cable_or_address_is_named_without_a_line_too() -> None:
    assert "No cable" in judge_interface(Link.ETHERNET, Interface("eth0", 2, False)).text
    assert "No address" in judge_interface(Link.WIFI, Interface("wlan0", 3, True)).text
    assert judge_interface(Link.ETHERNET, Interface("eth0", 2, True, ("192.0.2.2",))).state is State.WELL


ACCOUNT = Account(user="201", domain="example.com")


@pytest.mark.parametrize(
    ("answer", "running", "text"),
    [
        (Answer(401), False, "refuses user or password"),
        (Answer(403), False, "forbids"),
        (Answer(404), False, "does not know this user"),
        (Answer(503), False, "overloaded"),
        (Answer(606, "Not Acceptable"), False, "606 Not Acceptable"),
        (Answer(0, "Server does not answer"), False, "Server does not answer"),
        (Answer(200), True, "nobody is registered"),
    ],
)
def test_a_bad_line_is_named(answer: Answer, running: bool, text: str) -> None:
    finding = judge_line(1, ACCOUNT, answer, running)
    assert finding.state is State.WRONG and text in finding.text and finding.todo and finding.part == "line 1 (201)"


def test_only_the_answer_to_our_own_question_counts() -> None:
    head = "Call-ID: abc\r\nCSeq: 2 REGISTER\r\n"
    contacts = "Contact: <sip:a@192.0.2.1>;expires=60, <sip:b@192.0.2.2>\r\n"
    assert read(f"SIP/2.0 200 OK\r\n{head}{contacts}\r\n".encode(), "abc", 2) == Answer(200, "OK", 2)
    for text in (
        f"SIP/2.0 100 Trying\r\n{head}",
        f"SIP/2.0 200 OK\r\n{head}".replace("abc", "abcd"),
        "",
        "HTTP/1.1 200",
    ):
        assert read(f"{text}\r\n".encode(), "abc", 2) is None
    assert read(f"SIP/2.0 200 OK\r\n{head}\r\n".encode(), "abc", 1) is None


def test_the_digest_is_that_of_the_rfc() -> None:
    """RFC 7616 §3.9.1 with MD5: user Mufasa, password "Circle of Life"."""
    asked = challenge(
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    proof = authorization(asked, "GET", "/dir/index.html", "Mufasa", "Circle of Life", cnonce)
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in proof and "Circle" not in proof
    sha = authorization({**asked, "algorithm": "SHA-256"}, "GET", "/dir/index.html", "Mufasa", "Circle of Life", cnonce)
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in sha
    with pytest.raises(ValueError, match="SHA-512"):
        authorization({**asked, "algorithm": "SHA-512-256"}, "GET", "/", "a", "b", "c")
    assert challenge('Basic realm="x"') == {}


def test_the_scan_names_what_answers_and_misses_the_display() -> None:
    found = [told(one) for one in judge_bus(BOARD, [0x36, 0x3D, 0x50])]
    assert found[:2] == ["works | 0x36: MAX17040/43/48 gauge (X120x, X728) | ", "works | 0x3D: OLED | "]
    assert found[2] == "works | 0x50: unknown | "
    assert found[3] == "wrong | no display at 0x3C | set `oled.address = 0x3D`"
    assert "four wires" in judge_bus(BOARD, [])[0].todo
    assert judge_bus(load_board("deluxe"), [])[0].state is State.ABSENT


def test_a_bus_that_is_held_shorted_or_absent_is_told_apart() -> None:
    def stuck(address: int) -> bool:
        raise TimeoutError(110, "Connection timed out")

    assert "held low" in scan(BOARD, stuck)[0].todo
    assert scan(BOARD, lambda address: True)[0].text == "every address answers"
    assert [one.text for one in scan(BOARD, lambda address: address == 0x3C)] == ["0x3C: OLED"]
    assert "i2c-dev" in no_bus(1, FileNotFoundError(2, "No such file")).todo
    assert no_bus(1, PermissionError(13, "Permission denied")).state is State.SKIPPED


def test_configuration_disk_and_clock_say_what_to_do() -> None:
    mistaken = judge_config(("phone.toml: line[1].port: 99999 is no port",), True, 0)
    assert mistaken[0].state is State.WRONG and "line[1].port" in mistaken[0].text
    assert judge_config((), False, 0)[0].text == "there is no file"
    assert "[[line]]" in judge_config((), True, 0)[0].todo
    assert judge_config((), True, 2)[0].text == "2 lines"
    assert "replace it" in judge_disk(MB, 900, True, read_only=True).todo
    assert "12 MB" in judge_disk(MB, 12, True, False).text
    assert judge_disk(MB, 900, False, False).state is State.SKIPPED
    assert judge_disk(MB, 900, True, False).state is State.WELL
    assert "before this release" in judge_clock(0.0, False).text
    assert "no time server" in judge_clock(1_900_000_000.0, False).text
    assert judge_clock(1_900_000_000.0, True).state is State.WELL


def test_a_part_that_cannot_be_opened_says_why() -> None:
    assert unreachable("hook", OSError(16, "Device or resource busy")) == held("hook")
    assert unreachable("hook", PermissionError(13, "Permission denied")).todo == "run the doctor as root"
    assert "--board" in unreachable("hook", OSError(19, "No such device")).todo
    assert "I²C scan" in judge_display(BOARD, "no answer").todo
    assert "SPI overlay" in judge_display(load_board("deluxe"), "no answer").todo


FOUND = (Finding("hook", State.WRONG, "reads lifted", "swap its wires"), Finding("disk", State.WELL, "900 MB free"))


def test_the_same_findings_are_told_on_paper_to_machines_and_on_the_display() -> None:
    assert report.line(FOUND[0], coloured=False) == "WRONG hook: reads lifted\n      → swap its wires"
    assert report.line(FOUND[1], coloured=True) == "\x1b[32mok   \x1b[0m disk: 900 MB free"
    rows = json.loads(report.as_json(FOUND))
    assert rows["well"] is False and rows["findings"][0]["todo"] == "swap its wires"
    assert report.result(FOUND) == Listing("Doctor: 1 wrong", ("hook: reads lifted",), 0)
    assert report.result(FOUND[1:]) == Notice("Doctor", "Nothing is wrong")
    assert report.well(FOUND[1:])
