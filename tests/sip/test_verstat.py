"""The server's word on the caller's number, from the wire to the display."""

import pytest

from ranin.core.verstat import Verstat
from ranin.sim.simulation import Simulation
from ranin.sip.engine.lan import Lan
from ranin.sip.translate import verstat
from tests.peers.peer import Peer, sdp
from tests.phone.whole import Whole


@pytest.mark.parametrize(
    ("asserted", "remote", "found"),
    [
        ("<sip:+331;verstat=TN-Validation-Passed@x;user=phone>", "<sip:1@x>", Verstat.PASSED),
        ("<tel:+331;verstat=TN-Validation-Failed>", "<sip:1@x>", Verstat.FAILED),
        ("<sip:+331@x;user=phone;verstat=tn-validation-passed-A>", "<sip:1@x>", Verstat.PASSED),
        ("<tel:+331;verstat=No-TN-Validation>", "<sip:1@x>", Verstat.NONE),
        ("<tel:+331;verstat=TN-Validation-PassedNot>", "<sip:1@x>", Verstat.NONE),
        ("<tel:+331>", "<sip:1;verstat=TN-Validation-Passed@x>", Verstat.NONE),
        ("<tel:+331>", "<sip:+331;verstat=TN-Validation-Passed@x>", Verstat.PASSED),
        ('";verstat=TN-Validation-Passed" <sip:+331@x>', "<sip:1@x>", Verstat.NONE),
        ("", "<sip:+331;verstat=TN-Validation-Failed@x>", Verstat.FAILED),
        ("", "sip:+331;verstat=TN-Validation-Passed@x", Verstat.PASSED),
        ("", "", Verstat.NONE),
    ],
)
def test_the_parameter_counts_in_the_identity_that_is_shown(asserted: str, remote: str, found: Verstat) -> None:
    header = f"P-Asserted-Identity: {asserted}\r\n" if asserted else ""
    message = f"INVITE sip:201@x SIP/2.0\r\n{header}\r\nP-Asserted-Identity: <tel:+331;verstat=TN-Validation-Passed>"
    assert verstat(remote, message) is found


def test_another_phone_of_the_lan_cannot_have_found_anything() -> None:
    told = "<sip:+331;verstat=TN-Validation-Passed@x>"
    assert verstat(told, "") is Verstat.PASSED
    assert Lan.verstat(None, told, "") is Verstat.NONE  # type: ignore[arg-type]


async def test_a_call_of_the_registered_server_comes_with_its_word() -> None:
    peer = await Peer.start()
    async with Simulation() as sim:
        sim.apply(peer.settings())
        await peer.until("REGISTER")
        whole = Whole(sim, None)  # type: ignore[arg-type]
        await whole.registered()
        asserted = "P-Asserted-Identity: <sip:+33612345678;verstat=TN-Validation-Failed@127.0.0.1;user=phone>\r\n"
        peer.invite(sdp(40000), headers=asserted)
        await whole.shows("Suspected +33612345678")
    peer.close()
