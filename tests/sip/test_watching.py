"""Watching on the whole way: the phone and a server that tells, forgets, ends and refuses."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from ranin.core.commands import Blink, Led, Ring
from ranin.core.events import Event, HookLifted, HookReplaced, KeyPressed
from ranin.core.keys import Key
from ranin.core.outage import Link, LinkProbed
from ranin.core.presence import awaited, team
from ranin.core.settings import Watch
from ranin.core.state import Desk, Phone
from ranin.core.team import Presence, Purpose
from ranin.sim.simulation import Simulation
from ranin.sip.notified import DIALOG_INFO, PIDF, SUMMARY
from tests.peers.notifier import Notifier
from tests.sip.test_notified import KIND, dialogs, multipart, pidf, rlmi

DEADLINE_S = 20.0
NORA = Watch("203", "Nora")


@dataclass
class Watching:
    """The phone and its server."""

    server: Notifier
    sim: Simulation

    async def until(self, holds: Callable[[Phone], bool]) -> Phone:
        """The phone, once that holds."""
        changed = asyncio.Event()
        unwatch = self.sim.engine.watch(lambda phone, event: changed.set())
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not holds(self.sim.engine.phone):
                    changed.clear()
                    await changed.wait()
        finally:
            unwatch()
        return self.sim.engine.phone

    async def sees(self, *presences: Presence) -> None:
        """Wait until the team does just that."""
        await self.until(lambda phone: tuple(one.presence for one in team(phone)) == presences)

    def do(self, *events: Event) -> None:
        """What a person does at the phone."""
        for event in events:
            self.sim.engine.post(event)

    def tell(self, *rows: str, version: int = 1) -> None:
        """Nora's telephone."""
        told = next(one for one in reversed(self.server.subscriptions) if one.event == "dialog")
        self.server.notify(told, DIALOG_INFO, dialogs(version, *rows))


@asynccontextmanager
async def watching(*watch: Watch, voicemail: str = "", **server_fields: object) -> AsyncIterator[Watching]:
    """A phone whose line is registered at the server and watches."""
    server = await Notifier.start()
    assert isinstance(server, Notifier)
    server.says = {"dialog": (DIALOG_INFO, dialogs(0)), "presence": (PIDF, pidf("open"))}
    for name, value in server_fields.items():
        setattr(server, name, value)
    try:
        async with Simulation() as sim:
            settings = server.settings(watch=watch)
            account = replace(settings.accounts[0], voicemail=voicemail, pickup_code="**")
            sim.apply(replace(settings, accounts=(account,)))
            yield Watching(server, sim)
    finally:
        server.close()


async def test_a_colleague_is_free_rings_talks_and_is_free_again() -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        subscribe = await watched.server.until("SUBSCRIBE sip:203@127.0.0.1")
        assert "Supported: eventlist" in subscribe or "eventlist" in subscribe
        assert "application/dialog-info+xml" in subscribe and "application/rlmi+xml" in subscribe
        for row, presence in (
            ("1 early recipient", Presence.RINGING),
            ("1 confirmed recipient", Presence.BUSY),
            ("1 terminated recipient", Presence.IDLE),
        ):
            watched.tell(row)
            await watched.sees(presence)


async def test_a_ringing_colleague_is_picked_up_by_the_code() -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        watched.tell("1 early recipient")
        await watched.sees(Presence.RINGING)
        watched.do(KeyPressed(Key.OK), HookLifted())
        await watched.server.until("INVITE sip:**203@127.0.0.1")


async def test_whoever_was_busy_is_rung_back_once_free() -> None:
    async with watching(says={"dialog": (DIALOG_INFO, dialogs(0, "1 confirmed recipient"))}) as watched:
        await watched.until(lambda phone: phone.registered)
        watched.do(HookLifted(), *(KeyPressed(Key(digit)) for digit in "203#"))
        await watched.until(lambda phone: phone.desk is Desk.AFTER_CALL)
        watched.do(KeyPressed(Key.OK), HookReplaced())
        await watched.until(lambda phone: awaited(phone) is not None)
        known = await watched.server.subscribed("dialog", user="203")
        assert watched.sim.engine.phone.shown.ring == Ring("")
        watched.server.notify(known, DIALOG_INFO, dialogs(1, "1 terminated recipient"))
        await watched.until(lambda phone: phone.shown.ring.melody == "soft")
        watched.do(HookLifted())
        await watched.server.asked("dialog", 1, expires_s=0)
        await watched.until(lambda phone: [call.number for call in phone.log] == ["203", "203"])


async def test_a_server_that_does_not_tell_who_talks_offers_no_ring_back() -> None:
    async with watching(codes={"dialog": 489}) as watched:
        await watched.until(lambda phone: phone.registered)
        watched.do(HookLifted(), *(KeyPressed(Key(digit)) for digit in "203#"))
        await watched.until(lambda phone: phone.desk is Desk.AFTER_CALL)
        watched.do(KeyPressed(Key.SOFT1), HookReplaced())
        phone = await watched.until(lambda phone: phone.notice is not None)
        assert phone.notice is not None and phone.notice.title == "No ring back"
        assert awaited(phone) is None and phone.shown.ring == Ring("")


async def test_who_is_off_is_not_called_free() -> None:
    says = {"dialog": (DIALOG_INFO, dialogs(0)), "presence": (PIDF, pidf("closed"))}
    async with watching(NORA, says=says) as watched:
        await watched.sees(Presence.UNREACHABLE)


async def test_a_server_that_knows_one_of_the_two_events_is_enough() -> None:
    async with watching(NORA, codes={"presence": 489}) as watched:
        await watched.sees(Presence.IDLE)
    async with watching(NORA, codes={"dialog": 489}) as watched:
        await watched.sees(Presence.IDLE)


async def test_a_server_that_tells_nothing_is_asked_once_and_then_seldom() -> None:
    async with watching(NORA, codes={"presence": 489, "dialog": 489}) as watched:
        phone = await watched.until(lambda phone: bool(phone.watched and phone.watched[0].failures))
        assert [one.presence for one in team(phone)] == [Presence.UNKNOWN]
        assert await watched.server.asked("dialog", 1) == 1


async def test_a_server_that_wants_longer_subscriptions_gets_them() -> None:
    async with watching(NORA, shortest_s=1800) as watched:
        await watched.sees(Presence.IDLE)
        assert [row[2] for row in watched.server.received if row[0] == "dialog"] == [600, 3600]


async def test_nobody_of_that_number_is_not_reachable() -> None:
    async with watching(NORA, codes={"presence": 404, "dialog": 404}) as watched:
        await watched.sees(Presence.UNREACHABLE)


async def test_subscriptions_are_refreshed_before_they_run_out() -> None:
    async with watching(NORA, expires_s=7) as watched:
        await watched.sees(Presence.IDLE)
        await watched.server.asked("dialog", 3)
        assert len([one for one in watched.server.subscriptions if one.event == "dialog"]) == 1
        await watched.sees(Presence.IDLE)


async def test_a_server_that_has_forgotten_us_is_subscribed_to_anew() -> None:
    async with watching(NORA, expires_s=7) as watched:
        await watched.sees(Presence.IDLE)
        watched.server.forget()
        watched.server.says["dialog"] = (DIALOG_INFO, dialogs(0, "1 confirmed recipient"))
        await watched.sees(Presence.BUSY)
        assert (await watched.server.subscribed("dialog")).event == "dialog"


@pytest.mark.parametrize("reason", ["deactivated", "timeout", "probation"])
async def test_a_subscription_that_the_server_ends_is_made_again(reason: str) -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        first = await watched.server.subscribed("dialog")
        watched.server.notify(first, state=f"terminated;reason={reason}")
        await watched.server.subscribed("dialog", 2)
        await watched.sees(Presence.IDLE)


async def test_a_subscription_that_the_server_takes_away_is_not() -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        first = await watched.server.subscribed("dialog")
        watched.server.notify(first, state="terminated;reason=noresource")
        await watched.sees(Presence.UNREACHABLE)
        assert await watched.server.asked("dialog", 1) == 1


async def test_a_gap_in_the_versions_asks_for_the_whole_state() -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        first = await watched.server.subscribed("dialog")
        watched.server.says["dialog"] = (DIALOG_INFO, dialogs(6, "1 confirmed recipient"))
        watched.server.notify(first, DIALOG_INFO, dialogs(5, "1 confirmed recipient", state="partial"))
        await watched.sees(Presence.BUSY)
        assert await watched.server.asked("dialog", 2) == 2


async def test_what_cannot_be_read_changes_nothing_and_harms_nothing() -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        pid, first = watched.sim.sip.pid, await watched.server.subscribed("dialog")
        for kind, body in (
            (DIALOG_INFO, "<!DOCTYPE x [<!ENTITY a 'b'>]><dialog-info version='1'>&a;</dialog-info>"),
            (DIALOG_INFO, "x" * 5000),
            (DIALOG_INFO, dialogs(1, "\udcff early recipient")),
            ('text/plain;x="\udcff"', "\x00\udcff"),
            ("multipart/related;boundary=b", "--b\r\n\r\n--b--"),
            ("multipart/related", "--b--"),
        ):
            watched.server.notify(first, kind, body)
        watched.tell("1 confirmed recipient")
        await watched.sees(Presence.BUSY)
        watched.server.notify(first, state='terminated;reason="\udcff"')
        await watched.server.subscribed("dialog", 2)
        assert watched.sim.sip.pid == pid


async def test_a_list_shows_its_members_by_one_subscription() -> None:
    body = multipart(
        rlmi(0, "sip:203@127.0.0.1 Nora a", "sip:204@127.0.0.1 Omar b"), a=dialogs(0, "1 early recipient"), b=dialogs(0)
    )
    async with watching(Watch("team"), codes={"presence": 489}, says={"dialog": (KIND, body)}) as watched:
        await watched.sees(Presence.RINGING, Presence.IDLE)
        assert [(one.name, one.dials) for one in team(watched.sim.engine.phone)] == [("Nora", "**203"), ("Omar", "204")]


async def test_a_list_of_forty_is_told_of_at_once() -> None:
    numbers = [str(number) for number in range(300, 340)]
    rows = [f"sip:{number}@127.0.0.1 Colleague-{number} c{number}" for number in numbers]
    filler = "<!-- servers tell more of a telephone than its state: identities, targets, call identifiers, tags -->"
    states = {f"c{number}": dialogs(0, "1 early recipient") + filler for number in numbers}
    body = multipart(rlmi(0, *rows), **states)
    assert 17000 < len(body) < 23000, "as servers send it: some 470 bytes a member"
    async with watching(Watch("team"), codes={"presence": 489}, says={"dialog": (KIND, body)}) as watched:
        await watched.sees(*[Presence.RINGING] * len(numbers))
        assert [one.name for one in team(watched.sim.engine.phone)] == [f"Colleague-{number}" for number in numbers]


async def test_the_mailbox_lights_the_lamp_by_subscription_and_without() -> None:
    waits = (SUMMARY, "Messages-Waiting: yes\r\nVoice-Message: 2/0\r\n")
    async with watching(voicemail="*97", says={"message-summary": waits}) as watched:
        phone = await watched.until(lambda phone: phone.lines[0].messages == 2)
        assert (Led.MESSAGE, Blink.SLOW) in phone.shown.leds
        assert phone.watched[0].purpose is Purpose.MAILBOX
        server = watched.server
        text = server.request("NOTIFY", "unasked", "Messages-Waiting: no\r\n", "Event: message-summary\r\n")
        server.send(text.replace("application/sdp", SUMMARY))
        phone = await watched.until(lambda phone: phone.lines[0].messages == 0)
        assert (Led.MESSAGE, Blink.OFF) in phone.shown.leds


async def test_a_line_that_moves_subscribes_by_its_new_way() -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        old = await watched.server.subscribed("dialog")
        watched.sim.engine.post(LinkProbed(Link.ETHERNET, True, address="127.0.0.3"))
        new = await watched.server.subscribed("dialog", 2)
        assert "@127.0.0.1:" in old.contact and "@127.0.0.3:" in new.contact
        watched.tell("1 confirmed recipient")
        await watched.sees(Presence.BUSY)


async def test_whoever_is_watched_no_more_is_told_so() -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        watched.sim.apply(replace(watched.sim.engine.phone.settings, watch=()))
        assert await watched.server.asked("dialog", 1, expires_s=0) == 1
        assert await watched.server.asked("presence", 1, expires_s=0) == 1
        assert watched.sim.engine.phone.watched == ()


async def test_a_phone_that_leaves_says_so() -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        await watched.sim.sip.stop()
        assert await watched.server.asked("dialog", 1, expires_s=0) == 1


async def test_a_server_that_has_us_refresh_without_a_pause_is_left_alone() -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        watched.server.state = "active;expires=0"
        watched.server.notify(await watched.server.subscribed("dialog"), state="active;expires=0")
        await watched.until(lambda phone: phone.watched[0].failures == 1)
        assert len(watched.server.received) < 200, "as many as fit in the moment until the engine looks"


async def test_another_engine_subscribes_again() -> None:
    async with watching(NORA) as watched:
        await watched.sees(Presence.IDLE)
        watched.sim.sip._process.kill()
        await watched.sees(Presence.UNKNOWN)
        await watched.server.subscribed("dialog", 2)
        await watched.sees(Presence.IDLE)
