"""Pages by multicast: who speaks in which group, what of it is heard, and pages of our own.

Packets are judged here; the sound itself is made in C (scripts/pjsip/module/ranin_page.c), which
gets what belongs to a page that is heard through a pair of sockets.
"""

import contextlib
import errno
import ipaddress
import logging
import os
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pjsua2 as pj

from ranin.core.events import CallAnswered, CallEnded, MediaStarted
from ranin.core.pages import (
    ConfigurePaging,
    PageEnded,
    PageGroup,
    PageHeard,
    PagingSettings,
    PlayPage,
    SendPage,
    StopPage,
)
from ranin.sip.engine.cell import media_of
from ranin.sip.engine.multicast import Ears, Place, mouth, place_of
from ranin.sip.engine.sound import Sound
from ranin.sip.rtp import Packet, parse

log = logging.getLogger(__name__)

ENDED_S = 1.5
"""A page is over when nothing has come for so long."""
MOST_AT_ONCE = 8
REST_S = 0.02
"""A group in which so many packets waited is looked at again after this: 400 packets a second, a page has 50 to 100."""
JOIN_EVERY_S = 5.0
"""How soon a new interface is noticed."""
_NEVER_MS = 3_600_000
_TYPES = {"pcmu": 0, "pcma": 8, "g722": 9}
"""Static payload types (RFC 3551 §6)."""
_NOT_SENT = 500

Report = Callable[[Any], None]


@dataclass(slots=True)
class Speaker:
    """Whose page it is: nobody else is heard in the group until it ends."""

    ssrc: int
    sender: Place
    type: int
    sequence: int
    heard_s: float
    told: bool = False
    """Two packets in a row have come: it is a page, not a stray packet (RFC 3550 §A.1)."""


class Group:
    """A group that is listened to."""

    def __init__(self, group: PageGroup) -> None:
        self.address = group.address
        self.ears = Ears(group.address)
        self.speaker: Speaker | None = None
        self.feed: socket.socket | None = None
        """To the bridge, while it is heard."""
        self.rests_until_s = 0.0
        self._sources = [ipaddress.ip_network(source) for source in group.sources]

    def take(self, now_s: float, ours: set[Place]) -> bool:
        """Take in what has come; whether a page has begun by it."""
        began = False
        for _ in range(MOST_AT_ONCE):
            got = self.ears.receive()
            if got is None:
                return began
            packet = parse(got[0])
            if packet is not None and packet.type in _TYPES.values() and got[1] not in ours and self._may(got[1]):
                began |= self._judge(packet, got[1], now_s)
        self.rests_until_s = now_s + REST_S
        return began

    def _may(self, sender: Place) -> bool:
        address = ipaddress.ip_address(sender[0])
        return not self._sources or any(address in network for network in self._sources)

    def _judge(self, packet: Packet, sender: Place, now_s: float) -> bool:
        known = self.speaker
        if known is None or (not known.told and (packet.ssrc, sender) != (known.ssrc, known.sender)):
            self.speaker = Speaker(packet.ssrc, sender, packet.type, packet.sequence, now_s)
            return False
        if (packet.ssrc, sender, packet.type) != (known.ssrc, known.sender, known.type):
            return False
        began = not known.told and packet.sequence == (known.sequence + 1) & 0xFFFF
        known.told |= began
        known.sequence, known.heard_s = packet.sequence, now_s
        if self.feed is not None:
            with contextlib.suppress(OSError):  # the bridge stands still: sound that nobody takes is lost
                self.feed.send(packet.timestamp.to_bytes(4) + packet.payload, socket.MSG_DONTWAIT)
        return began

    def end(self, now_s: float) -> bool:
        """Forget a speaker who has fallen silent; whether a page has ended by it."""
        known = self.speaker
        if known is None or now_s - known.heard_s < ENDED_S:
            return False
        self.speaker = None
        return known.told

    def quiet(self) -> None:
        """It is heard no more."""
        if self.feed is not None:
            self.feed.close()
        self.feed = None


class Pages:
    """All groups, and the pages on the bridge."""

    def __init__(self, endpoint: pj.Endpoint, sound: Sound, report: Report) -> None:
        self._endpoint = endpoint
        self._sound = sound
        self._report = report
        self._settings = PagingSettings()
        self._groups: dict[str, Group] = {}
        self._slots: dict[int, int] = {}
        self._heard: dict[int, Group] = {}
        """By the numbers of pages."""
        self._ours: dict[int, Place] = {}
        """Where pages of our own come from: they are not heard here."""
        self._poll = select.epoll()
        self._join_at_s = 0.0

    def fileno(self) -> int:
        """Readable when something has come from a group."""
        return self._poll.fileno()

    def configure(self, order: ConfigurePaging) -> None:
        """Listen to these groups alone; one that stays as it is goes on."""
        wanted = {group.address: group for group in order.paging.listen}
        kept = {group.address for group in self._settings.listen if wanted.get(group.address) == group}
        self._settings = order.paging
        for address in [address for address in self._groups if address not in kept]:
            self._close(self._groups.pop(address))
        for address in wanted.keys() - self._groups.keys():
            self._open(wanted[address])
        self._join_at_s = time.monotonic() + JOIN_EVERY_S

    def play(self, order: PlayPage) -> None:
        """Put what is said in a group on the bridge; one that has just ended tells so by itself."""
        group = self._groups.get(order.group)
        if group is None or group.speaker is None:
            return
        group.quiet()
        group.feed, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        slot = int(pj.ranin_page_hear(theirs.detach(), group.speaker.type))
        if slot < 0:
            group.quiet()
            log.error("a page cannot be heard: %s", os.strerror(-slot))
            return
        self._heard[order.call] = group
        self._join(order.call, slot)

    def send(self, order: SendPage) -> None:
        """Begin a page of our own."""
        codec = next((one.codec for one in self._settings.send if one.address == order.target), "")
        try:
            if not codec:
                raise OSError(errno.EADDRNOTAVAIL, "no such target")
            made = mouth(order.target, self._settings.ttl)
            place = place_of(made.getsockname())
            slot = int(pj.ranin_page_speak(made.detach(), _TYPES[codec]))
            if slot < 0:
                raise OSError(-slot, os.strerror(-slot))
        except OSError as error:
            self._report(CallEnded(order.call, _NOT_SENT, f"no page goes out: {error.strerror}"))
            return
        self._ours[order.call] = place
        self._join(order.call, slot)
        self._report(MediaStarted(order.call, codec.upper(), False))
        self._report(CallAnswered(order.call))

    def stop(self, order: StopPage) -> None:
        """Take a page off the bridge; one that is gone is fine."""
        slot = self._slots.pop(order.call, None)
        if slot is not None:
            self._sound.media_ended(order.call)
            pj.ranin_page_leave(slot)
        group = self._heard.pop(order.call, None)
        if group is not None and group not in self._heard.values():
            group.quiet()
        if self._ours.pop(order.call, None) is not None:
            self._report(CallEnded(order.call, 200, ""))

    def wait_ms(self) -> int:
        """How soon `tick` has something to do, in ms."""
        now_s = time.monotonic()
        due_s = [group.rests_until_s for group in self._groups.values() if group.rests_until_s]
        due_s += [group.speaker.heard_s + ENDED_S for group in self._groups.values() if group.speaker is not None]
        return max(1, round((min(due_s) - now_s) * 1000)) if due_s else _NEVER_MS

    def tick(self) -> None:
        """Take in what has come, and see who has fallen silent."""
        now_s = time.monotonic()
        if self._groups and now_s >= self._join_at_s:
            self._join_at_s = now_s + JOIN_EVERY_S
            for group in self._groups.values():
                group.ears.join()
        ready = {descriptor for descriptor, _ in self._poll.poll(0)}
        for group in self._groups.values():
            self._attend(group, group.ears.fileno() in ready, now_s)

    def close(self) -> None:
        """Let go of everything."""
        for call in list(self._slots):
            self.stop(StopPage(call))
        for group in self._groups.values():
            self._close(group)
        self._groups.clear()
        self._poll.close()

    def _attend(self, group: Group, ready: bool, now_s: float) -> None:
        rested = bool(group.rests_until_s) and now_s >= group.rests_until_s
        if rested:
            group.rests_until_s = 0.0
            self._poll.modify(group.ears, select.EPOLLIN)
        if ready or rested:
            if group.take(now_s, set(self._ours.values())):
                self._report(PageHeard(group.address))
            if group.rests_until_s:
                self._poll.modify(group.ears, 0)
        if group.end(now_s):
            self._report(PageEnded(group.address))

    def _join(self, call: int, slot: int) -> None:
        self._slots[call] = slot
        self._sound.media_started(call, media_of(self._endpoint, slot))

    def _open(self, group: PageGroup) -> None:
        try:
            made = Group(group)
        except OSError as error:
            log.error("nobody listens to %s: %s", group.address, error.strerror)
            return
        self._groups[group.address] = made
        self._poll.register(made.ears, select.EPOLLIN)

    def _close(self, group: Group) -> None:
        self._poll.unregister(group.ears)
        group.quiet()
        group.ears.close()
        if group.speaker is not None and group.speaker.told:
            self._report(PageEnded(group.address))
