"""Bad input from the registered server itself: a right answer, a call that goes on, and nothing left behind."""

import asyncio
import os
import random
import signal
import socket
import time

import pytest

from ranin.core.several import MOST_CALLS
from ranin.core.state import CallState
from tests.peers.peer import DEADLINE_S, sdp
from tests.phone.whole import Whole
from tests.sip.hostile import Scene, Where, follow_up, idle, in_a_call, with_body

AT_ONCE = 50
ROUNDS = 4
PLACES = 16
"""Calls that the engine has room for."""
HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
BAD_SDP = {
    "no SDP at all": "hello",
    "NULs": "\0" * 40,
    "half of it": sdp(40000)[:30],
    "another version": sdp(40000).replace("v=0", "v=7"),
    "no origin": sdp(40000).replace("o=- 1 1 IN IP4 127.0.0.1\r\n", ""),
    "no media": HEAD,
    "no connection": sdp(40000).replace("c=IN IP4 127.0.0.1\r\n", ""),
    "a port too large": sdp(40000).replace("40000", "99999"),
    "a port of letters": sdp(40000).replace("40000", "door"),
    "a negative port": sdp(40000).replace("40000", "-1"),
    "no format": HEAD + "m=audio 40000 RTP/AVP\r\n",
    "an unknown transport": sdp(40000, profile="RAW/XYZ"),
    "an address that is none": sdp(40000, host="999.999.999.999"),
    "a host without address": sdp(40000, host="no-such-host.invalid"),
    "a map of nothing": sdp(40000).replace("rtpmap:0 PCMU/8000", "rtpmap:0"),
    "a rate of nothing": sdp(40000).replace("PCMU/8000", "PCMU/0"),
    "a thousand formats": HEAD + "m=audio 40000 RTP/AVP" + " 0" * 1000 + "\r\n",
    "a thousand media": HEAD + "m=audio 40000 RTP/AVP 0\r\n" * 200,
    "a thousand attributes": sdp(40000, "a=x\r\n" * 1000),
    "a long line": sdp(40000, f"a={'x' * 5000}\r\n"),
}
REFUSED = {"400", "406", "415", "488", "500", "606"}


@pytest.mark.parametrize("where", [idle, in_a_call])
async def test_malformed_sdp_is_refused_or_rings_but_harms_nothing(where: Where) -> None:
    async with where() as scene:
        for index, (what, body) in enumerate(BAD_SDP.items()):
            begin_s = time.monotonic()
            told = await scene.peer.said(scene.peer.request("INVITE", f"sdp-{index}", body))
            assert time.monotonic() - begin_s < 1.5, f"{what}: an answer after {time.monotonic() - begin_s:.1f} s"
            print(f"{what}: {told}")
            if "180" in told:
                await scene.peer.cancel()
            else:
                assert told[-1] in REFUSED | {"486"}, what
        await scene.alive()


async def test_a_caller_who_gives_up_takes_nothing_from_the_one_who_comes_at_once() -> None:
    async with in_a_call() as scene:
        pid = scene.sim.sip.pid
        assert pid
        call = scene.peer.invite(sdp(40000))
        for _ in range(2 * PLACES):
            ringing = await scene.peer.until("SIP/2.0 180", call=call)
            os.kill(pid, signal.SIGSTOP)
            scene.peer.send(follow_up(ringing, "CANCEL"))
            call = scene.peer.invite(sdp(40000))
            os.kill(pid, signal.SIGCONT)
        scene.peer.send(follow_up(await scene.peer.until("SIP/2.0 180", call=call), "CANCEL"))
        await scene.peer.until("SIP/2.0 487", call=call)
        await scene.alive()


async def test_a_malformed_offer_within_a_call_changes_nothing_of_it() -> None:
    async with in_a_call() as scene:
        call, tag = scene.dialog()
        for index, (what, body) in enumerate(BAD_SDP.items()):
            told = await scene.peer.said(scene.peer.request("INVITE", call, body, to_tag=tag, cseq=index + 2))
            print(f"{what}: {told}")
            if told[-1] == "200":
                answer = scene.peer.responses[-1]
                scene.peer.send(follow_up(answer, "ACK"))
        await scene.alive()


async def test_a_name_that_is_no_utf8_rings() -> None:
    async with idle() as scene:
        request = scene.peer.request("INVITE", "latin", sdp(40000)).encode().replace(b'"Peer"', b'"Jos\xe9"')
        assert (await scene.peer.said(request))[-1] == "180"
        await scene.peer.cancel()
        assert [offer.name for offer in scene.offers] == ["Jos?"]
        await scene.alive()


async def test_an_sdp_of_empty_lines_in_a_multipart_body_is_refused() -> None:
    async with idle() as scene:
        body = "--b\r\nContent-Type: application/sdp\r\n\r\n\r\n\r\n--b--\r\n"
        request = scene.peer.request("INVITE", "parts", body)
        told = await scene.peer.said(
            request.replace("application/sdp\r\nContent-L", "multipart/mixed;boundary=b\r\nContent-L")
        )
        assert told[-1] in REFUSED
        await scene.alive()


async def test_garbage_where_media_is_taken_is_not_heard() -> None:
    async with in_a_call() as scene:
        chance = random.Random(4475)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as place:
            for _ in range(2000):
                packet = chance.randbytes(chance.choice([0, 1, 3, 11, 12, 13, 60, 172, 1400]))
                for port in (scene.to[1], scene.to[1] + 1):
                    place.sendto(bytes([chance.choice([0x80, 0x9F, 0xBF, 0])]) + packet, (scene.to[0], port))
                await asyncio.sleep(0)
        await scene.alive()


@pytest.mark.parametrize("within", [True, False])
async def test_refer_after_refer_is_declined_and_nobody_is_called(within: bool) -> None:
    async with in_a_call() as scene:
        call, tag = scene.dialog() if within else ("refer", "")
        for index in range(100):
            target = f"Refer-To: <sip:201@{scene.peer.place}>\r\n"
            name = call if within else f"{call}-{index}"
            request = scene.peer.request("REFER", name, headers=target, to_tag=tag, cseq=index + 2)
            assert await scene.peer.said(request) == ["603"]
        assert not [text for text in scene.peer.requests if text.startswith(("INVITE", "NOTIFY", "SUBSCRIBE"))]
        await scene.alive()


@pytest.mark.parametrize("where", [idle, in_a_call])
async def test_fifty_calls_at_once_are_all_answered_and_leave_nothing(where: Where) -> None:
    async with where() as scene:
        free = scene.descriptors()
        for turn in range(ROUNDS):
            await storm(scene, turn)
        await scene.room_again()
        await scene.alive()
        async with asyncio.timeout(DEADLINE_S):
            while scene.descriptors() > free + 2:
                await asyncio.sleep(0.05)


async def storm(scene: Scene, turn: int) -> None:
    """One round: as many calls ring as the phone has room for, and are taken back; the others are told busy.

    Later rounds follow at once, and are told busy before the phone hears of them.
    """
    peer = scene.peer
    peer.responses.clear()
    room = MOST_CALLS - len(scene.sim.engine.phone.calls)
    for index in range(AT_ONCE):
        peer.send(peer.request("INVITE", f"at-once-{turn}-{index}.", sdp(40000)))
    for index in range(AT_ONCE):
        found = await peer.outcome(f"at-once-{turn}-{index}.")
        assert found in {"486", "180"}
    rings = [text for text in peer.responses if text.startswith("SIP/2.0 180")]
    assert (turn == 0) <= len(rings) <= room
    for ringing in rings:
        peer.responses = [ringing]
        await peer.cancel()


async def test_an_invite_without_sdp_rings_and_may_be_taken_back() -> None:
    async with idle() as scene:
        assert (await scene.peer.said(scene.peer.request("INVITE", "late")))[-1] == "180"
        await scene.peer.cancel()
        await scene.alive()


BAD_ANSWERS = {
    "none": "",
    "a host without address": sdp(40000, host="no-such-host.invalid"),
    "an address that is none": sdp(40000, host="999.999.999.999"),
    "nothing is taken": sdp(0),
}


@pytest.mark.parametrize("body", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
async def test_an_offer_of_ours_without_a_good_answer_ends_the_call(body: str) -> None:
    async with idle() as scene:
        assert (await scene.peer.said(scene.peer.request("INVITE", "late")))[-1] == "180"
        scene.sim.wires.lift()
        answer = await scene.peer.until("SIP/2.0 200", call="late")
        assert "m=audio" in answer
        scene.peer.send(with_body(follow_up(answer, "ACK"), body))
        await scene.peer.until("BYE", call="late")
        await idle_again(scene)
        assert scene.sim.sip.pid == scene.pid


@pytest.mark.parametrize("body", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
async def test_a_call_of_ours_without_a_good_answer_ends_in_words(body: str) -> None:
    async with idle() as scene:
        scene.peer.body = body
        phone = Whole(scene.sim, scene.peer)  # type: ignore[arg-type]
        await phone.dials("700#")
        await phone.shows("No common sound format" if body else "Call failed")
        await scene.peer.until("BYE")
        assert scene.sim.sip.pid == scene.pid


async def idle_again(scene: Scene) -> None:
    changed = asyncio.Event()
    unwatch = scene.sim.engine.watch(lambda phone, event: changed.set())
    async with asyncio.timeout(DEADLINE_S):
        while any(call.state is CallState.TALKING for call in scene.sim.engine.phone.calls):
            changed.clear()
            await changed.wait()
    unwatch()


STRAY = {
    "NOTIFY": ("481", "Event: refer\r\nSubscription-State: active\r\n"),
    "REFER": ("603", "Refer-To: <sip:201@example.com>\r\n"),
    "BYE": ("481", ""),
    "CANCEL": ("481", ""),
    "INFO": ("481", ""),
    "UPDATE": ("481", ""),
    "PRACK": ("481", ""),
}


@pytest.mark.parametrize("where", [idle, in_a_call])
async def test_what_belongs_to_nothing_is_told_so(where: Where) -> None:
    async with where() as scene:
        wrong = []
        for method, (status, headers) in STRAY.items():
            for tag in ("", "nobody"):
                told = await scene.peer.said(
                    scene.peer.request(method, f"stray-{method}{tag}", headers=headers, to_tag=tag)
                )
                right = ["481"] if tag else [status]
                wrong += [(method, tag, told)] if told != right else []
        assert not wrong
        await scene.alive()


async def talk_to_peer(scene: Scene) -> str:
    """Have the peer's call answered; the phone's tag."""
    await scene.peer.said(scene.peer.request("INVITE", "first", sdp(40000)))
    scene.sim.wires.lift()
    answer = await scene.peer.until("SIP/2.0 200", call="first")
    tag = answer.partition("To:")[2].partition("tag=")[2].partition("\r")[0]
    scene.peer.send(scene.peer.request("ACK", "first", to_tag=tag))
    await Whole(scene.sim, None).shows("Connected")  # type: ignore[arg-type]
    return tag


async def test_a_call_is_replaced_only_by_who_knows_its_tags_and_goes_on_under_its_number() -> None:
    async with idle() as scene:
        tag = await talk_to_peer(scene)
        number = scene.sim.engine.phone.calls[0].number
        for known, status in (("guess", "481"), (tag, "200")):
            replaces = f"Replaces: first;to-tag={known};from-tag=first\r\nRequire: replaces\r\n"
            told = await scene.peer.said(scene.peer.request("INVITE", f"replace-{known}", sdp(40000), replaces))
            assert told[-1] == status, told
        await scene.peer.until("BYE", call="first")
        (after,) = scene.sim.engine.phone.calls
        assert after.number == number and after.state is CallState.TALKING


async def test_a_replacement_that_came_to_nothing_leaves_a_call_that_ends_as_ever() -> None:
    async with idle() as scene:
        tag = await talk_to_peer(scene)
        replaces = f"Replaces: first;to-tag={tag};from-tag=first\r\n"
        offer = sdp(40000).replace("PCMU/8000", "none/8000").replace("RTP/AVP 0", "RTP/AVP 99").replace(":0 ", ":99 ")
        told = await scene.peer.said(scene.peer.request("INVITE", "nothing", offer, replaces))
        assert told[-1] in REFUSED, told
        scene.peer.send(scene.peer.request("BYE", "first", to_tag=tag, cseq=2))
        whole = Whole(scene.sim, None)  # type: ignore[arg-type]
        await whole.until(lambda phone: not phone.calls, "the call is over")
