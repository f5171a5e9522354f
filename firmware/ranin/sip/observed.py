"""What NOTIFYs have told of one watched party or list, put together (pure): versions, partial states, members."""

import re
from dataclasses import dataclass, field

from ranin.core.team import Party, Presence
from ranin.sip.multipart import Part, media_type, parameter, parts
from ranin.sip.notified import (
    DIALOG_INFO,
    MULTIPART,
    PIDF,
    Availability,
    DialogInfo,
    Member,
    ResourceList,
    availability,
    dialog_info,
    resource_list,
)
from ranin.sip.translate import LONGEST_NUMBER, clean

MOST_PARTIES = 64
LONGEST_NAME = 40
DEEPEST_LIST = 3
"""Lists within lists (RFC 4662 §4.7)."""


@dataclass
class Resource:
    """One party."""

    number: str
    name: str = ""
    version: int | None = None
    dialogs: dict[str, Presence] = field(default_factory=dict)
    available: Availability = Availability(None, False)
    gone: bool = False

    def take(self, info: DialogInfo) -> bool:
        """Whether `info` could be used: a partial one must follow what is known (RFC 4235 §4.3).

        A whole one always is: requests of a dialog come in order, and a server that starts again counts from 0.
        """
        if info.full:
            self.dialogs.clear()
        elif self.version is None or info.version > self.version + 1:
            return False
        elif info.version <= self.version:
            return True
        self.version, self.gone = info.version, False
        self.dialogs.update(info.dialogs)
        self.dialogs = {name: doing for name, doing in self.dialogs.items() if doing is not Presence.IDLE}
        return True

    @property
    def presence(self) -> Presence:
        """A call that rings here can be picked up, whatever else goes on."""
        if self.gone:
            return Presence.UNREACHABLE
        for doing in (Presence.RINGING, Presence.BUSY):
            if doing in self.dialogs.values():
                return doing
        if self.available.reachable is False:
            return Presence.UNREACHABLE
        if self.version is not None:
            return Presence.IDLE
        if self.available.reachable is None:
            return Presence.UNKNOWN
        return Presence.BUSY if self.available.busy else Presence.IDLE


class Observed:
    """One watched target; `domain` is the line's, whose numbers are dialled without it."""

    def __init__(self, target: str, domain: str) -> None:
        self._domain = domain
        self._own = Resource(target)
        self._members: dict[str, Resource] = {}
        self._versions: dict[str, int] = {}
        """List, as its nesting names it → its version."""

    @property
    def is_list(self) -> bool:
        """Whether the target turned out to be a list."""
        return bool(self._versions)

    @property
    def parties(self) -> tuple[Party, ...]:
        """All that is known."""
        resources = self._members.values() if self.is_list else [self._own]
        return tuple(Party(one.number, one.name, one.presence) for one in resources)

    def take(self, kind: str, body: str) -> bool:
        """Take in a NOTIFY's body; False: something was missed, the whole state is needed anew.

        Raises ValueError for what cannot be read; what was known stays.
        """
        if media_type(kind) == MULTIPART:
            return self._take_list("", parts(kind, body), parameter(kind, "start").strip("<>"), 1)
        return self._take_state(self._own, media_type(kind), body)

    @staticmethod
    def _take_state(resource: Resource, kind: str, body: str) -> bool:
        if kind == DIALOG_INFO:
            return resource.take(dialog_info(body))
        if kind == PIDF:
            resource.available = availability(body)
        return True

    def _take_list(self, place: str, found: list[Part], start: str, depth: int) -> bool:
        root = next((part for part in found if part.cid == start), found[0]) if start else found[0]
        listed, by_cid = resource_list(root.body), {part.cid: part for part in found if part.cid}
        known = self._versions.get(place)
        if not listed.full and known != listed.version - 1:
            return known is not None and listed.version <= known
        self._versions[place] = listed.version
        if listed.full:
            self._keep_only(place, listed)
        complete = [self._take_member(place, member, by_cid.get(member.cid), depth) for member in listed.members]
        return all(complete)

    def _keep_only(self, place: str, listed: ResourceList) -> None:
        stay = tuple(f"{place} {member.uri}" for member in listed.members)
        self._members = {
            key: one for key, one in self._members.items()
            if not key.startswith(f"{place} ") or key in stay or key.startswith(tuple(f"{name} " for name in stay))
        }  # fmt: skip

    def _take_member(self, place: str, member: Member, part: Part | None, depth: int) -> bool:
        key = f"{place} {member.uri}"
        if part is not None and media_type(part.kind) == MULTIPART:
            if depth >= DEEPEST_LIST:
                raise ValueError("lists within lists, too deep")
            self._members.pop(key, None)
            start = parameter(part.kind, "start").strip("<>")
            return self._take_list(key, parts(part.kind, part.body), start, depth + 1)
        if key not in self._members and len(self._members) >= MOST_PARTIES:
            return True
        resource = self._members.setdefault(key, Resource(self._number(member.uri)))
        resource.name = clean(member.name, LONGEST_NAME) or resource.name
        resource.gone = member.gone
        return part is None or self._take_state(resource, media_type(part.kind), part.body)

    def _number(self, uri: str) -> str:
        """Of our own domain the user alone; of another one the whole address."""
        found = re.fullmatch(r"sips?:([^@;?]+)@([^;?]+).*", uri, re.IGNORECASE)
        own = found and re.sub(r":\d+$", "", found[2]).lower() == self._domain.lower()
        return clean(found[1] if found and own else uri, LONGEST_NUMBER)
