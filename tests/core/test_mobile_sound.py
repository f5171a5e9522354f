"""What the core does about the modem's voice: it has it joined, and ends the call that has lost it."""

from ranin.core.events import CallAnswered, CallEnded, EngineLost, EngineReady, HookLifted
from ranin.core.mobile import (
    CellCallArrived,
    CellSoundLost,
    CellSoundReady,
    HangUpCellCall,
    JoinCellSound,
    LeaveCellSound,
    ModemChanged,
    ModemStage,
)
from tests.core.desk_model import Bench

JOIN = JoinCellSound(1, device="/dev/voice")


def talking() -> Bench:
    bench = Bench().ready()
    bench.send(ModemChanged(ModemStage.HOME, voice=True), CellCallArrived("ring", "0612"), HookLifted())
    bench.send(CallAnswered(1))
    assert JOIN in bench.send(CellSoundReady(1, device="/dev/voice"))
    return bench


def test_an_engine_that_was_started_again_is_told_again() -> None:
    bench = talking()
    bench.send(EngineLost("it died"))
    assert JOIN in bench.send(EngineReady())


def test_a_call_that_has_lost_its_sound_is_ended() -> None:
    bench = talking()
    assert HangUpCellCall(1) in bench.send(CellSoundLost(1, "the port is gone"))
    assert LeaveCellSound(1) in bench.send(CallEnded(1, 200, "hung up"))
    assert not [word for word in bench.send(CellSoundLost(1, "late")) if isinstance(word, HangUpCellCall)]
