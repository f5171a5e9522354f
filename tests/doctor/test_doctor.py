"""The doctor at a simulated phone: wires, display, card in a room, modem, battery, SIP server."""

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ranin.core.commands import Led
from ranin.core.keys import Key
from ranin.core.settings import Account, Secret, Settings
from ranin.doctor.__main__ import main
from ranin.doctor.bench import Bench
from ranin.doctor.digest import authorization, challenge
from ranin.doctor.examine import NAMES, examine
from ranin.doctor.finding import HELD_TODO, State
from ranin.doctor.machine import check_battery
from ranin.doctor.modem import check_modem
from ranin.doctor.network import check_network
from ranin.doctor.registrar import check_lines
from ranin.doctor.sound import hear, judge_sound
from ranin.doctor.wires import check_hook, check_keypad, check_lamps
from ranin.hardware.board import load_board
from ranin.runtime.alone import hold
from ranin.sim.battery import SimBattery
from ranin.sim.card.card import SimCard
from ranin.sim.display import FrameDevice
from ranin.sim.modem import SimModem
from ranin.sim.wires import Wires
from tests.network.servers import Server, udp
from tests.peers.peer import Peer

BOARD = load_board("standard")


@pytest.fixture
def wires() -> Wires:
    return Wires(BOARD)


@pytest.fixture
def bench(tmp_path: Path, wires: Wires) -> Bench:
    """A phone whose state is kept, with nobody beside it."""
    display = FrameDevice(128, 64)
    return Bench(
        BOARD, tmp_path / "phone.toml", tmp_path, pins=lambda: wires.factory, display=lambda: display,
        patience_s=2.0, sys=tmp_path / "sys", dev=tmp_path / "dev",
    )  # fmt: skip


async def test_a_lifted_handset_is_seen_and_a_hand_that_moves_it(bench: Bench, wires: Wires) -> None:
    assert (await check_hook(bench))[0].text == "reads replaced"
    bench.hands = True
    bench.say = lambda text: wires.lift() if "Lift" in text else wires.replace()
    assert (await check_hook(bench))[0].text == "follows the handset"
    bench.say, bench.patience_s = (lambda text: None), 0.05
    assert (await check_hook(bench))[0].text == "does not follow the handset"
    wires.lift()
    assert (await check_hook(bench))[0].text == "reads lifted while on the rest"


async def test_the_walk_over_the_keypad_ends_when_every_key_was_seen(bench: Bench, wires: Wires) -> None:
    """A finger that presses the next key whenever the picture has changed."""
    left = [key for row in BOARD.keys for key in row if key]
    pictures: list[str] = []

    def seen(picture: str) -> None:
        pictures.append(picture)
        for key in Key:
            wires.release(key)
        if left:
            asyncio.get_running_loop().call_later(0.03, wires.press, left.pop(0))

    bench.hands, bench.say = True, seen
    assert [one.text for one in await check_keypad(bench)] == ["all 24 keys are seen"]
    assert pictures[-1].count("[") == 24 and "·" not in pictures[-1]


async def test_a_key_that_is_never_pressed_and_one_that_is_stuck_are_named(bench: Bench, wires: Wires) -> None:
    wires.press(Key.D5)
    assert "without a hand: 5" in (await check_keypad(bench))[0].text
    wires.release(Key.D5)
    bench.hands, bench.patience_s = True, 0.05
    assert (await check_keypad(bench))[0].text == "no key is seen"


async def test_the_lamps_are_lit_one_after_the_other(bench: Bench, wires: Wires) -> None:
    shone: list[set[Led]] = []
    wires.on_lamps = lambda: shone.append({led for led, on in wires.lamps().items() if on})
    assert (await check_lamps(bench))[0].state is State.WELL
    assert [lit for lit in shone if lit] == [{led} for led in BOARD.leds]


@pytest.fixture
def card_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Makes a card whose microphone hears its earpiece as `room` says."""
    cards: list[SimCard] = []

    def made(room: str) -> SimCard:
        card = SimCard(tmp_path, room=room)
        monkeypatch.setenv("ALSA_CONFIG_PATH", str(card.config))
        cards.append(card)
        return card

    yield made
    for card in cards:
        card.close()


@pytest.mark.parametrize(("room", "delay_ms", "erl_db"), [("480:20", 10.0, 34.0), ("1440:32", 30.0, 29.9)])
def test_level_delay_and_echo_return_loss_are_those_of_the_room(
    card_in: object, room: str, delay_ms: float, erl_db: float
) -> None:
    card_in(room)  # type: ignore[operator]
    heard = hear()
    assert heard.delay_ms == pytest.approx(delay_ms, abs=1.5)
    assert heard.erl_db == pytest.approx(erl_db, abs=0.3)
    assert heard.level_dbfs == pytest.approx(-15.05 - erl_db, abs=0.3)
    assert heard.noise_dbfs < -90 and judge_sound(heard).state is State.WELL


def test_a_loud_room_is_an_echo_and_none_is_silence(card_in: object) -> None:
    card_in("480:500")  # type: ignore[operator]
    assert "echo return loss is 6 dB" in judge_sound(hear()).text
    card_in("")  # type: ignore[operator]
    assert "digital silence" in judge_sound(hear()).text


async def test_a_missing_card_is_named(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = SimCard(tmp_path, names=("ringer",))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(other.config))
    (found,) = [one async for one in examine(bench, ["sound"])]
    assert found.state is State.ABSENT and "'handset'" in found.text
    other.close()


async def test_a_modem_is_asked_and_its_troubles_are_named(bench: Bench, tmp_path: Path) -> None:
    assert (await check_modem(bench))[0].state is State.ABSENT
    async with SimModem(tmp_path) as modem:
        bench.modem = str(modem.device)
        assert (await check_modem(bench))[0].state is State.WELL
        modem.mobile.set_signal(99)
        assert (await check_modem(bench))[0].text == "it hears no network"
        modem.mobile.set_signal(20)
        modem.mobile.register(3)
        assert (await check_modem(bench))[0].text == "the network refuses the SIM"


@pytest.mark.parametrize(
    ("words", "text"), [({"card": False}, "no SIM is seen"), ({"pin": "1234"}, "asks for its PIN")]
)
async def test_a_missing_sim_and_a_locked_one_are_named(bench: Bench, tmp_path: Path, words: dict, text: str) -> None:
    async with SimModem(tmp_path, **words) as modem:
        bench.modem = str(modem.device)
        (found,) = await check_modem(bench)
        assert found.state is State.WRONG and text in found.text
        assert modem.baseband.entered == []


async def test_a_battery_is_read_and_a_dead_gauge_is_named(bench: Bench, tmp_path: Path) -> None:
    assert (await check_battery(bench))[0].state is State.ABSENT
    battery = SimBattery(tmp_path / "sys" / "class" / "power_supply")
    (found,) = await check_battery(bench)
    assert found.state is State.WELL and "on mains" in found.text and 3.0 < found.measured["volt"] < 4.3
    battery.pull()
    battery.charge = 0.05
    battery.advance(1.0)
    assert "nearly empty" in (await check_battery(bench))[0].text
    battery.gauge_dead = True
    battery.advance(1.0)
    assert (await check_battery(bench))[0].state is State.WRONG


PASSWORD = "canary"
REALM = 'Digest realm="test", nonce="abc", algorithm=MD5, qop="auth"'


def registrar(asked: bytes) -> list[bytes]:
    """Wants the digest, and knows of one binding."""
    text = asked.decode()
    proof = re.search(r"^Authorization: (.*)\r$", text, re.MULTILINE)
    if proof is None:
        return [Peer.answer(text, 100).encode(), Peer.answer(text, 401, f"WWW-Authenticate: {REALM}\r\n").encode()]
    cnonce = challenge(proof[1])["cnonce"]
    right = authorization(challenge(REALM), "REGISTER", "sip:test", "201", PASSWORD, cnonce) == proof[1]
    return [Peer.answer(text, 200 if right else 401, "Contact: <sip:201@192.0.2.7>\r\n" if right else "").encode()]


async def test_a_line_is_asked_for_at_its_registrar_without_changing_anything(bench: Bench) -> None:
    async with Server.at(udp(), "127.0.0.1", 0, registrar) as server:
        port = server.transport.get_extra_info("sockname")[1]
        account = Account(user="201", password=Secret(PASSWORD), domain="test", server=f"127.0.0.1:{port}")
        bench.settings = Settings(accounts=(account,))
        (found,) = await check_lines(bench)
        assert (found.state, found.text) == (State.WELL, "user and password are right, 1 registered")
        assert not any(b"\r\nContact:" in asked or PASSWORD.encode() in asked for asked in server.asked)
        wrong = Account(user="201", password=Secret("no"), domain="test", server=f"127.0.0.1:{port}")
        bench.settings = Settings(accounts=(wrong,))
        assert (await check_lines(bench))[0].text == "the server refuses user or password"


async def test_over_tcp_answers_that_come_in_one_piece_are_told_apart(bench: Bench) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.read(65535):
            writer.write(b"".join(registrar(asked)))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        account = Account(user="201", password=Secret(PASSWORD), domain="test", server=place, transport="tcp")
        bench.settings = Settings(accounts=(account,))
        assert (await check_lines(bench))[0].text == "user and password are right, 1 registered"


async def test_a_server_that_is_not_there_is_said_to_be_silent(bench: Bench) -> None:
    with udp() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        for transport in ("udp", "tcp"):
            account = Account(user="201", domain="test", server=f"127.0.0.1:{port}", transport=transport)
            bench.settings = Settings(accounts=(account,))
            (found,) = await check_lines(bench)
            assert found.state is State.WRONG and found.text in ("Server does not answer", "Connection refused")


async def test_the_network_is_examined_without_a_line(bench: Bench) -> None:
    found = await check_network(bench)
    assert found and all(one.part.startswith("network") or one.part == "network" for one in found)
    bench.devices = {}
    assert (await check_network(bench))[0].text == "there is no interface"


async def test_beside_a_running_phone_what_it_holds_is_left_alone_and_the_rest_is_tested(bench: Bench) -> None:
    bench.running = True
    found = {one.part: one async for one in examine(bench, ["display", "hook", "keypad", "lamps", "sound", "clock"])}
    for part in ("display", "hook", "keypad", "lamps", "sound"):
        assert (found[part].state, found[part].todo) == (State.SKIPPED, HELD_TODO)
    assert found["clock"].state is not State.SKIPPED


async def test_the_display_shows_what_is_tested_and_then_the_result(bench: Bench) -> None:
    device, frames = bench.open_display(), []
    device.on_frame = lambda: frames.append(device.frame.tobytes())
    found = [one async for one in examine(bench, ["display", "hook", "disk"])]
    assert [one.part for one in found] == ["display", "disk", "hook"]
    assert len(frames) == 3 and len(set(frames)) == 3 and all(any(frame) for frame in frames)


async def test_a_display_that_is_not_there_keeps_nobody(bench: Bench) -> None:
    def absent() -> object:
        raise OSError("I2C device not found on address: 0x3C")

    bench.display = absent
    found = [one async for one in examine(bench, ["display", "disk"])]
    assert found[0].state is State.WRONG and "0x3C" in found[0].text and found[1].state is State.WELL


async def test_pins_that_cannot_be_opened_keep_nobody(bench: Bench) -> None:
    def absent() -> object:
        raise OSError(2, "No such file or directory", "/dev/gpiochip0")

    bench.pins = absent
    found = [one async for one in examine(bench, ["hook", "keypad", "disk"])]
    assert [one.state for one in found] == [State.WELL, State.WRONG, State.WRONG]


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["ranin doctor", *words])
    return main()


def test_the_command_tells_machines_and_its_exit_says_whether_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ("--state", str(tmp_path), "--config", str(tmp_path / "phone.toml"))
    assert run(monkeypatch, "disk", "--json", *place) == 0
    assert json.loads(capsys.readouterr().out)["findings"][0]["part"] == "disk"
    (tmp_path / "phone.toml").write_text('[[line]]\nuser = "201"\npassword = "canary"\nport = "x"\n')
    assert run(monkeypatch, "configuration", *place) == 1
    told = capsys.readouterr().out
    assert told.startswith("WRONG configuration:") and "port" in told and "canary" not in told


def test_a_running_phone_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    held = hold(tmp_path)
    assert held is not None
    assert run(monkeypatch, "hook", "--state", str(tmp_path)) == 0
    assert "beside the running phone" in capsys.readouterr().out
    held.close()


def test_a_wrong_board_and_a_wrong_part_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--board", "none") == 2
    assert "no board is called" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(monkeypatch, "toaster")
    assert "modem" in NAMES and "toaster" in capsys.readouterr().err
