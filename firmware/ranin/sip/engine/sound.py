"""The person's sound: what is joined to the ear, by which route, tones, volume, and a card that comes and goes."""

import logging
import time
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pjsua2 as pj

from ranin.core.commands import ConnectEar
from ranin.core.events import SoundFound, SoundLost
from ranin.sip.engine.options import BRIDGE_RATE, ECHO_CANCELLER, Options
from ranin.sip.engine.tones import Player, key_digit
from ranin.sip.music import MUSIC
from ranin.sip.translate import volume_gain

log = logging.getLogger(__name__)

RETRY_S = 1.0
NEVER_MS = 3_600_000
KEY_TONE_MS = 100
_NO_IMMEDIATE_OPEN = 2
"""PJSUA_SND_DEV_NO_IMMEDIATE_OPEN: the card is opened by the first connection."""

Report = Callable[[Any], None]
Link = tuple[str, str]
"""Names of a source and a sink: `microphone`, `ear`, `tone`, `key`, `call 7`."""


class Sound:
    """Joins calls and tones to the handset, and keeps calls alive without a card."""

    def __init__(self, endpoint: pj.Endpoint, options: Options, report: Report) -> None:
        self._devices = endpoint.audDevManager()
        self._routes = options.routes
        self._route = self._asked = "handset"
        """Where the sound is, and where it was last asked to be."""
        self._missing: set[str] = set()
        """Routes that the core was told are lost, of those in use or asked for."""
        self._report = report
        self._calls: dict[int, pj.AudioMedia] = {}
        self._wanted = ConnectEar()
        self._joined: tuple[int, ...] = ()
        self._links: set[Link] = set()
        self._level = 6
        self._lost = False
        self._retry_at_s = 0.0
        self.faulted = False
        """Set from a sound thread when the card fails; seen by `tick`."""
        self._tone = Player(BRIDGE_RATE, "tone")
        self._music = Player(BRIDGE_RATE, "music")
        self._key = pj.ToneGenerator()
        self._key.createToneGenerator(BRIDGE_RATE, 1)
        self._key_until_s = 0.0
        self._devices.setSndDevMode(_NO_IMMEDIATE_OPEN)
        self._choose_card()

    def close(self) -> None:
        """Take everything of ours off the bridge while there is one."""
        self._wanted, self._joined, self._key_until_s = ConnectEar(), (), 0.0
        self._apply()
        self._calls.clear()
        self._tone.close()
        self._music.close()
        del self._key

    def media_started(self, call: int, media: pj.AudioMedia) -> None:
        """A call has sound: join it if it is wanted."""
        self._links = {link for link in self._links if f"call {call}" not in link}
        self._calls[call] = media
        self._apply()

    def media_ended(self, call: int) -> None:
        """A call's sound is gone, and with it its links."""
        self._calls.pop(call, None)
        self._links = {link for link in self._links if f"call {call}" not in link}

    def connect(self, ear: ConnectEar) -> None:
        """Make the handset hear and send exactly this."""
        if ear.tone != self._wanted.tone:
            self._tone.play(ear.tone)
        if bool(ear.held) != bool(self._wanted.held):
            self._music.play(MUSIC if ear.held else None)
        self._wanted = ear
        if ear.route != self._asked and self._links_wanted():
            self._asked = ear.route
            self._switch(ear.route)
        for name in self._missing - {self._route, ear.route}:
            self._found(name)
        self._apply()

    def _switch(self, route: str) -> None:
        """Listen and speak elsewhere from now on; calls go on. Without such a route it stays where it is."""
        if route not in self._routes:
            self._tell_lost(route, f"this phone has no {route}")
        elif route != self._route:
            before = self._route
            self._devices.setNullDev()
            if not self._use(route):
                self._use(before)

    def _use(self, route: str) -> bool:
        self._route, self._lost = route, False
        return self._open_anew()

    def join(self, calls: tuple[int, ...]) -> None:
        """Let exactly these calls hear each other, without the handset."""
        self._joined = calls
        self._apply()

    def key_tone(self, digit: str) -> None:
        """Let the ear hear a key once."""
        self._key_until_s = time.monotonic() + 2 * KEY_TONE_MS / 1000
        self._apply()
        if self._key.isBusy():
            self._key.stop()
        self._key.playDigits(key_digit(digit, KEY_TONE_MS))

    def set_volume(self, level: int) -> None:
        """Set the earpiece's level, 0 to 10."""
        self._level = level
        self._set_gain()

    def wait_ms(self) -> int:
        """How soon `tick` has something to do, in ms."""
        due_s = [self._key_until_s] if self._key_until_s else []
        due_s += [self._retry_at_s] if self._lost else []
        return max(1, round((min(due_s) - time.monotonic()) * 1000)) if due_s else NEVER_MS

    def tick(self) -> None:
        """Drop a key tone that has sounded; look after a card that failed."""
        if self._key_until_s and time.monotonic() > self._key_until_s:
            self._key_until_s = 0.0
            self._apply()
        if self.faulted:
            self.faulted = False
            self._lose("the card stopped answering: was it pulled out?")
        if self._lost and time.monotonic() >= self._retry_at_s:
            self._retry()

    def _links_wanted(self) -> set[Link]:
        links: set[Link] = set()
        here, served = self._with_sound(self._wanted.calls), self._with_sound(self._joined)
        for call in here:
            links.add((call, "ear"))
            if not self._wanted.muted:
                links.add(("microphone", call))
        links |= {*permutations(here, 2), *permutations(served, 2)}
        links |= {(name, held) for held in self._with_sound(self._wanted.held) for name in self._music.parts}
        if self._wanted.tone is not None:
            links |= {(name, "ear") for name in self._tone.parts}
        if self._key_until_s or self._wanted.calls or self._joined:
            links.add(("key", "ear"))  # silence keeps the card running: sound that waits for it to open stays late
        return links

    def _with_sound(self, calls: tuple[int, ...]) -> list[str]:
        return [f"call {call}" for call in calls if call in self._calls]

    def _apply(self) -> None:
        wanted = self._links_wanted()
        for link in sorted(self._links - wanted):
            self._unlink(link)
        for link in sorted(wanted - self._links):
            self._link(link)

    def _link(self, link: Link) -> None:
        try:
            self._port(link[0]).startTransmit(self._port(link[1]))
        except pj.Error as error:
            if self._lost:
                log.warning("%s cannot be joined to %s: %s", *link, error.reason)
                return
            self._lose(error.reason)
            return
        self._links.add(link)
        if len(self._links) == 1:
            self._set_gain()
            if not self._lost:
                self._found(self._route)

    def _unlink(self, link: Link) -> None:
        self._links.discard(link)
        try:
            self._port(link[0]).stopTransmit(self._port(link[1]))
        except (pj.Error, KeyError) as error:
            log.debug("link %s was gone: %s", link, error)

    def _port(self, name: str) -> pj.AudioMedia:
        if name == "ear":
            return self._devices.getPlaybackDevMedia()
        if name == "microphone":
            return self._devices.getCaptureDevMedia()
        if name == "key":
            return self._key
        if name.startswith("call "):
            return self._calls[int(name[5:])]
        return (self._music if name in self._music.parts else self._tone).part(name)

    def _set_gain(self) -> None:
        """pjsua2 names levels from the bridge's side: what the ear receives."""
        try:
            self._devices.getPlaybackDevMedia().adjustRxLevel(volume_gain(self._level))
        except pj.Error as error:
            log.debug("no gain yet: %s", error.reason)

    def _choose_card(self) -> bool:
        """Name the route's card to PJSIP; it is opened by the first link."""
        route = self._routes[self._route]
        try:
            self._devices.refreshDevs()
            playback = self._devices.lookupDev("ALSA", route.playback)
            capture = self._devices.lookupDev("ALSA", route.capture)
            self._devices.setEcOptions(route.echo_tail_ms, ECHO_CANCELLER)
            self._devices.setPlaybackDev(playback)
            self._devices.setCaptureDev(capture)
        except pj.Error as error:
            self._lose(f"no PCM is called {route.playback!r} ({error.reason})")
            return False
        return True

    def _open_anew(self) -> bool:
        """Have the next link open the route's card."""
        for link in sorted(self._links):
            self._unlink(link)
        self._devices.setSndDevMode(_NO_IMMEDIATE_OPEN)
        return self._choose_card()

    def _lose(self, reason: str) -> None:
        """Keep calls alive on a clock without a card, and say so."""
        self._retry_at_s = time.monotonic() + RETRY_S
        self._lost = True
        self._tell_lost(self._route, reason)
        self._devices.setNullDev()
        self._apply()

    def _retry(self) -> None:
        """Try the card again by opening it afresh."""
        self._retry_at_s = time.monotonic() + RETRY_S
        if not self._open_anew():
            return
        try:
            self._key.startTransmit(self._devices.getPlaybackDevMedia())
        except pj.Error as error:
            self._lose(error.reason)
            return
        self._key.stopTransmit(self._devices.getPlaybackDevMedia())
        self._lost = False
        self._found(self._route)
        self._set_gain()
        self._apply()

    def _tell_lost(self, route: str, reason: str) -> None:
        if route not in self._missing:
            self._missing.add(route)
            self._report(SoundLost(route, reason))

    def _found(self, route: str) -> None:
        if route in self._missing:
            self._missing.discard(route)
            self._report(SoundFound(route))
