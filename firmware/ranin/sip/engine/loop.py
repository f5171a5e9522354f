"""The engine's one thread: it polls PJSIP, takes the daemon's orders and sends reports."""

import itertools
import logging
import os
import select
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pjsua2 as pj

from ranin.core import commands, mobile, neighbours, outage, pages, team
from ranin.core.events import LineRejected
from ranin.core.state import LAN
from ranin.sip import wire
from ranin.sip.engine.cell import Cells
from ranin.sip.engine.codecs import offer
from ranin.sip.engine.endpoint import start_endpoint
from ranin.sip.engine.features import Features
from ranin.sip.engine.lan import Lan, open_lan
from ranin.sip.engine.legs import Leg
from ranin.sip.engine.lines import Line
from ranin.sip.engine.moving import Mover
from ranin.sip.engine.nat import Stun
from ranin.sip.engine.options import Options
from ranin.sip.engine.paging import Pages
from ranin.sip.engine.presence import Watches
from ranin.sip.engine.setforward import ServerForwards
from ranin.sip.engine.sound import Sound
from ranin.sip.engine.subscriptions import Subscriptions
from ranin.sip.engine.switchboard import Switchboard
from ranin.sip.engine.ways import Ways

log = logging.getLogger(__name__)

MOST_WAIT_MS = 200
"""PJSIP's timers, packets and orders wake the loop; a failed card is seen this soon."""
HANGS_AFTER_S = 10
"""A turn that takes longer never ends: SIGALRM ends the engine, for a daemon of another user may not."""
_GONE = LAN - 1
"""From here down: the numbers of lines that are in the settings no more, and in a call."""


class Loop:
    """Everything of PJSIP is made, used and ended here, on one thread."""

    def __init__(self, listener: socket.socket, options: Options) -> None:
        self._listener = listener
        self._connection: socket.socket | None = None
        self._lines_in = wire.Lines()
        self._lines: dict[int, Line] = {}
        self._gone = itertools.count(_GONE, -1)
        self._endpoint, self._wakers = start_endpoint(options)
        self._ways = Ways(self._endpoint)
        self._stun = Stun(self._endpoint)
        self._mover = Mover()
        self._sound = Sound(self._endpoint, options, self.report)
        self._endpoint.sound = self._sound
        self._cells = Cells(self._endpoint, self._sound, self.report)
        self._pages = Pages(self._endpoint, self._sound, self.report)
        self._features = Features(self._sound, self.report)
        self._calls = Switchboard(self._lines, self._sound, self.report)
        self._codecs: tuple[str, ...] = ()
        self._subscriptions = Subscriptions()
        self._forwards = ServerForwards(self._subscriptions, self.report)
        self._watches = Watches(self._subscriptions, self.report)
        self._running = True

    def run(self) -> None:
        """Serve one daemon; return when it is gone."""
        poller = select.poll()
        for descriptor in self._wakers:
            poller.register(descriptor, select.POLLIN)
        poller.register(self._pages, select.POLLIN)
        self._accept()
        poller.register(self._connection, select.POLLIN)
        self.report(wire.Hello(os.getpid()))
        while self._running:
            signal.alarm(HANGS_AFTER_S)
            ready = {descriptor for descriptor, _ in poller.poll(self._wait_ms())}
            while self._endpoint.libHandleEvents(0) > 0:
                pass
            self._calls.announce()
            self._tell_failures()
            if self._connection is not None and self._connection.fileno() in ready:
                self._receive()
            self._sound.tick()
            self._mover.tick(self._lines, self._every_leg())
            self._cells.tick()
            self._pages.tick()
            self._features.tick()
            self._subscriptions.tick()
            self._forwards.tick()
            self._calls.tick()
            self._watches.tick()
            self._bury()
        self._leave()

    def _wait_ms(self) -> int:
        return int(pj.ranin_wait_ms(min(MOST_WAIT_MS, self._sound.wait_ms(), self._pages.wait_ms())))

    def _accept(self) -> None:
        self._connection, _ = self._listener.accept()
        self._listener.close()

    def _receive(self) -> None:
        assert self._connection is not None
        try:
            data, descriptors, _, _ = socket.recv_fds(self._connection, 65536, 1, socket.MSG_CMSG_CLOEXEC)
            self._cells.received(descriptors)
            lines = self._lines_in.feed(data)
        except (OSError, wire.WireError) as error:
            log.error("the daemon's socket: %s", error)
            data, lines = b"", []
        if not data:
            self._running = False
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        """Carry out one order; whatever goes wrong with it, the others go on."""
        try:
            order = wire.decode(line)
            if not self._calls.take(order):
                self._ORDERS[type(order)](self, order)
        except wire.WireError as error:
            self.report(wire.Complaint(str(error)))
        except KeyError as error:
            self.report(wire.Complaint(f"nothing to do it with: {error}"))
        except pj.Error as error:
            self.report(wire.Complaint(f"{type(order).__name__}: {error.reason}"))
        except OSError as error:
            self.report(wire.Complaint(f"{type(order).__name__}: {error}"))

    def report(self, message: Any) -> None:
        """Send one report; a daemon that does not read is as good as gone."""
        if self._connection is None:
            return
        try:
            self._connection.sendall(wire.encode(message))
        except (BrokenPipeError, ConnectionResetError):
            self._running = False  # it has hung up: we leave
        except OSError as error:
            log.error("the daemon does not take reports: %s", error)
            self._running = False

    def _configure(self, order: commands.ConfigureEngine) -> None:
        """Offer these codecs in this order on every line that does not say its own."""
        self._codecs = order.codecs
        offer(self._endpoint, self._codecs, self._lines.values())

    def _register(self, order: wire.RegisterAt) -> None:
        try:
            self._stun.use(order.stun)
            transport = self._ways.open(order)
            if order.line in self._lines and self._lines[order.line].order.account == order.account:
                self._register_anew(self._lines[order.line], order, transport)
            else:
                self._close(order.line)
                self._lines[order.line] = Line(order, transport, self.report, self._calls.arrived)
                offer(self._endpoint, self._codecs, self._lines.values())
        except pj.Error as error:
            self.report(LineRejected(order.line, 400, error.reason))
        if order.pinned:
            self._take_along(order.local_ip)
        self._guard()

    def _register_anew(self, line: Line, order: wire.RegisterAt, transport: int) -> None:
        """Over the same way, or over another one, where its calls follow."""
        if line.order == order and line.transport == transport:
            line.again()
            return
        if all(leg.line != order.line for leg in self._every_leg()):
            line.places = {line.place}
        try:
            line.move(order, transport)
        finally:
            self._mover.moved(line, self._every_leg())

    def _take_along(self, local_ip: str) -> None:
        """Lines that are gone have no orders of their own: where another one is told to go, their calls go too."""
        for line in [line for number, line in self._lines.items() if number <= _GONE]:
            there = replace(line.order, local_ip=local_ip, pinned=True)
            if line.order.local_ip == local_ip or (":" in line.order.local_ip) != (":" in local_ip):
                continue
            try:
                line.move(there, self._ways.open(there))
                self._mover.moved(line, self._every_leg())
            except pj.Error as error:
                log.error("the call of a line that is gone stays where it is: %s", error.reason)

    def _every_leg(self) -> list[Leg]:
        return [leg for leg in (*self._calls.legs, *self._features.legs) if not leg.over]

    def _guard(self) -> None:
        """Hear the servers of all lines, and nobody else."""
        pj.ranin_guard_clear()
        for line in self._lines.values():
            for ip, port in sorted(line.places):
                if pj.ranin_guard_allow(ip, port) != 0:
                    log.error("line %d: %s:%d cannot be heard", line.order.line, ip, port)

    def _unregister(self, order: commands.UnregisterLine) -> None:
        self._close(order.line)

    def _configure_lan(self, order: neighbours.ConfigureLan) -> None:
        """Listen for the phones of the provisioning as the order says, or no more."""
        old = self._lines.get(LAN)
        if isinstance(old, Lan):
            for leg in self._every_leg():
                if leg.line == LAN:
                    leg.end()
            self._close(LAN)
            pj.ranin_lan_close(old.transport)
        if order.address:
            self._lines[LAN] = open_lan(order, self.report, self._calls.arrived)
            offer(self._endpoint, self._codecs, self._lines.values())

    def _close(self, index: int) -> None:
        """End a line. No name may hold it any longer: its destructor ends whoever has its number then."""
        if index not in self._lines:
            return
        self._watches.leave(index)
        calls = [leg for leg in self._every_leg() if leg.line == index]
        if calls and index != LAN:
            self._retire(index, calls)
        else:
            self._lines.pop(index).close()

    def _retire(self, index: int, calls: list[Leg]) -> None:
        """Have the line leave its number to another one, and end with its calls."""
        number = next(self._gone)
        for leg in calls:
            leg.line = number
        self._lines[number] = self._lines.pop(index)
        self._lines[number].retire(number)

    def _tell_failures(self) -> None:
        for place, words in self._endpoint.troubles.items():
            for line in self._lines.values():
                if place in line.places:
                    line.trouble = words
        self._endpoint.troubles.clear()
        for line in self._lines.values():
            line.tell()

    def _ping(self, order: wire.Ping) -> None:
        self.report(wire.Pong(order.serial))

    _ORDERS: dict[type, Callable[["Loop", Any], None]] = {
        commands.ConfigureEngine: _configure,
        wire.RegisterAt: _register,
        commands.UnregisterLine: _unregister,
        commands.ConnectEar: lambda self, order: self._sound.connect(order),
        commands.PlayKeyTone: lambda self, order: self._sound.key_tone(order.digit),
        commands.SetVolume: lambda self, order: self._sound.set_volume(order.level),
        wire.JoinCell: lambda self, order: self._cells.join(order),
        mobile.LeaveCellSound: lambda self, order: self._cells.leave(order.call),
        neighbours.ConfigureLan: _configure_lan,
        neighbours.JoinCalls: lambda self, order: self._sound.join(order.calls),
        outage.SendFeatureCode: lambda self, order: self._features.call(order, self._lines),
        outage.SetServerForward: lambda self, order: self._forwards.set(order, self._lines),
        team.WatchParty: lambda self, order: self._watches.party(order, self._lines),
        team.WatchMailbox: lambda self, order: self._watches.mailbox(order, self._lines),
        team.Unwatch: lambda self, order: self._watches.end(order.watch),
        pages.ConfigurePaging: lambda self, order: self._pages.configure(order),
        pages.PlayPage: lambda self, order: self._pages.play(order),
        pages.SendPage: lambda self, order: self._pages.send(order),
        pages.StopPage: lambda self, order: self._pages.stop(order),
        wire.Ping: _ping,
    }

    def _bury(self) -> None:
        """Let go of calls that are over; not from inside their own callbacks."""
        self._calls.bury()
        for number in [n for n in self._lines if n <= _GONE and all(leg.line != n for leg in self._every_leg())]:
            self._close(number)
            self._guard()
        used = {leg.follower.transport for leg in self._every_leg()}
        self._ways.close_unused(used | {line.transport for line in self._lines.values()})

    def _leave(self) -> None:
        """Hang up, unregister and end PJSIP in order."""
        self._hang_up_all()
        self._cells.close()
        self._pages.close()
        self._sound.close()
        self._endpoint.libDestroy()

    def _hang_up_all(self) -> None:
        """End calls and accounts and let go of them: PJSIP wants none when it ends."""
        for leg in self._every_leg():
            leg.end()
        for index in list(self._lines):
            self._close(index)
        self._calls.clear()
        for table in (self._features.legs, self._lines):
            table.clear()
