"""An adapter that is made with its first command."""

import asyncio
import sys

import pytest

from ranin.core.outage import CallHttp, OrderKind, OrderTried, Outcome, WriteLog
from ranin.runtime.later import Later

ORDER = CallHttp(7, "none-such", OrderKind.ARM, "+33611111111")


async def test_nothing_is_loaded_before_the_first_command_and_then_it_is_carried_out() -> None:
    heard: asyncio.Queue[object] = asyncio.Queue()
    later = Later((CallHttp,), "ranin.forwarding.http", "HttpForwarder")
    later.execute(ORDER)  # before the start, as the core's first commands come
    await later.start(heard.put_nowait)
    event = await asyncio.wait_for(heard.get(), 10)
    assert isinstance(event, OrderTried) and (event.order, event.outcome) == (7, Outcome.REFUSED)
    later.execute(ORDER)
    assert await asyncio.wait_for(heard.get(), 10) == event
    await later.stop()


async def test_what_is_never_needed_is_never_loaded() -> None:
    code = (
        "import sys, asyncio\n"
        "from ranin.sim.simulation import Simulation\n"
        "async def main():\n"
        "    async with Simulation(): pass\n"
        "    print(sorted({'aiohttp', 'zeroconf'} & set(sys.modules)))\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert out.decode().strip().endswith("[]")


async def test_what_cannot_be_loaded_is_said_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    later = Later((WriteLog,), "ranin.no_such_room", "Nobody")
    await later.start(lambda event: None)
    later.execute(WriteLog("x"))
    await later.stop()
    assert "WriteLog cannot be carried out" in caplog.text
