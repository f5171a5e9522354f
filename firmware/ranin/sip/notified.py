"""The documents that a NOTIFY brings, read (pure): dialogs, presence, lists of parties, mailboxes."""

import re
from dataclasses import dataclass

from ranin.core.team import Presence
from ranin.sip.xmltree import Element, XmlError, parse

DIALOG_INFO = "application/dialog-info+xml"
PIDF = "application/pidf+xml"
RLMI = "application/rlmi+xml"
MULTIPART = "multipart/related"
SUMMARY = "application/simple-message-summary"

MOST_DIALOGS = 64
MOST_MESSAGES = 9999

_HEARD = frozenset({"trying", "proceeding", "early"})
"""States of a dialog before its answer (RFC 4235 §3.7.1)."""


@dataclass(frozen=True, slots=True)
class DialogInfo:
    """A party's dialogs, or what has changed of them (RFC 4235 §4.1)."""

    version: int
    full: bool
    dialogs: tuple[tuple[str, Presence], ...]
    """(id, what the dialog makes of its party); IDLE is a dialog that is over."""


@dataclass(frozen=True, slots=True)
class Availability:
    """What a presence document says (RFC 3863, RFC 4480)."""

    reachable: bool | None
    """None: it has no word on it."""
    busy: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A party of a list (RFC 4662 §5.3)."""

    uri: str
    name: str
    cid: str
    """Content-ID of the part with its state; empty: nothing new."""
    gone: bool
    """The server does not watch it (any more)."""


@dataclass(frozen=True, slots=True)
class ResourceList:
    """The members of a list, or those of which something has changed (RFC 4662 §5)."""

    version: int
    full: bool
    members: tuple[Member, ...]


def dialog_info(text: str) -> DialogInfo:
    """A dialog-info document. Raises XmlError."""
    root = _root(text, "dialog-info")
    dialogs = root.all("dialog")[:MOST_DIALOGS]
    read = tuple((dialog.attributes.get("id", str(index)), _doing(dialog)) for index, dialog in enumerate(dialogs))
    return DialogInfo(_version(root), root.attributes.get("state", "full") == "full", read)


def _doing(dialog: Element) -> Presence:
    """Whoever rings somebody else has the handset in the hand, which is busy; a dialog of no direction is rung."""
    state = dialog.first("state")
    word = state.text.strip().lower() if state else "terminated"
    if word in _HEARD:
        return Presence.BUSY if dialog.attributes.get("direction") == "initiator" else Presence.RINGING
    return Presence.BUSY if word == "confirmed" else Presence.IDLE


def availability(text: str) -> Availability:
    """A PIDF document: open where one of its tuples is. Raises XmlError."""
    root = _root(text, "presence")
    basics = [found.text.strip().lower() for row in root.all("tuple") if (found := row.first("status", "basic"))]
    activities = root.first("person", "activities")
    busy = bool(activities and any(child.name in ("on-the-phone", "busy") for child in activities.children))
    return Availability("open" in basics if basics else None, busy)


def resource_list(text: str) -> ResourceList:
    """An RLMI document. Raises XmlError."""
    root = _root(text, "list")
    members = tuple(_member(row) for row in root.all("resource") if row.attributes.get("uri"))
    return ResourceList(_version(root), root.attributes.get("fullState") in ("true", "1"), members)


def _member(row: Element) -> Member:
    name, instances = row.first("name"), row.all("instance")
    alive = [one for one in instances if one.attributes.get("state") != "terminated"]
    cid = next((one.attributes["cid"] for one in alive if one.attributes.get("cid")), "")
    return Member(row.attributes["uri"], name.text if name else "", cid, bool(instances) and not alive)


def _root(text: str, name: str) -> Element:
    root = parse(text)
    if root.name != name:
        raise XmlError(f"it is no {name}")
    return root


def _version(root: Element) -> int:
    """32 bits at the most (RFC 4235 §4.1.1); a server that does not count says 0."""
    word = root.attributes.get("version", "0")
    if not re.fullmatch(r"[0-9]{1,10}", word):
        raise XmlError("its version is no number")
    return int(word)


_VOICE = re.compile(r"^Voice-Message\s*:\s*(\d{1,9})\s*/", re.IGNORECASE | re.MULTILINE)
_WAITING = re.compile(r"^Messages-Waiting\s*:\s*(yes|no)\b", re.IGNORECASE | re.MULTILINE)


def new_messages(text: str) -> int | None:
    """New voice messages of a message summary (RFC 3842 §5.2); None: it is none. "yes" without a number is one."""
    text = text[:8192]
    voice, waiting = _VOICE.search(text), _WAITING.search(text)
    if voice is not None:
        return min(int(voice[1]), MOST_MESSAGES)
    return None if waiting is None else int(waiting[1].lower() == "yes")
