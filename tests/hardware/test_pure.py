"""Debouncing, the key matrix and board files, with time as an argument."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.core.events import KeyHeld, KeyPressed, KeyReleased, KeyStuck
from ranin.core.keys import Key
from ranin.hardware.board import FOLDER, BoardError, load_board
from ranin.hardware.debounce import Debounce
from ranin.hardware.header import Claim, Use, faults
from ranin.hardware.matrix import Matrix

KEYS = load_board("standard").keys
ONE, TWO, FOUR, FIVE = (0, 0), (0, 1), (1, 0), (1, 1)


def scans(matrix: Matrix, *closed: set[tuple[int, int]], step_s: float = 0.005, start_s: float = 0.0) -> list[object]:
    return [
        event
        for index, places in enumerate(closed)
        for event in matrix.scan(frozenset(places), start_s + index * step_s)
    ]


def test_two_equal_scans_make_a_press_and_two_a_release() -> None:
    assert scans(Matrix(KEYS), {ONE}, {ONE}, {ONE}, set(), set()) == [KeyPressed(Key.D1), KeyReleased(Key.D1)]


def test_a_bounce_is_no_press() -> None:
    matrix = Matrix(KEYS)
    assert scans(matrix, {ONE}, set(), {ONE}, set(), set()) == []
    assert not matrix.busy


def test_a_ghost_of_three_keys_is_not_believed() -> None:
    matrix = Matrix(KEYS)
    scans(matrix, {ONE, TWO}, {ONE, TWO})
    assert scans(matrix, {ONE, TWO, FOUR, FIVE}, {ONE, TWO, FOUR, FIVE}, start_s=2) == [
        KeyHeld(Key.D1),
        KeyHeld(Key.D2),
    ]


def test_a_key_held_long_is_told_once_and_then_stuck() -> None:
    matrix = Matrix(KEYS)
    events = scans(matrix, *[{FIVE}] * 1400, step_s=0.01)
    assert events == [KeyPressed(Key.D5), KeyHeld(Key.D5), KeyStuck(Key.D5)]
    assert scans(matrix, set(), set(), start_s=20) == [KeyReleased(Key.D5)]


@given(st.lists(st.frozensets(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=5), max_size=60))
def test_presses_and_releases_always_pair(walk: list[frozenset[tuple[int, int]]]) -> None:
    matrix, down = Matrix(KEYS), set[Key]()
    for event in scans(matrix, *map(set, walk), set(), set()):
        if isinstance(event, KeyPressed):
            assert event.key not in down
            down.add(event.key)
        elif isinstance(event, KeyReleased):
            down.remove(event.key)
        assert len(down) <= 2
    assert not down and not matrix.busy


def test_a_lift_counts_soon_and_a_jump_of_the_handset_does_not() -> None:
    hook = Debounce(0.02, 0.12)
    assert not hook.read(True, 0.0) and hook.settles_in_s(0.0) == pytest.approx(0.02)
    assert hook.read(True, 0.021) and hook.level
    assert not hook.read(False, 1.0) and not hook.read(True, 1.1) and not hook.read(False, 1.11)
    assert not hook.read(False, 1.2) and hook.read(False, 1.24) and not hook.level
    assert hook.settles_in_s(2.0) is None


@pytest.mark.parametrize("name", [path.stem for path in FOLDER.glob("*.toml")])
def test_every_board_is_whole(name: str) -> None:
    board = load_board(name)
    assert board.name == name
    assert not board.rows or {board.place(key) for key in Key}


def test_a_board_on_usb_is_not_started_without_a_driver() -> None:
    with pytest.raises(BoardError, match="on USB"):
        load_board("bare").on_pins()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("ring = 16", "ring = 7", "used twice"),
        ("pin = 7", "pin = 99", "BCM number"),
        ('"cancel"', '"cancle"', "cancle"),
        ('"redial", "cancel"', '"redial", "redial"', "every key once"),
        ("ssd1309", "ssd9999", "oled.driver"),
        ("[hook]", "[hoook]", "hook"),
        ("rows = [5", "rows = [5, 6", "a row for each"),
        ("rows = [5", "rows = [2", "used twice: by keypad.rows and I2C"),
        ("rows = [5", "rows = [15", "serial console"),
        ("columns = [4", "columns = [18", "used twice: by keypad.columns and amplifier on I2S"),
        ("ring = 16", "ring = 14", "drives at boot"),
        ("ring = 16", "ring = 6", "pulled high at boot"),
        ("ring = 16", "rign = 16", "no key 'rign'"),
        ("pin = 7\npull", "pin = 7\npulll", "no key 'pulll'"),
        ('pin = 7\npull = "up"', "pin = 7", "hook.pin: an input needs pull"),
        ('driver = "matrix"\npull = "up"', 'driver = "matrix"\npull = "down"', "keypad.pull must be"),
        ('driver = "matrix"', 'driver = "martix"', "keypad.driver"),
        ("address = 0x42", "address = 0x3C", "same I2C address"),
        ('bus = "i2c"', 'bus = "i3c"', "oled.bus"),
        ('bus = "i2c"\nport = 1\naddress = 0x3C', 'bus = "spi"\nport = 0\naddress = 3', "chip select"),
        ("enable = 17", "enable = true\n[upz]", "no key 'upz'"),
        ('name = "standard"', "name = ", "not TOML"),
    ],
)
def test_a_wrong_board_file_is_refused_in_words(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = (FOLDER / "standard.toml").read_text()
    assert old in text
    path = tmp_path / "board.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(BoardError, match=says):
        load_board(str(path))


def test_the_bus_is_no_line_even_without_a_device_on_it() -> None:
    assert list(faults([Claim(3, "x", Use.COLUMN)])) == ["x: pin 3 is the I2C bus, with resistors to 3.3 V on the Pi"]


def test_an_unknown_board_names_the_known_ones() -> None:
    with pytest.raises(BoardError, match="bare, deluxe, standard"):
        load_board("standart")
