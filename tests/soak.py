"""`make soak`: calls one after another, then mixed ones, memory, descriptors and processes watched; then the models."""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from tests.bench.measures import TimedPeer, descriptors, own_mib
from tests.bench.subjects import Ranin
from tests.core.outage_walks import many
from tests.core.test_calls_model import walk
from tests.peers.peer import bound, sdp
from tests.phone.mixed import Outcome, SoakError, mixed

WARM_CALLS = 200
GROWTH_MIB = 4.0


async def one_call(phone: Ranin, peer: TimedPeer, port: int) -> None:
    """The phone is called, answers, both hear each other for a moment, and the caller hangs up."""
    peer.requests.clear()
    peer.responses.clear()
    call = peer.invite(sdp(port))
    answer = await peer.until("SIP/2.0 200", call=call)
    tag = next(line.partition("tag=")[2] for line in answer.split("\r\n") if line.startswith("To:"))
    told = len(phone.told)
    peer.send(peer.request("ACK", call, to_tag=tag))
    peer.send(peer.request("BYE", call, to_tag=tag, cseq=2))
    await peer.until("SIP/2.0 200", call=f"{call}BYE")
    await phone.do("replace")
    async with asyncio.timeout(10):
        while not any(row.get("state") == "registered down" for row in phone.told[told:]):
            await asyncio.sleep(0.01)
    phone.forget()


async def soak(calls: int, warm: int) -> tuple[float, int]:
    """(growth in MiB after the warm calls, descriptors gained). Raises SoakError when a process changed."""
    peer = await TimedPeer.start()
    phone = Ranin(f"127.0.0.1:{peer.port}", "127.0.0.1")
    await phone.start(answer=True)
    await peer.registered()
    await phone.until("state", state="registered")
    with bound() as media:
        port = media.getsockname()[1]
        for count in range(1, calls + 1):
            await one_call(phone, peer, port)
            if count == warm:
                pids, first_mib, first_open = phone.pids(), own_mib(phone), descriptors(phone)
            if count % 50 == 0:
                say(f"{count} calls, {own_mib(phone):.1f} MiB")
    if phone.pids() != pids:
        raise SoakError("a process was replaced on the way")
    result = own_mib(phone) - first_mib, descriptors(phone) - first_open
    await phone.stop()
    peer.close()
    return result


def say(text: str) -> None:
    """Progress, apart from the results."""
    print(f"soak: {text}", file=sys.stderr, flush=True)


def told(outcome: Outcome) -> str:
    """What came of mixed calls, in lines."""
    rows = [*outcome.tally.items(), *((f"({what})", count) for what, count in outcome.besides.items())]
    return "\n".join(f"  {count:5} {what}" for what, count in sorted(rows, key=lambda row: (row[0][0] == "(", -row[1])))


def main() -> int:
    """Run, judge, say so."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="one after another")
    parser.add_argument("--mixed", type=int, default=5000, help="calls of every kind, several at once")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000, help="of the mixed calls")
    parser.add_argument("--models", type=int, default=5000, help="sequences of several calls in the model")
    parser.add_argument("--walks", type=int, default=200_000, help="sequences of failures and returns in the model")
    words = parser.parse_args()
    held = _mixed(words.mixed, words.seed) if words.mixed else True
    if words.calls:
        growth_mib, gained = asyncio.run(soak(words.calls, min(WARM_CALLS, words.calls // 2)))
        print(f"{words.calls} calls one after another:")
        held = _judge(growth_mib, gained) and held
    say(f"{words.models} sequences of several calls in the model")
    walk(words.models)
    many(words.walks, say)
    return 0 if held else 1


def _mixed(calls: int, seed: int) -> bool:
    say(f"mixed calls of seed {seed}")
    outcome = asyncio.run(mixed(calls, min(WARM_CALLS, calls // 2), seed, say))
    rate = outcome.calls / outcome.seconds
    print(f"{outcome.calls} mixed calls of seed {seed}, {rate:.2f} a second, all as they should:\n{told(outcome)}")
    return _judge(outcome.growth_mib, outcome.gained)


def _judge(growth_mib: float, gained: int) -> bool:
    held = growth_mib <= GROWTH_MIB and gained <= 0
    words = "held" if held else f"NOT held: at most {GROWTH_MIB:.0f} MiB and no descriptor may be gained"
    print(f"  {growth_mib:+.2f} MiB after the first {WARM_CALLS}, {gained:+d} descriptors: {words}")
    return held


if __name__ == "__main__":
    assert Path("Makefile").exists(), "run it with `make soak`"
    raise SystemExit(main())
