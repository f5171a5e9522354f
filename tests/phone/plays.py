"""What people do with calls, each with what must come of it: the plays of `make soak`."""

import asyncio
from collections.abc import Awaitable, Callable

from ranin.sim.card.ring import Ring
from tests.peers.exchange import Party, header
from tests.peers.voices import all_hear_all
from tests.phone.stage import Stage

Play = Callable[[Stage], Awaitable[None]]


async def rings_out(stage: Stage) -> None:
    """Somebody calls and gives up."""
    party = await stage.rings()
    await party.answers("CANCEL", "200")
    await stage.refused(party, "487")
    stage.came_out("rang until cancelled")


async def gives_up_at_once(stage: Stage) -> None:
    """The CANCEL crosses the first answers to the INVITE."""
    party = stage.exchange.caller(stage.number())
    party.request("INVITE", party.offer())
    await party.answers("CANCEL", "200")
    await stage.refused(party, "487")
    stage.came_out("cancelled at once")


async def meanwhile(stage: Stage, *calls: str) -> None:
    """Others call while these calls are up: none, one or two at a time; then perhaps one who is refused."""
    others = stage.chance.choices((rings_out, gives_up_at_once), k=stage.chance.choice((0, 1, 1, 2)))
    await asyncio.gather(*(play(stage) for play in others))
    await stage.calls(*calls)
    if stage.chance.random() < 0.2:
        await _refuses(stage)
        await stage.calls(*calls)


async def _refuses(stage: Stage) -> None:
    party = await stage.rings()
    await stage.soft("Refuse")
    await stage.refused(party, "486")
    stage.came_out("refused by its key")


async def ignored(stage: Stage) -> None:
    """Two at once ring and are not answered."""
    await asyncio.gather(rings_out(stage), rings_out(stage))


async def rejected(stage: Stage) -> None:
    """The person refuses who calls, without taking the handset."""
    await _refuses(stage)


async def cancelled_while_lifted(stage: Stage) -> None:
    """The CANCEL crosses the handset: either is first, and the caller is told once which."""
    party = await stage.rings()
    if stage.chance.random() < 0.5:
        await stage.lift()
    await asyncio.gather(stage.lift(), party.answers("CANCEL", "200"))
    final = await party.until("SIP/2.0 200", "SIP/2.0 487")
    assert header(final, "CSeq").endswith("INVITE"), final
    if final.startswith("SIP/2.0 200"):
        await party.hang_up()
    stage.came_out(f"cancelled while the handset was lifted: {final[8:11]}")


async def plain(stage: Stage) -> None:
    """A conversation, with others who call during it."""
    party = await stage.begun()
    await meanwhile(stage, f"talking {party.number}")
    await stage.ends(party)


async def not_taken(stage: Stage) -> None:
    """The person calls and is told that it cannot be."""
    number = stage.number()
    await stage.dials(number)
    party = await stage.exchange.called(number)
    code = stage.chance.choice((404, 480, 486, 503, 603))
    party.reply(code)
    await party.until("ACK")
    await stage.calls()
    stage.came_out(f"was told {code}")


async def given_up(stage: Stage) -> None:
    """The person calls and puts the handset back while it rings; the answer may cross the CANCEL."""
    number = stage.number()
    await stage.dials(number)
    party = await stage.exchange.called(number)
    party.reply(180)
    await stage.calls(f"ringback {number}")
    crossing = stage.chance.random() < 0.5
    party.tried = lambda text: _late_answer(party, text) if crossing else None
    await stage.replace()
    await party.until("CANCEL")
    if not crossing:
        party.reply(487)
    await party.until("ACK")
    if crossing:
        await party.until("BYE")
    stage.came_out("answered across our CANCEL" if crossing else "given up by us")


def _late_answer(party: Party, text: str) -> None:
    if text.startswith("CANCEL"):
        party.reply(200)


async def held(stage: Stage) -> None:
    """Put aside, with others who call then, and taken back."""
    party = await stage.begun()
    await stage.soft("Hold")
    await stage.put_aside(party)
    await meanwhile(stage, f"held {party.number}")
    await stage.soft("Resume")
    await stage.taken_back(party)
    stage.besides["held and taken back"] += 1
    await stage.ends(party)


async def holds_us(stage: Stage) -> None:
    """The other side puts us aside and takes us back."""
    party = await stage.begun()
    for ours, theirs in (("sendonly", "recvonly"), ("sendrecv", "sendrecv")):
        answer = await party.answers("INVITE", "200", body=party.offer(ours))
        assert f"a={theirs}" in answer, f"{ours} was answered otherwise than {theirs}"
    await party.heard()
    stage.besides["held by the other side"] += 1
    await stage.ends(party)


async def second_caller(stage: Stage) -> None:
    """Somebody calls during a conversation and is answered; swapped, and each ends in turn."""
    first = await stage.begun()
    second = await stage.rings()
    await stage.soft("Answer")
    await second.until("SIP/2.0 200")
    await stage.put_aside(first)
    await stage.talks(second)
    await stage.soft("Swap")
    await stage.put_aside(second)
    await stage.taken_back(first)
    await meanwhile(stage, f"talking {first.number}", f"held {second.number}")
    await second.hang_up()
    await stage.calls(f"talking {first.number}")
    stage.came_out("waited, was answered and hung up")
    await stage.ends(first)


async def blind(stage: Stage) -> None:
    """Transferred without asking; half of the time it is not taken, and the call is ours again."""
    party = await stage.begun()
    await stage.soft("Transfer")
    await stage.put_aside(party)
    number, refused = stage.number(), stage.chance.choice(("", "", "REFER", "NOTIFY"))
    party.codes["REFER"] = 603 if refused == "REFER" else 202
    await stage.dials(number, finish="")
    await stage.soft("Send")
    assert f"sip:{number}@" in header(await party.until("REFER"), "Refer-To")
    if refused != "REFER":
        await party.tell_transfer("100 Trying", "active;expires=60")
        await party.tell_transfer("486 Busy Here" if refused else "200 OK")
    if refused:
        await _ours_again(stage, party)
    else:
        await stage.over(party)
        stage.came_out("transferred")


async def _ours_again(stage: Stage, party: Party) -> None:
    await stage.calls(f"held {party.number}")
    await stage.says("Not transferred")
    await stage.soft("Resume")
    await stage.taken_back(party)
    stage.besides["not transferred, and ours again"] += 1
    await stage.ends(party)


async def attended(stage: Stage) -> None:
    """Transferred to somebody who was asked first, by the key or by putting the handset back."""
    first = await stage.begun()
    await stage.soft("Transfer")
    await stage.put_aside(first)
    second = await stage.called()
    await meanwhile(stage, f"held {first.number}", f"talking {second.number}")
    await (stage.soft("Transfer") if stage.chance.random() < 0.5 else stage.replace())
    await stage.put_aside(second)
    to = header(await first.until("REFER"), "Refer-To")
    assert f"Replaces={second.call.partition('@')[0]}" in to, f"{to} does not name {second.call}"
    await first.tell_transfer("200 OK")
    await stage.over(first, second)
    stage.came_out("transferred to who was asked", 2)


async def conference(stage: Stage) -> None:
    """Two or three are let in one by one; in every fourth all are listened to; then one after the other leaves."""
    inside = [await stage.begun()]
    for _ in range(stage.chance.choice((1, 1, 2))):
        await stage.soft("Hold")
        for party in inside:
            await stage.put_aside(party)
        newest = await stage.called()
        for party in inside:
            await stage.soft("Join")
            await stage.taken_back(party)
        inside.append(newest)
    await meanwhile(stage, *(f"talking {party.number}" for party in inside))
    if not stage.tally["in a conference"] or stage.chance.random() < 0.25:
        await _listen(stage, inside)
    stage.came_out("in a conference", len(inside))
    await inside.pop().hang_up()
    await stage.calls(*(f"talking {party.number}" for party in inside))
    await stage.replace()
    await stage.over(*inside)


async def _listen(stage: Stage, inside: list[Party]) -> None:
    mouth, ear = stage.phone.capture(), stage.phone.playback()
    try:
        await all_hear_all(inside, mouth, ear)
    finally:
        _close(mouth, ear)
    stage.besides["conferences in which all heard all"] += 1


def _close(*rings: Ring) -> None:
    for ring in rings:
        ring.close()


PLAYS: tuple[Play, ...] = (
    ignored, rejected, cancelled_while_lifted, plain, plain, not_taken, given_up, given_up, held, holds_us,
    second_caller, blind, blind, attended, conference,
)  # fmt: skip
"""One round of them."""
