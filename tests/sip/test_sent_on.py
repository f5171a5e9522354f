"""What the wire says of calls that do not ring here, and of calls that ask to be answered by themselves."""

from dataclasses import replace

import pytest

from ranin.core.settings import Contact
from ranin.sim.simulation import Simulation
from ranin.sip.translate import wants_answer
from tests.peers.peer import Peer, sdp
from tests.phone.whole import Whole


@pytest.mark.parametrize(
    ("field", "status"), [("forward_always", "302"), ("forward_busy", "302"), ("forward_no_answer", "302")]
)
async def test_a_call_is_sent_on_by_a_302_that_says_where(field: str, status: str) -> None:
    peer = await Peer.start()
    settings = peer.settings(call_waiting=False)
    account = replace(settings.accounts[0], no_answer_s=1, **{field: "205"})
    async with Simulation() as sim:
        sim.apply(replace(settings, accounts=(account,)))
        await peer.until("REGISTER")
        whole = Whole(sim, None)  # type: ignore[arg-type]
        await whole.registered()
        if field == "forward_busy":
            await whole.lift()
        call = peer.invite(sdp(40000))
        answer = await peer.until(f"SIP/2.0 {status}", call=call)
        assert "\r\nContact: <sip:205@127.0.0.1>" in answer
        await whole.until(lambda phone: not phone.calls and phone.log[0].code == 302, "it is over, and told")
    peer.close()


async def test_an_intercom_call_of_who_may_is_answered_without_a_hand() -> None:
    peer = await Peer.start()
    async with Simulation() as sim:
        contacts = (Contact("Shop floor", "700", intercom=True),)
        sim.apply(peer.settings(contacts=contacts, hands_free="speaker"))
        await peer.until("REGISTER")
        whole = Whole(sim, None)  # type: ignore[arg-type]
        await whole.registered()
        call = peer.invite(sdp(40000), headers="Call-Info: <sip:127.0.0.1>;answer-after=0\r\n")
        await peer.until("SIP/2.0 200", call=call)
        await whole.shows("Shop floor")
    peer.close()


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("Call-Info: <sip:pbx>;answer-after=0", True),
        ("Call-Info: <sip:pbx>; Answer-After = 0", True),
        ("Call-Info: <sip:pbx>;answer-after=05", False),
        ("Alert-Info: <http://x>;info=alert-autoanswer", True),
        ("Alert-Info: Intercom", True),
        ("Alert-Info: <http://x>;info=external", False),
        ("Answer-Mode: Auto", True),
        ("Answer-Mode: Manual", False),
        ("Subject: intercom", False),
    ],
)
def test_the_ways_in_which_servers_ask_for_an_answer(header: str, wanted: bool) -> None:
    assert (
        wants_answer(f"INVITE sip:201@x SIP/2.0\r\n{header}\r\nContent-Length: 9\r\n\r\nAnswer-Mode: Auto\r\n")
        is wanted
    )
