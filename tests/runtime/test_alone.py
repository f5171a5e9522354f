"""One phone at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from ranin.main import main
from ranin.runtime.alone import hold, runs


def test_a_second_phone_finds_the_first_and_not_one_that_has_ended(tmp_path: Path) -> None:
    assert not runs(tmp_path / "none") and not runs(tmp_path)
    first = hold(tmp_path / "state")
    assert first is not None and runs(tmp_path / "state")
    assert hold(tmp_path / "state") is None
    first.close()
    assert not runs(tmp_path / "state")
    again = hold(tmp_path / "state")
    assert again is not None
    again.close()


def test_a_phone_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from ranin.runtime.alone import hold\n"
        "held = hold(pathlib.Path(sys.argv[1])); print(1, flush=True); input()"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None and other.stdout.readline() == b"1\n"
    assert runs(tmp_path)
    other.kill()
    other.communicate()
    assert not runs(tmp_path)


def test_the_second_phone_says_so_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    held = hold(tmp_path)
    assert held is not None
    monkeypatch.setattr(sys, "argv", ["ranin", "--state", str(tmp_path)])
    assert main() == 1
    assert f"a phone runs already with {tmp_path}" in capsys.readouterr().err
    held.close()


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(sys, "argv", ["ranin", "--state", str(tmp_path / "file" / "state")])
    assert main() == 1
    assert "Not a directory" in capsys.readouterr().err
