"""Messages of the server, mutated at random: nothing of them ends the engine, and what it holds stays what it was."""

import random
from collections.abc import Sequence

import pytest

from tests.peers.peer import sdp
from tests.sip.hostile import Scene, Where, follow_up, idle, in_a_call
from tests.sip.test_torture import COOKIE, ROWS, message

MESSAGES = 3000
BATCH = 50
LONGEST = 7900
METHODS = ("INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "NOTIFY", "REFER", "BYE", "CANCEL", "UPDATE", "PRACK", "INFO")
HEADERS = (
    "Event: message-summary\r\nSubscription-State: active\r\nRefer-To: <sip:a@b>\r\nSupported: 100rel, timer\r\n"
    "Session-Expires: 90\r\nRAck: 1 1 INVITE\r\nReplaces: a;to-tag=b;from-tag=c\r\n"
)
PIECES = (b"\r\n", b"\r\n ", b",", b";", b":", b"@", b"<", b">", b'"', b"=", b"/", b"\0", b"%00", b"-1", b"4294967296")
PIECES += (b"99999999999999999999", b"\xff\xfe", b"A" * 300, b"sip:", b"a=rtpmap:0 X/0/0\r\n", b"a=ptime:0\r\n")
PIECES += (b"m=audio 1 RTP/AVP 0\r\n", b"c=IN IP6 ::1\r\n", b"a=rtcp:0\r\n", b"a=inactive\r\n")


def corpus(scene: Scene) -> list[bytes]:
    """What is mutated: the torture messages, each method, and each method within the call that is up."""
    made = [message(name) for name, *_ in ROWS]
    made += [scene.peer.request(method, f"fuzz-{method}", sdp(40000), HEADERS).encode() for method in METHODS]
    if scene.answer:
        call, tag = scene.dialog()
        within = [method for method in METHODS if method not in ("BYE", "INVITE")]
        made += [scene.peer.request(method, call, sdp(40000), HEADERS, tag, 77).encode() for method in within]
    return made


def mutated(chance: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """With one to four things wrong with it."""
    for _ in range(chance.randrange(1, 5)):
        at, lines = chance.randrange(len(data) + 1), data.split(b"\r\n")
        before, after = lines[: at % len(lines)], lines[at % len(lines) :]
        data = chance.choice(
            [
                data[:at] + chance.choice(PIECES) + data[at:],
                data[:at] + chance.choice(PIECES) + data[at + 1 :],
                data[:at] + data[at + chance.randrange(1, 30) :],
                data[:at] + chance.randbytes(1) + data[at + 1 :],
                b"\r\n".join(before + chance.choice(others).split(b"\r\n")[:3] + after),
                b"\r\n".join(before + after[:1] * 40 + after),
            ]
        )
    return data[:LONGEST]


@pytest.mark.parametrize("where", [idle, in_a_call])
async def test_nothing_of_a_mutated_message_is_left(where: Where) -> None:
    chance = random.Random(4475)
    async with where() as scene:
        known, free = corpus(scene), scene.descriptors()
        for count in range(MESSAGES):
            fresh = COOKIE + b"%d" % count
            scene.peer.send(mutated(chance, chance.choice(known), known).replace(COOKIE, fresh))
            if count % BATCH == BATCH - 1:
                await scene.peer.past()
                for text in scene.peer.responses:
                    if text.startswith("SIP/2.0 180"):
                        scene.peer.send(follow_up(text, "CANCEL"))
                scene.peer.responses.clear()
        await scene.room_again()
        await scene.alive()
        assert scene.descriptors() <= free + 4
