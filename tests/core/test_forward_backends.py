"""What each back end is told, and what it reads."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.core.forwarding import feature_event
from ranin.core.forwarding.backends import BACKENDS, FOR_LINES
from ranin.core.forwarding.cell import mmi
from ranin.core.mobile import ForwardReason, SendSms, SetCellForward
from ranin.core.outage import Order, OrderKind, SendFeatureCode, SetServerForward
from tests.core.forward_world import DESK, HTTP, MOBILE, settings

ORDER = Order(7, OrderKind.ARM, "", 0, MOBILE, "", "", "201@pbx.example")


@pytest.mark.parametrize(
    ("name", "kind", "command"),
    [
        ("codes", OrderKind.ARM, SendFeatureCode(7, 1, f"*52{MOBILE}")),
        ("codes", OrderKind.DISARM, SendFeatureCode(7, 1, "*53")),
        ("codes", OrderKind.ARM_ALWAYS, SendFeatureCode(7, 1, f"*72{MOBILE}")),
        ("codes", OrderKind.DISARM_ALWAYS, SendFeatureCode(7, 1, "*73")),
        ("codes", OrderKind.VERIFY, None),
        ("feature-event", OrderKind.ARM, SetServerForward(7, 1, OrderKind.ARM, MOBILE)),
        ("feature-event", OrderKind.DISARM_ALWAYS, SetServerForward(7, 1, OrderKind.DISARM_ALWAYS, "")),
        ("feature-event", OrderKind.VERIFY, SetServerForward(7, 1, OrderKind.VERIFY, MOBILE)),
        ("sms", OrderKind.ARM, SendSms(7, "+33611", f"FORWARD {MOBILE}")),
        ("sms", OrderKind.DISARM, SendSms(7, "+33611", "FORWARD OFF")),
        ("sms", OrderKind.ARM_ALWAYS, None),
        ("cell", OrderKind.ARM, SetCellForward(7, ForwardReason.NOT_REACHABLE, MOBILE)),
        ("cell", OrderKind.DISARM, SetCellForward(7, ForwardReason.NOT_REACHABLE, "")),
        ("manual", OrderKind.ARM, None),
    ],
)
def test_what_carries_an_order_out(name: str, kind: OrderKind, command: object) -> None:
    backend = BACKENDS[name]
    means = backend.means(settings().forward, DESK)
    assert backend.command(replace(ORDER, kind=kind, backend=name, means=means), 1) == command


def test_every_backend_is_found_by_its_name_and_keeps_secrets_out_of_its_place() -> None:
    wanted = settings(target=MOBILE, **HTTP, values=(("number_id", "5"),))
    for name, backend in BACKENDS.items():
        means = backend.means(wanted.forward, DESK)
        assert backend.name == name and "canary" not in backend.place("a@b", means)
    assert "cell" not in FOR_LINES and len(FOR_LINES) == len(BACKENDS) - 1
    place = BACKENDS["http"].place("a@b", BACKENDS["http"].means(wanted.forward, DESK))
    assert place == "http telnyx a@b number_id=5"


def test_a_text_message_names_target_and_line() -> None:
    means = BACKENDS["sms"].means(settings(sms_arm="{user} to {target}").forward, DESK)
    assert BACKENDS["sms"].command(replace(ORDER, means=means), 0) == SendSms(7, "+33611", f"201 to {MOBILE}")


def test_of_a_custom_profile_only_the_address_is_the_place() -> None:
    first = settings(profile="custom", values=(("arm_body", "a"), ("arm_url", "https://x/"))).forward
    other = settings(profile="custom", values=(("arm_body", "b"), ("arm_url", "https://x/"))).forward
    http = BACKENDS["http"]
    assert http.place("a@b", http.means(first, DESK)) == http.place("a@b", http.means(other, DESK))


def test_mmi_codes() -> None:
    assert mmi(ForwardReason.UNCONDITIONAL, MOBILE) == f"**21*{MOBILE}*11#"
    assert mmi(ForwardReason.NOT_REACHABLE, "") == "##62#"


def test_the_body_of_a_feature_event() -> None:
    body = feature_event.body('2"01&', OrderKind.ARM_ALWAYS, MOBILE)
    assert "<device>2&quot;01&amp;</device>" in body and "<forwardingType>forwardImmediate</forwardingType>" in body
    assert "<activateForward>true</activateForward>" in body and f"<forwardDN>{MOBILE}</forwardDN>" in body
    assert "<activateForward>false</activateForward>" in feature_event.body("201", OrderKind.DISARM, "")
    assert feature_event.body("201", OrderKind.VERIFY, MOBILE) == ""


def notify(kind: str, status: str, to: str, prefix: str = "") -> str:
    return (
        f'<{prefix}ForwardingEvent xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed3">'
        f"<{prefix}device>201</{prefix}device><{prefix}forwardingType>{kind}</{prefix}forwardingType>"
        f"<{prefix}forwardStatus>{status}</{prefix}forwardStatus><{prefix}forwardTo>{to}</{prefix}forwardTo>"
        f"</{prefix}ForwardingEvent>"
    )


@pytest.mark.parametrize(
    ("text", "kind", "armed"),
    [
        (notify("forwardNoAns", "true", MOBILE), OrderKind.ARM, True),
        (notify("forwardNoAns", "true", MOBILE, "ev:"), OrderKind.VERIFY, True),
        (notify("forwardNoAns", "true", "sip:33611111111@pbx"), OrderKind.ARM, True),
        (notify("forwardNoAns", "true", "+33600000000"), OrderKind.ARM, False),
        (notify("forwardNoAns", "false", ""), OrderKind.DISARM, False),
        (notify("forwardImmediate", "true", MOBILE), OrderKind.ARM, None),
        (notify("forwardBusy", "true", "1") + notify("forwardNoAns", "true", MOBILE), OrderKind.ARM, True),
        ("--x\r\n\r\n" + notify("forwardImmediate", "true", MOBILE) + "\r\n--x--", OrderKind.ARM_ALWAYS, True),
        ("<DoNotDisturbEvent/>", OrderKind.ARM, None),
        ("", OrderKind.ARM, None),
        ("<ForwardingEvent><forwardingType>forwardNoAns", OrderKind.ARM, False),
    ],
)
def test_what_a_notify_says(text: str, kind: OrderKind, armed: bool | None) -> None:
    assert feature_event.read(text, kind, MOBILE) is armed


@given(st.text("<>/ForwardingEvent: \n&;x", max_size=300))
def test_any_notify_is_read_without_harm(text: str) -> None:
    assert feature_event.read(text, OrderKind.ARM, MOBILE) in (True, False, None)


def test_a_long_notify_is_read_in_linear_time() -> None:
    assert feature_event.read("<ForwardingEvent " * 100_000, OrderKind.ARM, MOBILE) is None
