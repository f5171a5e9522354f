"""The units as systemd itself reads them: nothing to complain of, and how exposed each service is."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ranin.cellular.profiles import PROFILES
from ranin.runtime.watchdog import STUCK_S

FOLDER = Path(__file__).parents[2] / "systemd"
SERVICES = {"ranin.service": 2.5, "ranin-sip.service": 2.0}
"""Unit → the exposure that it may have, 0 to 10."""
analyzed = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")


def analyze(*words: str, folder: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def setting(unit: str, name: str) -> list[str]:
    """Every value of a setting of a unit."""
    text = (FOLDER / unit).read_text().replace("\\\n", " ")
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


@analyzed
@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_is_no_more_exposed_than_it_may_be(unit: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = analyze("security", "--offline=true", "--no-pager", f"./{unit}").stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert found is not None, told
    with capsys.disabled():
        print(f"\n{unit}: exposure {found[1]} (at most {SERVICES[unit]})")
    assert float(found[1]) <= SERVICES[unit], told


@analyzed
def test_an_open_unit_would_be_seen(tmp_path: Path) -> None:
    text = (FOLDER / "ranin-sip.service").read_text()
    (tmp_path / "open.service").write_text(re.sub(r"^(System|Restrict|Protect|Device|Cap).*\n", "", text, flags=re.M))
    told = analyze("security", "--offline=true", "--no-pager", "./open.service", folder=tmp_path).stdout
    assert float(re.findall(r"level for \S+: ([\d.]+)", told)[0]) > 5


@analyzed
def test_systemd_has_nothing_to_complain_of(tmp_path: Path) -> None:
    """The programs are the image's: here stand true ones in their place."""
    for path in FOLDER.glob("ranin*.*"):
        (tmp_path / path.name).write_text(re.sub(r"/opt/ranin/bin/\S+", sys.executable, path.read_text()))
    told = analyze("verify", "--man=no", *(f"./{path.name}" for path in tmp_path.glob("ranin*")), folder=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")


@analyzed
def test_verify_sees_a_mistake(tmp_path: Path) -> None:
    text = (FOLDER / "ranin-sip.service").read_text().replace("/opt/ranin/bin/python", sys.executable)
    (tmp_path / "wrong.service").write_text(text.replace("LockPersonality=", "LockPersonalty="))
    assert "LockPersonalty" in analyze("verify", "--man=no", "./wrong.service", folder=tmp_path).stderr


def test_the_engine_has_the_sound_card_and_no_right_besides() -> None:
    assert setting("ranin-sip.service", "DeviceAllow") == ["char-alsa rw"]
    assert setting("ranin-sip.service", "DevicePolicy") == ["closed"]
    assert setting("ranin-sip.service", "CapabilityBoundingSet") == [""]
    assert not setting("ranin-sip.service", "AmbientCapabilities")
    assert not setting("ranin-sip.service", "ReadWritePaths") and not setting("ranin-sip.service", "StateDirectory")
    assert setting("ranin-sip.service", "LimitRTPRIO") == ["99"]
    assert setting("ranin-sip.service", "User") != setting("ranin.service", "User")


def test_the_daemon_may_set_the_clock_and_nothing_else() -> None:
    assert setting("ranin.service", "CapabilityBoundingSet") == ["CAP_SYS_TIME"]
    assert not setting("ranin.service", "ProtectClock")
    assert setting("ranin.service", "SystemCallFilter")[-1] == "@clock"


def test_a_hang_is_ended_within_15_seconds() -> None:
    (within_s,) = setting("ranin.service", "WatchdogSec")
    assert STUCK_S + float(within_s) < 15
    assert setting("ranin.service", "Restart") == ["always"]
    assert setting("ranin.service", "Type") == ["notify"]
    (hardware_s,) = re.findall(
        r"RuntimeWatchdogSec=(\d+)", (FOLDER / "system.conf.d/10-ranin-watchdog.conf").read_text()
    )
    assert int(hardware_s) <= 15  # all that bcm2835_wdt can count


def test_both_have_a_ceiling_and_the_sound_comes_first() -> None:
    for unit in SERVICES:
        assert setting(unit, "MemoryMax") and setting(unit, "TasksMax")
    assert setting("ranin.service", "CPUQuota") and not setting("ranin-sip.service", "CPUQuota")


def test_the_socket_is_the_daemons_alone() -> None:
    assert setting("ranin-sip.socket", "SocketUser") == setting("ranin.service", "User")
    assert setting("ranin-sip.socket", "SocketMode") == ["0600"]
    (path,) = setting("ranin-sip.socket", "ListenStream")
    assert f"--engine {path}" in setting("ranin.service", "ExecStart")[0]
    assert "--listen-fd 3" in setting("ranin-sip.service", "ExecStart")[0]


def test_every_user_and_group_that_a_unit_names_is_made_or_debians() -> None:
    lines = [line.split() for line in (FOLDER / "sysusers.d/ranin.conf").read_text().splitlines() if line[:1] in "ug"]
    made = {words[1] for words in lines}
    for unit in SERVICES:
        assert set(setting(unit, "User")) <= made
        assert set(" ".join(setting(unit, "SupplementaryGroups")).split()) <= made | {"audio", "dialout", "input"}


RULE = re.compile(r'^[A-Z]+(\{[^}]+\})?(==|!=|\+=|=)"[^"]*"$')


def rules() -> list[list[str]]:
    lines = (FOLDER / "udev/rules.d/60-ranin.rules").read_text().splitlines()
    return [re.split(r",\s+(?=[A-Z])", line) for line in lines if line and not line.startswith("#")]


def test_every_rule_of_udev_is_a_rule() -> None:
    for parts in rules():
        assert all(RULE.match(part) for part in parts), parts
        assert any("==" in part for part in parts) and any(re.search(r'[^=!]="|\+="', part) for part in parts), parts


def test_udev_knows_the_vendor_of_every_modem() -> None:
    vendors = {usb.split(":")[0] for profile in PROFILES for usb in profile.usb}
    (rule,) = [parts for parts in rules() if any("ID_MM_DEVICE_IGNORE" in part for part in parts)]
    assert all(vendor in rule[1] for vendor in vendors)


def test_the_daemon_is_started_as_the_project_installs_it() -> None:
    scripts = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text())["project"]["scripts"]
    assert Path(setting("ranin.service", "ExecStart")[0].split()[0]).name in scripts


@pytest.mark.skipif(
    not (shutil.which("systemd-sysusers") and shutil.which("systemd-tmpfiles")), reason="there is no systemd here"
)
def test_users_and_folders_come_out_as_they_should(tmp_path: Path) -> None:
    """In a root of their own, as an image is made."""
    frequency = tmp_path / "sys/devices/system/cpu/cpufreq/policy0/scaling_governor"
    frequency.parent.mkdir(parents=True)
    frequency.touch()
    (tmp_path / "etc").mkdir()
    for words in (
        ("systemd-sysusers", "sysusers.d/ranin.conf"),
        ("systemd-tmpfiles", "--create", "tmpfiles.d/ranin.conf"),
    ):
        told = subprocess.run(
            [words[0], f"--root={tmp_path}", *words[1:-1], str(FOLDER / words[-1])],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr
    users = [line.split(":") for line in (tmp_path / "etc/passwd").read_text().splitlines()]
    assert {user[0] for user in users} == {"ranin", "ranin-sip"} and all("nologin" in user[6] for user in users)
    number = next(int(user[2]) for user in users if user[0] == "ranin")
    state = (tmp_path / "var/lib/ranin").stat()
    assert (state.st_uid, state.st_mode & 0o777) == (number, 0o700)
    assert (tmp_path / "etc/ranin").stat().st_mode & 0o777 == 0o750
    assert (frequency.stat().st_gid, frequency.stat().st_mode & 0o777) == (number, 0o664)


def test_the_kernel_knows_every_kind_of_device_before_a_unit_allows_it() -> None:
    """systemd reads /proc/devices when the unit starts; what is not built into Debian's kernel is loaded before."""
    modules = {"char-i2c": "i2c-dev", "char-alsa": "snd", "char-hidraw": "hid", "char-ttyUSB": "usbserial"}
    modules |= {"char-ttyACM": "cdc-acm", "char-gpiochip": "", "char-spi": "", "char-input": ""}
    loaded = (FOLDER / "modules-load.d/ranin.conf").read_text().splitlines()
    for unit in SERVICES:
        for kind in (rule.split()[0] for rule in setting(unit, "DeviceAllow")):
            assert not modules[kind] or modules[kind] in loaded
