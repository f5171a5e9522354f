"""The adapter against the simulated modem over a real pseudo-terminal."""

import asyncio
import logging
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ranin.cellular import port
from ranin.cellular.port import Modem
from ranin.cellular.settings import CellSettings
from ranin.core.events import CallAnswered, CallEnded, CallProgressed, Event, Progress
from ranin.core.mobile import (
    AlertCellCaller,
    AnswerCellCall,
    CellCallArrived,
    CellSoundReady,
    ForwardReason,
    HangUpCellCall,
    ModemChanged,
    ModemStage,
    PlaceCellCall,
    SendCellDtmf,
    SendSms,
    SendUssd,
    SetCellForward,
    SmsArrived,
    UssdAnswered,
)
from ranin.core.outage import OrderTried, Outcome
from ranin.core.settings import Secret
from ranin.runtime.adapter import Adapter
from ranin.sim.cell.families import FAMILIES
from ranin.sim.modem import SimModem

WITHIN_S = 20


class Heard:
    """Events as they come, waited for with a deadline."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._more = asyncio.Event()

    def post(self, event: Event) -> None:
        self.events.append(event)
        self._more.set()

    async def until(self, holds: Callable[[Event], bool]) -> None:
        """Wait until an event holds that has come or comes."""
        async with asyncio.timeout(WITHIN_S):
            while not any(map(holds, self.events)):
                self._more.clear()
                await self._more.wait()

    async def has(self, wanted: Event) -> None:
        await self.until(lambda event: event == wanted)

    async def stage(self, stage: ModemStage) -> None:
        await self.until(lambda event: isinstance(event, ModemChanged) and event.stage is stage)


@asynccontextmanager
async def running(modem: Adapter) -> AsyncIterator[Heard]:
    """A started adapter."""
    heard = Heard()
    await modem.start(heard.post)
    try:
        yield heard
    finally:
        await modem.stop()


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_day_with_each_family(tmp_path: Path, family: str) -> None:
    async with SimModem(tmp_path, family) as sim:
        modem = Modem(str(sim.device), CellSettings(analogue_sound=True), sound_device=str(sim.sound_device))
        sim.mobile.answer_after_s = 1.5
        sim.mobile.codes["*100#"] = (0, "5 euros\nuntil Friday")
        async with running(modem) as heard:
            await heard.until(lambda event: isinstance(event, ModemChanged) and event.operator == "Simnet")
            modem.execute(PlaceCellCall(1, "+33612345678"))
            await heard.has(CallProgressed(1, Progress.RINGING))
            await heard.has(CallAnswered(1))
            if family != "SIM800":
                await heard.until(lambda event: isinstance(event, CellSoundReady))
            modem.execute(SendCellDtmf(1, "7"))
            modem.execute(HangUpCellCall(1))
            await heard.has(CallEnded(1, 200, ""))
            assert sim.mobile.digits == ["7"]
            sim.mobile.ring("0699999999")
            await heard.has(CellCallArrived("cell-1", "0699999999"))
            modem.execute(AlertCellCaller(2, "cell-1"))
            modem.execute(AnswerCellCall(2))
            await heard.has(CallAnswered(2))
            sim.mobile.hang_up()
            await heard.has(CallEnded(2, 200, ""))
            modem.execute(SendSms(3, "+33612345678", "السلام عليكم " * 12))
            modem.execute(SetCellForward(4, ForwardReason.NOT_REACHABLE, "+33612345678"))
            modem.execute(SendUssd("*100#"))
            await heard.has(OrderTried(3, Outcome.DONE))
            await heard.has(OrderTried(4, Outcome.DONE, "", armed=True))
            await heard.has(UssdAnswered("5 euros\nuntil Friday", False))
            sim.mobile.deliver("36184", "Hello " * 30)
            await heard.has(SmsArrived("36184", "Hello " * 30, "2026-09-07T14:30:51+02:00"))
            assert sim.mobile.sent == [("+33612345678", "السلام عليكم " * 12)]


async def test_codes_and_cut_lines_on_a_real_line(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "SIM7600") as sim:
        sim.faults.before_answer += ["RING", "+CPIN: READY", "VOICE CALL: END: 000001"] * 5
        sim.faults.cut["+COPS"] = 9
        sim.faults.delays["AT+CMGF"] = 0.3
        async with running(Modem(str(sim.device))) as heard:
            await heard.stage(ModemStage.HOME)


async def test_a_pin_is_kept_before_it_is_tried_and_a_restart_does_not_try_it_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    memory = tmp_path / "tried"
    caplog.set_level(logging.DEBUG)
    async with SimModem(tmp_path, "EC25", pin="4321") as sim:
        for _ in range(2):
            modem = Modem(str(sim.device), CellSettings(pin=Secret("1111")), memory)
            async with running(modem) as heard:
                await heard.stage(ModemStage.LOCKED)
        assert sim.baseband.entered == ["1111"]
        assert stat.S_IMODE(memory.stat().st_mode) == 0o600 and memory.read_text()[0] == "!"
        async with running(modem) as heard:
            await heard.stage(ModemStage.LOCKED)
            modem.configure(CellSettings(pin=Secret("4321")))
            await heard.stage(ModemStage.HOME)
        assert sim.baseband.entered == ["1111", "4321"]
    assert "1111" not in caplog.text + repr(modem.__dict__) and "4321" not in caplog.text


async def test_a_pin_that_cannot_be_kept_is_not_entered(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "EC25", pin="4321") as sim:
        memory = tmp_path / "no such folder" / "tried"
        async with running(Modem(str(sim.device), CellSettings(pin=Secret("4321")), memory)) as heard:
            await heard.stage(ModemStage.LOCKED)
        assert sim.baseband.entered == []


async def test_a_hung_modem_is_reset_over_the_line(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "SIM7600") as sim:
        modem = Modem(str(sim.device))
        async with running(modem) as heard:
            await heard.stage(ModemStage.HOME)
            modem.execute(PlaceCellCall(1, "0612345678"))
            await heard.has(CallProgressed(1, Progress.RINGING))
            sim.faults.hung = True
            modem.execute(SendCellDtmf(1, "1"))
            await heard.has(CallEnded(1, 503, "the modem is gone"))
            await heard.has(ModemChanged(ModemStage.BROKEN, "it does not answer"))
            heard.events.clear()
            await heard.stage(ModemStage.HOME)
        assert sim.baseband.resets == 1


async def test_no_call_outlives_the_phone(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "SIM7600") as sim:
        modem = Modem(str(sim.device))
        async with running(modem) as heard:
            await heard.stage(ModemStage.HOME)
            modem.execute(PlaceCellCall(1, "0612345678"))
            await heard.has(CallProgressed(1, Progress.RINGING))
        assert not sim.mobile.calls


async def test_a_port_vanishes_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "ABSENT_AFTER_S", 1.0)
    async with SimModem(tmp_path, "EC25") as sim:
        modem = Modem(str(sim.device))
        async with running(modem) as heard:
            await heard.stage(ModemStage.HOME)
            sim.vanish()
            await heard.has(ModemChanged(ModemStage.BROKEN, "its port is gone"))
            await heard.has(ModemChanged(ModemStage.ABSENT))
            modem.execute(PlaceCellCall(1, "112"))
            await heard.has(CallEnded(1, 503, "the modem is not there"))
            heard.events.clear()
            sim.come_back()
            await heard.stage(ModemStage.HOME)


async def test_there_is_no_modem_and_then_there_is_one(tmp_path: Path) -> None:
    async with running(Modem(str(tmp_path / "modem"))) as heard:
        await heard.has(ModemChanged(ModemStage.ABSENT))
        async with SimModem(tmp_path, "SIM800"):
            await heard.stage(ModemStage.HOME)


async def test_the_port_is_ours_alone(tmp_path: Path) -> None:
    async with SimModem(tmp_path, "SIM800") as sim, running(Modem(str(sim.device))) as first:
        await first.stage(ModemStage.HOME)
        async with running(Modem(str(sim.device))) as second:
            await second.has(ModemChanged(ModemStage.ABSENT))
