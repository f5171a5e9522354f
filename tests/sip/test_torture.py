"""The torture messages of RFC 4475 from the registrar's own address and port, while nothing is up and in a call."""

from pathlib import Path

import pytest

from tests.sip.hostile import Scene, Where, idle, in_a_call, stranger

FOLDER = Path(__file__).parents[1] / "data" / "rfc4475"
ROWS = [line.split("\t") for line in (FOLDER / "EXPECT.tsv").read_text().splitlines()[1:]]
COOKIE = b"z9hG4bK"


def message(name: str) -> bytes:
    """As the RFC has it, in a transaction of its own: most of them share a branch. badbranch is about having none."""
    data = (FOLDER / f"{name}.dat").read_bytes()
    return data if name == "badbranch" else data.replace(COOKIE, COOKIE + name.encode())


async def judged(scene: Scene, name: str, answers: list[str]) -> str:
    """What is wrong with the phone's answer; empty: nothing."""
    told = [status for status in await scene.peer.said(message(name), silent=answers == ["none"]) if status != "100"]
    if "180" in told:
        await scene.peer.cancel()
    right = [status for answer in answers for status in {"ring": ["180", "486"], "none": []}.get(answer, [answer])]
    fine = len(told) == (answers != ["none"]) and all(status in right for status in told)
    return "" if fine else f"{name}: {told} instead of {' or '.join(answers)}"


@pytest.mark.parametrize("where", [idle, in_a_call])
async def test_every_message_of_the_server_is_answered_as_the_table_says(where: Where) -> None:
    assert len(ROWS) == 49
    async with where() as scene:
        wrong = [await judged(scene, name, answers.split()) for name, _, answers, _ in ROWS]
        assert not any(wrong), "\n".join(filter(None, wrong))
        known = len(scene.offers)
        assert known == sum("ring" in answers.split() for _, _, answers, _ in ROWS) - len(NOT_TAKEN)
        assert all(request.startswith(("REGISTER", "ACK")) for request in scene.peer.requests)
        await scene.alive()


NOT_TAKEN = {"ltgtruri", "lwsruri", "inv2543"}
"""May ring and do not: 400."""


async def test_none_of_the_reject_class_ever_rings() -> None:
    async with idle() as scene:
        for name, kind, _, _ in ROWS:
            if kind == "reject":
                scene.peer.send(message(name))
                await scene.peer.past()
        await scene.alive()
        assert len(scene.offers) == 1


async def test_a_refusal_says_what_would_have_been_right() -> None:
    async with idle() as scene:
        for name, header in (("intmeth", "Allow: "), ("regaut01", "Allow: "), ("bext01", "Unsupported: ")):
            await scene.peer.said(message(name))
            (answer,) = scene.peer.responses
            assert header in answer, answer
        assert "nothingSupportsThis, nothingSupportsThisEither" in answer


async def test_in_a_call_a_stranger_has_no_answer_to_any() -> None:
    async with in_a_call() as scene:
        with stranger() as place:
            for name, *_ in ROWS:
                place.sendto(message(name), scene.peer.phone)
            await scene.alive()
            with pytest.raises(BlockingIOError):
                place.recv(65536)
        assert len(scene.offers) == 1


async def test_an_ack_is_never_answered() -> None:
    async with idle() as scene:
        good = scene.peer.request("ACK", "lone")
        for bad in (
            good,
            good.replace("CSeq: 1 ACK", "CSeq: 99999999999 ACK"),
            good.replace("SIP/2.0\r\nVia", "SIP/3.0\r\nVia"),
        ):
            assert await scene.peer.said(bad, silent=True) == []
        await scene.alive()
