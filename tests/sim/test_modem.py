"""The simulated modem by itself: its voice, its plug, and what its families differ in."""

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest
import serial

from ranin.sim.modem import RATE, SimModem
from tests.tones import rms, share


async def ask(device: Path, *commands: str) -> str:
    """Write commands, each after the answer to the one before; everything that was read."""
    loop, found = asyncio.get_running_loop(), bytearray()
    with serial.Serial(str(device), timeout=0, exclusive=True) as port:
        for command in commands:
            port.write(command.encode() + b"\r")
            start = len(found)
            async with asyncio.timeout(5):
                while not any(end in found[start:] for end in (b"OK\r\n", b"ERROR", b"NO CARRIER\r\n")):
                    await readable(loop, port.fileno())
                    found += port.read(4096)
    return found.decode()


async def readable(loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
    """Wait for bytes."""
    ready = loop.create_future()
    loop.add_reader(descriptor, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)


async def test_it_echoes_until_it_is_told_not_to(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "SIM7600") as sim:
        found = await ask(sim.device, "ATE0", "AT+CSQ")
        assert "ATE0\r\r\nOK" in found and "AT+CSQ" not in found and "\r\n+CSQ: 20,99\r\n" in found


@pytest.mark.parametrize(("family", "known"), [("SIM7600", True), ("EC25", True), ("SIM800", False)])
async def test_families_know_different_commands(tmp_path: Path, family: str, known: bool) -> None:
    async with SimModem(tmp_path, family) as sim:
        assert ("+CEREG: 2,1," in await ask(sim.device, "AT+CEREG?")) is known
        assert "ERROR" in await ask(sim.device, "AT+NOSUCH")


def hung_up(port: serial.Serial) -> bool:
    """Whether the line is dead: a pseudo-terminal says so by its end or by an error."""
    try:
        return os.read(port.fileno(), 4096) == b""
    except OSError:
        return True


async def talk(sim: SimModem) -> serial.Serial:
    """Call, be answered, open the voice's port."""
    await ask(sim.device, "ATD0612345678;")
    async with asyncio.timeout(5):
        while "OK" not in (await ask(sim.device, "AT+CPCMREG=1")).split():
            sim.mobile.answer()
            await asyncio.sleep(0.05)
    return serial.Serial(str(sim.sound_device), timeout=0)


async def listen(port: serial.Serial, seconds: float) -> np.ndarray:
    """So much of the voice."""
    found = bytearray()
    async with asyncio.timeout(5 + seconds):
        while len(found) < seconds * RATE * 2:
            await readable(asyncio.get_running_loop(), port.fileno())
            found += os.read(port.fileno(), 4096)
    return np.frombuffer(bytes(found), dtype="<i2") / 32768


async def test_the_other_side_speaks_in_real_time(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "SIM7600") as sim:
        sim.tone_hz = 425
        port = await talk(sim)
        start_s = asyncio.get_running_loop().time()
        sound = await listen(port, 1.0)
        assert 0.8 < asyncio.get_running_loop().time() - start_s < 4.0
        assert share(sound, 425, RATE) > 0.95 and rms(sound) > 0.1
        port.close()


async def test_the_other_side_hears_and_repeats(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "SIM7600") as sim:
        port = await talk(sim)
        tone = np.round(8000 * np.sin(2 * np.pi * 1000 / RATE * np.arange(RATE // 5))).astype("<i2").tobytes()
        port.write(tone)
        sound = await listen(port, 0.6)
        assert bytes(sim.heard) == tone
        start = int(np.flatnonzero(sound)[0])
        assert share(sound[start : start + RATE // 5], 1000, RATE) > 0.8
        port.close()


async def test_before_a_call_there_is_no_voice(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "SIM7600") as sim:
        assert "ERROR" in await ask(sim.device, "AT+CPCMREG=1")


async def test_a_reset_takes_it_off_the_bus_and_back(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "SIM7600") as sim:
        assert "OK" in await ask(sim.device, "ATE0", "AT+CFUN=1,1")
        async with asyncio.timeout(5):
            while sim.baseband.resets == 0 or not sim.device.is_symlink():
                await asyncio.sleep(0.02)
        assert "AT+CSQ\r" in await ask(sim.device, "AT+CSQ")


async def test_its_plug_is_pulled_and_comes_back(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "EC25") as sim:
        with serial.Serial(str(sim.device), timeout=0) as port:
            sim.vanish()
            assert not sim.device.is_symlink()
            assert hung_up(port)
        sim.come_back()
        assert "OK" in await ask(sim.device, "AT")
