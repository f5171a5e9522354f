"""What the wire says of a call that does not say who calls."""

from dataclasses import replace

import pytest

from ranin.sim.simulation import Simulation
from tests.peers.peer import Peer
from tests.phone.whole import Whole


async def invite(dialed: str, name: str = "") -> str:
    """The INVITE that a phone with the code *67 sends for what is dialled."""
    peer = await Peer.start()
    settings = peer.settings(hide_code="*67")
    account = replace(settings.accounts[0], display_name=name)
    try:
        async with Simulation() as sim:
            sim.apply(replace(settings, accounts=(account,)))
            whole = Whole(sim, None)  # type: ignore[arg-type]
            register = await peer.until("REGISTER")
            assert "anonymous" not in register and "Privacy" not in register
            await whole.registered()
            await whole.dials(dialed)
            return await peer.until("INVITE")
    finally:
        peer.close()


@pytest.mark.parametrize(
    ("name", "identity"), [("", "<sip:201@127.0.0.1>"), ("Desk, 2nd", '"Desk, 2nd" <sip:201@127.0.0.1>')]
)
async def test_a_hidden_call_tells_its_server_alone_who_calls(name: str, identity: str) -> None:
    sent = await invite("*67604#", name)
    assert sent.startswith("INVITE sip:604@127.0.0.1 ")
    assert '\r\nFrom: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=' in sent
    assert "\r\nPrivacy: id\r\n" in sent
    assert f"\r\nP-Preferred-Identity: {identity}\r\n" in sent


@pytest.mark.parametrize("dialed", ["604#", "*67112"])
async def test_another_call_and_a_call_for_help_say_who_calls(dialed: str) -> None:
    sent = await invite(dialed)
    assert sent.startswith("INVITE sip:604@" if "604" in dialed else "INVITE sip:112@")
    assert "\r\nFrom: <sip:201@127.0.0.1>" in sent or "\r\nFrom: sip:201@127.0.0.1" in sent
    assert "Privacy:" not in sent and "P-Preferred-Identity" not in sent
