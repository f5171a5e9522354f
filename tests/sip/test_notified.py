"""What servers say by NOTIFY: read as the RFCs write it, put together over time, and refused where it is hostile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.core.team import Party, Presence
from ranin.sip import notified
from ranin.sip.multipart import parameter, parts
from ranin.sip.notified import DIALOG_INFO, PIDF, availability, dialog_info, new_messages, resource_list
from ranin.sip.observed import MOST_PARTIES, Observed
from ranin.sip.xmltree import DEEPEST, XmlError, parse


def dialogs(version: int, *rows: str, state: str = "full", entity: str = "sip:203@example.net") -> str:
    """A dialog-info document; a row is `id state direction`."""
    inside = "".join(
        f'<dialog id="{name}" direction="{direction}"><state>{word}</state></dialog>'
        for name, word, direction in (row.split() for row in rows)
    )
    head = f'<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}"'
    return f'{head} state="{state}" entity="{entity}">{inside}</dialog-info>'


def pidf(basic: str, activity: str = "") -> str:
    person = f"<dm:person id='p'><rpid:activities><rpid:{activity}/></rpid:activities></dm:person>" if activity else ""
    return (
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
        ' xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:203@example.net">'
        f'<tuple id="t"><status><basic>{basic}</basic></status></tuple>{person}</presence>'
    )


def rlmi(version: int, *rows: str, full: bool = True) -> str:
    """A list document; a row is `uri name cid`, with `-` for none and `!` for a member that is watched no more."""
    inside = ""
    for uri, name, cid in (row.split() for row in rows):
        told = {"-": "", "!": '<instance id="1" state="terminated" reason="noresource"/>'}
        instance = told.get(cid, f'<instance id="1" state="active" cid="{cid}"/>')
        inside += f'<resource uri="{uri}"><name>{name}</name>{instance}</resource>'
    return (
        '<list xmlns="urn:ietf:params:xml:ns:rlmi" uri="sip:team@example.net"'
        f' version="{version}" fullState="{str(full).lower()}">{inside}</list>'
    )


KIND = 'multipart/related;type="application/rlmi+xml";start="<top>";boundary="50UBf;x"'


def multipart(root: str, **states: str) -> str:
    """The list with its members' states; a name is a cid."""
    body = f"\r\n--50UBf;x\r\nContent-ID: <top>\r\nContent-Type: application/rlmi+xml\r\n\r\n{root}"
    for cid, text in states.items():
        body += f"\r\n--50UBf;x\r\nContent-Type: application/dialog-info+xml\r\nContent-ID: <{cid}>\r\n\r\n{text}"
    return body + "\r\n--50UBf;x--\r\n"


@pytest.mark.parametrize(
    ("row", "presence"),
    [
        ("1 trying recipient", Presence.RINGING),
        ("1 early recipient", Presence.RINGING),
        ("1 early initiator", Presence.BUSY),
        ("1 confirmed initiator", Presence.BUSY),
        ("1 terminated recipient", Presence.IDLE),
        ("1 nonsense recipient", Presence.IDLE),
    ],
)
def test_a_dialog_says_what_its_party_does(row: str, presence: Presence) -> None:
    watched = Observed("203", "example.net")
    assert watched.take(DIALOG_INFO, dialogs(0, row))
    assert watched.parties == (Party("203", "", presence),)


def test_a_ringing_call_is_told_although_another_is_up() -> None:
    watched = Observed("203", "example.net")
    watched.take(DIALOG_INFO, dialogs(0, "1 confirmed initiator", "2 early recipient"))
    assert watched.parties[0].presence is Presence.RINGING


def test_partial_states_change_what_is_known_and_a_gap_asks_for_all() -> None:
    watched = Observed("203", "example.net")
    assert not watched.take(DIALOG_INFO, dialogs(4, "1 early recipient", state="partial"))
    assert watched.parties[0].presence is Presence.UNKNOWN
    assert watched.take(DIALOG_INFO, dialogs(5, "1 early recipient"))
    assert watched.take(DIALOG_INFO, dialogs(6, "1 confirmed recipient", state="partial"))
    assert watched.parties[0].presence is Presence.BUSY
    assert watched.take(DIALOG_INFO, dialogs(6, "1 terminated recipient", state="partial"))
    assert watched.parties[0].presence is Presence.BUSY, "a version that was told already"
    assert not watched.take(DIALOG_INFO, dialogs(8, "1 terminated recipient", state="partial"))
    assert watched.parties[0].presence is Presence.BUSY
    assert watched.take(DIALOG_INFO, dialogs(7, "1 terminated recipient", state="partial"))
    assert watched.parties[0].presence is Presence.IDLE


def test_a_server_that_starts_again_counts_from_nothing() -> None:
    watched = Observed("203", "example.net")
    watched.take(DIALOG_INFO, dialogs(900, "1 confirmed recipient"))
    assert watched.take(DIALOG_INFO, dialogs(0))
    assert watched.parties[0].presence is Presence.IDLE


def test_idle_and_unreachable_are_told_apart() -> None:
    watched = Observed("203", "example.net")
    watched.take(DIALOG_INFO, dialogs(0))
    assert watched.parties[0].presence is Presence.IDLE
    watched.take(PIDF, pidf("closed"))
    assert watched.parties[0].presence is Presence.UNREACHABLE
    watched.take(DIALOG_INFO, dialogs(1, "1 confirmed recipient"))
    assert watched.parties[0].presence is Presence.BUSY, "whoever is on the phone is there"
    watched.take(DIALOG_INFO, dialogs(2))
    watched.take(PIDF + ";charset=utf-8", pidf("open"))
    assert watched.parties[0].presence is Presence.IDLE


@pytest.mark.parametrize(
    ("text", "presence"),
    [
        (pidf("open"), Presence.IDLE),
        (pidf("open", "on-the-phone"), Presence.BUSY),
        (pidf("closed"), Presence.UNREACHABLE),
        (pidf("perhaps"), Presence.UNREACHABLE),
        ('<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:203@x"/>', Presence.UNKNOWN),
    ],
)
def test_a_server_without_dialogs_still_says_who_is_there(text: str, presence: Presence) -> None:
    watched = Observed("203", "example.net")
    watched.take(PIDF, text)
    assert watched.parties[0].presence is presence


def test_a_list_tells_of_its_members() -> None:
    watched = Observed("team", "example.net")
    body = multipart(
        rlmi(0, "sip:203@example.net Nora a", "sip:204@example.net Omar b", "sip:9@other.net Ada -", "sip:205@x.y X !"),
        a=dialogs(0, "1 early recipient"),
        b=dialogs(7),
    )
    assert watched.take(KIND, body) and watched.is_list
    assert watched.parties == (
        Party("203", "Nora", Presence.RINGING),
        Party("204", "Omar", Presence.IDLE),
        Party("sip:9@other.net", "Ada", Presence.UNKNOWN),
        Party("sip:205@x.y", "X", Presence.UNREACHABLE),
    )


def test_a_partial_list_changes_some_members_and_a_whole_one_drops_others() -> None:
    watched = Observed("team", "example.net")
    watched.take(KIND, multipart(rlmi(0, "sip:203@example.net Nora a", "sip:204@example.net Omar -"), a=dialogs(0)))
    partial = dialogs(1, "1 confirmed recipient", state="partial")
    assert watched.take(KIND, multipart(rlmi(1, "sip:203@example.net Nora a", full=False), a=partial))
    assert [party.presence for party in watched.parties] == [Presence.BUSY, Presence.UNKNOWN]
    assert not watched.take(KIND, multipart(rlmi(3, "sip:204@example.net Omar !", full=False)))
    assert watched.take(KIND, multipart(rlmi(1, "sip:204@example.net Omar !", full=False))), "told already"
    assert watched.parties[1].presence is Presence.UNKNOWN
    assert watched.take(KIND, multipart(rlmi(4, "sip:204@example.net Omar -")))
    assert [party.name for party in watched.parties] == ["Omar"]


def test_a_list_within_a_list_is_read_and_not_for_ever() -> None:
    def nested(depth: int) -> str:
        if not depth:
            return multipart(rlmi(0, "sip:203@example.net Nora a"), a=dialogs(0, "1 early recipient"))
        inner = f"\r\n--out{depth}\r\nContent-ID: <i>\r\nContent-Type: {kinds(depth - 1)}\r\n\r\n{nested(depth - 1)}"
        root = rlmi(0, f"sip:sub{depth}@example.net Sub i")
        return f"--out{depth}\r\nContent-Type: application/rlmi+xml\r\n\r\n{root}{inner}\r\n--out{depth}--"

    def kinds(depth: int) -> str:
        return f"multipart/related;boundary=out{depth}" if depth else KIND

    watched = Observed("team", "example.net")
    assert watched.take(kinds(1), nested(1))
    assert watched.parties == (Party("203", "Nora", Presence.RINGING),)
    with pytest.raises(ValueError, match="too deep"):
        Observed("team", "example.net").take(kinds(4), nested(4))


def test_a_list_without_end_has_an_end() -> None:
    watched = Observed("team", "example.net")
    watched.take(KIND, multipart(rlmi(0, *(f"sip:{number}@example.net N -" for number in range(200)))))
    assert len(watched.parties) == MOST_PARTIES


def test_names_are_cleaned_for_the_display() -> None:
    watched = Observed("team", "example.net")
    watched.take(KIND, multipart(rlmi(0, f"sip:203@example.net \u202e{'x' * 500} -")))
    assert watched.parties[0].name == "x" * 40


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Messages-Waiting: yes\r\nMessage-Account: sip:201@x\r\nVoice-Message: 2/8 (0/2)\r\n", 2),
        ("messages-waiting:no\n", 0),
        ("Messages-Waiting: yes\r\n", 1),
        ("Messages-Waiting: yes\r\nVoice-Message: 999999999/0\r\n", notified.MOST_MESSAGES),
        ("Voice-Message: 99999999999999999999/1\r\n", None),
        ("", None),
        ("\x00\xff<xml>", None),
    ],
)
def test_a_mailbox_says_how_many_are_new(text: str, new: int | None) -> None:
    assert new_messages(text) == new


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<dialog-info",
        f'{BOMB}<dialog-info version="0" state="full">&b;</dialog-info>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><dialog-info version="0"/>',
        '<dialog-info version="0">&e;</dialog-info>',
        '<dialog-info version="-1"/>',
        '<dialog-info version="99999999999"/>',
        '<dialog-info version="0">' + "<a>" * 50 + "</a>" * 50 + "</dialog-info>",
        '<dialog-info version="0">' + "<a/>" * 3000 + "</dialog-info>",
        "<dialog-info version='0'>" + "x" * 70000 + "</dialog-info>",
        pidf("open"),
        "<\ud800/>",
    ],
    ids=range(13),
)
def test_a_hostile_document_is_refused_and_what_was_known_stays(text: str) -> None:
    watched = Observed("203", "example.net")
    watched.take(DIALOG_INFO, dialogs(0, "1 confirmed recipient"))
    with pytest.raises(XmlError):
        watched.take(DIALOG_INFO, text)
    assert watched.parties[0].presence is Presence.BUSY


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/related", "--x\r\n\r\n--x--"),
        ("multipart/related;boundary=x", "nothing"),
        ("multipart/related;boundary=x", "--x\r\n" * 5000),
        ("multipart/related;boundary=x", "--x\r\n\r\nno list\r\n--x--"),
        ('multipart/related;boundary="x', "--x\r\n\r\n\r\n--x--"),
    ],
)
def test_a_hostile_list_is_refused(kind: str, body: str) -> None:
    with pytest.raises(ValueError, match=r"part|boundary|XML"):
        Observed("team", "example.net").take(kind, body)


def test_elements_nest_as_deep_as_is_allowed_and_no_deeper() -> None:
    assert parse("<a>" * DEEPEST + "</a>" * DEEPEST).name == "a"
    with pytest.raises(XmlError):
        parse("<a>" * (DEEPEST + 1) + "</a>" * (DEEPEST + 1))


def test_a_boundary_may_be_quoted_and_parts_may_have_folded_headers() -> None:
    assert parameter(KIND, "boundary") == "50UBf;x" and parameter(KIND, "nothing") == ""
    (part,) = parts("multipart/mixed; boundary=b", "--b\nContent-Type: a/b;\n charset=x\n\nbody\n--b--")
    assert (part.kind, part.body) == ("a/b; charset=x", "body")


KINDS = [DIALOG_INFO, PIDF, KIND, "text/plain", "", "multipart/related;boundary=0"]


@given(st.text(max_size=400), st.sampled_from(KINDS))
def test_nothing_that_is_said_breaks_the_reader(text: str, kind: str) -> None:
    watched = Observed("203", "example.net")
    try:
        watched.take(kind, text)
    except ValueError:
        assert watched.parties == (Party("203", "", Presence.UNKNOWN),)
    assert len(watched.parties) <= MOST_PARTIES
    for read in (dialog_info, availability, resource_list):
        with pytest.raises(XmlError):
            read(text)
