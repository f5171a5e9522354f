"""What the wire says when a call is parked."""

import re
from dataclasses import replace

from ranin.core.state import CallState
from ranin.sim.simulation import Simulation
from tests.peers.peer import Peer, sdp
from tests.phone.whole import Whole


async def test_a_call_is_parked_by_a_refer_to_the_place() -> None:
    peer = await Peer.start()
    settings = peer.settings()
    async with Simulation() as sim:
        sim.apply(replace(settings, accounts=(replace(settings.accounts[0], park=("*5901",)),)))
        await peer.until("REGISTER")
        whole = Whole(sim, None)  # type: ignore[arg-type]
        await whole.registered()
        call = peer.invite(sdp(40000))
        await whole.until(lambda phone: phone.alerting is not None, "it rings")
        await whole.lift()
        answer = await peer.until("SIP/2.0 200", call=call)
        tag = re.search(r"\nTo: [^\r]*;tag=([^\r;]+)", answer)
        assert tag is not None
        peer.send(peer.request("ACK", call, to_tag=tag[1]))
        await whole.shows("Connected")
        await whole.press("soft3")
        refer = await peer.until("REFER", call=call)
        assert re.search(r"\r\nRefer-To: <?sip:\*5901@127\.0\.0\.1>?\r\n", refer)
        await whole.until(lambda phone: phone.calls[0].state is CallState.TRANSFERRING, "the server parks it")
        notify = "Event: refer\r\nSubscription-State: terminated;reason=noresource\r\n"
        text = peer.request("NOTIFY", call, "SIP/2.0 200 OK\r\n", notify, tag[1], cseq=2)
        peer.send(text.replace("application/sdp", "message/sipfrag;version=2.0"))
        await whole.shows("*5901 takes it back.")
        await peer.until("BYE", call=call)
    peer.close()
