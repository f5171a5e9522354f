"""The pin factory as far as a kernel without a GPIO chip shows it; its lines are tried by `make hil`."""

import os
import threading
import tomllib
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from gpiozero import BadPinFactory

from ranin.hardware.pinfactory import PI_4, PinFactory, Watcher, find_chip

ROOT = Path(__file__).parents[2]


class Pipe:
    """A descriptor that can be read whenever something was written: to the watcher, a line like any other."""

    def __init__(self) -> None:
        self.end, self._start = os.pipe()
        self.heard: list[bytes] = []
        self.came = threading.Event()

    def send(self, text: bytes) -> None:
        """An edge."""
        self.came.clear()
        os.write(self._start, text)

    def read(self) -> None:
        """What the watcher calls."""
        self.heard.append(os.read(self.end, 10))
        self.came.set()

    def hang_up(self) -> None:
        """The other side goes."""
        os.close(self._start)


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    before = threading.active_count()
    watcher = Watcher()
    yield watcher
    watcher.close()
    assert threading.active_count() == before


def test_an_edge_is_told_and_the_thread_ends_when_asked(watcher: Watcher) -> None:
    pipe = Pipe()
    watcher.add(pipe.end, pipe.read)
    watcher.start()
    watcher.start()
    for text in (b"up", b"down"):
        pipe.send(text)
        assert pipe.came.wait(5)
    assert pipe.heard == [b"up", b"down"]


def test_without_a_watched_pin_there_is_no_thread(watcher: Watcher) -> None:
    before = threading.active_count()
    watcher.add(Pipe().end, lambda: None)
    assert threading.active_count() == before


def test_a_handler_that_fails_silences_no_other(watcher: Watcher, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = Pipe(), Pipe()

    def fail() -> None:
        bad.read()
        raise ValueError("wrong")

    watcher.add(bad.end, fail)
    watcher.add(good.end, good.read)
    watcher.start()
    bad.send(b"1")
    assert bad.came.wait(5)
    good.send(b"2")
    assert good.came.wait(5)
    assert "a handler of an edge failed" in caplog.text


def test_a_chip_that_goes_is_let_go_of(watcher: Watcher, caplog: pytest.LogCaptureFixture) -> None:
    gone, good = Pipe(), Pipe()
    watcher.add(gone.end, gone.read)
    watcher.add(good.end, good.read)
    watcher.start()
    gone.hang_up()
    good.send(b"1")
    assert good.came.wait(5)
    good.send(b"2")
    assert good.came.wait(5)
    assert caplog.text.count("a GPIO chip has gone") == 1


def test_no_chip_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadPinFactory, match="no GPIO chip of a Raspberry Pi; there is none at all"):
        find_chip(tmp_path)


def test_a_file_that_is_no_chip_is_named(tmp_path: Path) -> None:
    (tmp_path / "gpiochip0").touch()
    with pytest.raises(BadPinFactory, match="gpiochip0"):
        find_chip(tmp_path)


def test_off_a_pi_the_header_is_that_of_a_pi_4() -> None:
    class Headless(PinFactory):
        def __init__(self) -> None:
            self._info = None

    assert Headless()._get_revision() == PI_4
    assert Headless().board_info.model == "4B"


def test_gpiozero_finds_the_factory_by_its_name() -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    module, name = points["gpiozero_pin_factories"]["gpiod"].split(":")
    found: Callable[..., object] = getattr(import_module(module), name)
    assert found is PinFactory
