"""`make soak`: calls one after another, memory, descriptors and processes watched; then outages at random."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from tests.bench.measures import TimedPeer, pss_mib
from tests.bench.subjects import Ranin
from tests.core.outage_walks import many
from tests.peers.peer import bound, sdp

WARM_CALLS = 200
GROWTH_MIB = 4.0


class SoakError(AssertionError):
    """The phone did not hold; the message says what was lost."""


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
    del phone.told[: max(0, len(phone.told) - 50)]


def descriptors(phone: Ranin) -> int:
    """Open descriptors of all its processes."""
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in phone.pids())


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
                pids, first_mib, first_open = phone.pids(), pss_mib(phone), descriptors(phone)
            if count % 50 == 0:
                print(f"soak: {count} calls, {pss_mib(phone):.1f} MiB", file=sys.stderr, flush=True)
    if phone.pids() != pids:
        raise SoakError("a process was replaced on the way")
    result = pss_mib(phone) - first_mib, descriptors(phone) - first_open
    await phone.stop()
    peer.close()
    return result


def main() -> int:
    """Run, judge, say so."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--walks", type=int, default=200_000, help="sequences of failures and returns in the model")
    words = parser.parse_args()
    growth_mib, gained = asyncio.run(soak(words.calls, min(WARM_CALLS, words.calls // 2)))
    print(f"{words.calls} calls: {growth_mib:+.2f} MiB after the first {WARM_CALLS}, {gained:+d} descriptors")
    held = growth_mib <= GROWTH_MIB and gained <= 0
    many(words.walks, lambda text: print(f"soak: {text}", file=sys.stderr, flush=True))
    print("held" if held else f"NOT held: at most {GROWTH_MIB:.0f} MiB and no descriptor may be gained")
    return 0 if held else 1


if __name__ == "__main__":
    assert Path("Makefile").exists(), "run it with `make soak`"
    raise SystemExit(main())
