"""What a line asks of PJSIP."""

import pjsua2 as pj
import pytest

from ranin.core.settings import Account
from ranin.sip.engine.lines import account_config
from ranin.sip.wire import RegisterAt


@pytest.mark.parametrize(
    ("own", "use"), [("192.0.2.2", pj.PJSUA_IPV6_DISABLED), ("2001:db8::2", pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY)]
)
def test_the_own_address_says_which_kind_media_has(own: str, use: int) -> None:
    """A preference in its place makes PJSIP ask a resolver for this machine's own name before each call."""
    media = account_config(RegisterAt(0, Account(user="201"), "192.0.2.1", 5060, own), 0).mediaConfig
    assert (media.ipv6Use, media.transportConfig.boundAddress) == (use, own)
