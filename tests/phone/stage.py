"""A phone in processes of its own and everybody who calls it: what the plays of `make soak` are made of."""

import asyncio
import random
from collections import Counter

from tests.bench.subjects import Ranin
from tests.peers.exchange import Exchange, Party, header

SOFT = ("soft1", "soft2", "soft3")


class Stage:
    """Hands at one phone, and the exchange behind it; chance is seeded, what came of each call is counted."""

    def __init__(self, phone: Ranin, exchange: Exchange, seed: int) -> None:
        self.phone, self.exchange = phone, exchange
        self.chance = random.Random(seed)
        self.tally: Counter[str] = Counter()
        """What came of a call → how many."""
        self.besides: Counter[str] = Counter()
        """What was done in them besides."""

    def number(self) -> str:
        """Somebody who is in no call now."""
        taken = {party.number for party in self.exchange.parties.values()}
        return self.chance.choice([str(number) for number in range(700, 800) if str(number) not in taken])

    async def calls(self, *wanted: str) -> None:
        """Wait until the phone has just these calls, as `state number`."""
        await self.phone.becomes(lambda state: sorted(state["calls"]) == sorted(wanted), f"the calls {wanted}")

    async def soft(self, label: str) -> None:
        """Press the key below this word, once it is there."""
        await self.phone.becomes(lambda state: label in state["keys"], f"a key {label!r}")
        await self.phone.tap(SOFT[self.phone.state["keys"].index(label)])

    async def says(self, title: str) -> None:
        """Wait for this title on the display."""
        await self.phone.becomes(lambda state: title in state["title"], f"{title!r} on the display")

    async def lift(self) -> None:
        """Take the handset."""
        await self.phone.do("lift")
        await self.phone.becomes(lambda state: " up" in state["state"], "the handset up")

    async def replace(self) -> None:
        """Put the handset back."""
        await self.phone.do("replace")
        await self.phone.becomes(lambda state: " down" in state["state"], "the handset down")

    async def rest(self) -> None:
        """Put the handset back; no call is left, at either end."""
        await self.replace()
        await self.calls()
        for party in self.exchange.parties.values():
            assert all(len(codes) == 1 for codes in party.finals.values()), f"more final answers: {party.finals}"
        assert not self.exchange.strays, f"stray requests: {self.exchange.strays}"
        assert self.exchange.dialled.empty(), "a call that nobody asked for"
        self.exchange.forget()

    async def rings(self) -> Party:
        """Somebody calls, and it rings."""
        party = self.exchange.caller(self.number())
        party.request("INVITE", party.offer())
        await party.until("SIP/2.0 180")
        return party

    async def refused(self, party: Party, *codes: str) -> None:
        """The caller gets one final answer, and it is one of these."""
        final = await party.until("SIP/2.0 2", "SIP/2.0 4", "SIP/2.0 5", "SIP/2.0 6")
        assert final[8:11] in codes and header(final, "CSeq").endswith("INVITE"), final.partition("\r\n")[0]

    async def answered(self) -> Party:
        """Somebody has called; the person has lifted, and sends sound."""
        party = await self.rings()
        await self.lift()
        await party.until("SIP/2.0 200")
        await self.talks(party)
        return party

    async def dials(self, number: str, finish: str = "#") -> None:
        """Lift if need be, and type a number."""
        if " up" not in self.phone.state["state"]:
            await self.lift()
        for key in number + finish:
            await self.phone.tap(key)

    async def called(self) -> Party:
        """The person calls somebody, who answers."""
        number = self.number()
        await self.dials(number)
        party = await self.exchange.called(number)
        party.reply(180)
        await self.phone.becomes(lambda state: f"ringback {number}" in state["calls"], "the tone of ringing")
        party.reply(200)
        await party.until("ACK")
        await self.talks(party)
        return party

    async def begun(self) -> Party:
        """A conversation, whoever has called."""
        return await (self.answered() if self.chance.random() < 0.5 else self.called())

    async def talks(self, party: Party) -> None:
        """It is a conversation, and the phone's sound comes."""
        await self.phone.becomes(lambda state: f"talking {party.number}" in state["calls"], "a conversation")
        await party.heard()

    async def put_aside(self, party: Party) -> None:
        """The other side is told that it waits."""
        await self._offered(party, "sendonly", f"held {party.number}")

    async def taken_back(self, party: Party) -> None:
        """The other side is told that it waits no more."""
        await self._offered(party, "sendrecv", f"talking {party.number}")

    async def _offered(self, party: Party, direction: str, call: str) -> None:
        while f"a={direction}" not in await party.until("INVITE"):
            pass
        await party.until("ACK")
        await self.phone.becomes(lambda state: call in state["calls"], call)

    async def over(self, *parties: Party) -> None:
        """The phone hangs up on each of them."""
        await asyncio.gather(*(party.until("BYE") for party in parties))

    async def ends(self, *parties: Party) -> None:
        """One side or the other ends a conversation, of which each is part."""
        if self.chance.random() < 0.5:
            await self.replace()
            await self.over(*parties)
            self.came_out("the phone hung up", len(parties))
        else:
            await asyncio.gather(*(party.hang_up() for party in parties))
            self.came_out("the other side hung up", len(parties))

    def came_out(self, how: str, calls: int = 1) -> None:
        """Count calls by what came of them, as it should."""
        self.tally[how] += calls
