"""The front panel as a page: one WebSocket carries keys, pixels, lamps and sound."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from ranin.web.port import PanelPort

log = logging.getLogger(__name__)

STATIC = Path(__file__).with_name("static")
SOUND_EVERY_S = 0.02
MOST_WAITING = 100
"""Messages to a slow page; then sound is dropped, never the phone held up."""
LONGEST_UP = 1 << 16
DISPLAY, EARPIECE, RINGER = b"\x01", b"\x02", b"\x03"
"""First byte of a binary message to the page."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Permissions-Policy": "microphone=(self)",
}
_FILES = {
    "/": "index.html",
    "/panel.css": "panel.css",
    "/panel.js": "panel.js",
    "/worklet.js": "worklet.js",
    "/outage.js": "outage.js",
    "/outage.css": "outage.css",
}


class PanelError(OSError):
    """The page cannot be served; the message says why and what to do."""


class _Page:
    """One browser tab."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.waiting: asyncio.Queue[bytes | str] = asyncio.Queue(MOST_WAITING)
        self.told_frame = b""
        self.told_status = ""
        self.told_switches = ""
        self.told_sample = 0
        self.behind = False
        """It has lost a message."""

    def offer(self, message: bytes | str) -> bool:
        """Send soon; a page that does not keep up loses this message (False)."""
        if self.waiting.full():
            self.behind = True
            return False
        self.waiting.put_nowait(message)
        return True

    async def send(self, tell: Callable[["_Page"], None]) -> None:
        """Send what is offered until the page goes; one that lost something is told again what it does not know."""
        while True:
            if self.behind and not self.waiting.full():
                self.behind = False
                tell(self)
            message = await self.waiting.get()
            if isinstance(message, bytes):
                await self.socket.send_bytes(message)
            else:
                await self.socket.send_str(message)


class PanelServer:
    """Serves the page on loopback alone, to its own origin alone."""

    def __init__(self, port: PanelPort, http_port: int = 8080, host: str = "127.0.0.1") -> None:
        self._port = port
        self._host = host
        self._http_port = http_port
        self._pages: set[_Page] = set()
        self._speaker: _Page | None = None
        self._sound: asyncio.Task[None] | None = None
        self._unwatch = lambda: None

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{self._host}:{self._http_port}/"

    async def start(self) -> None:
        """Begin to serve. Raises PanelError when the TCP port is taken."""
        application = web.Application(middlewares=[self._only_ours], client_max_size=LONGEST_UP)
        application.add_routes([web.get(path, self._file) for path in _FILES])
        application.add_routes([
            web.get("/live", self._live),
            web.get("/settings", self._settings),
            web.post("/settings", self._apply),
        ])  # fmt: skip
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, self._host, self._http_port)
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise PanelError(
                f"port {self._http_port} is taken: end what uses it, or choose another with PORT=…"
            ) from error
        self._http_port = self._runner.addresses[0][1]
        self._unwatch = self._port.watch(self._changed)

    async def stop(self) -> None:
        """Close every page and stop serving."""
        self._unwatch()
        for page in tuple(self._pages):
            await page.socket.close(code=WSCloseCode.GOING_AWAY, message=b"the phone stops")
        if self._sound is not None:
            self._sound.cancel()
        await self._runner.cleanup()

    @web.middleware
    async def _only_ours(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Refuse other names for this host (DNS rebinding) and other origins."""
        ours = {f"{name}:{self._http_port}" for name in (self._host, "localhost")}
        if request.headers.get("Host", "") not in ours:
            raise web.HTTPForbidden(text="This page answers to its own address alone.")
        origin = request.headers.get("Origin")
        wanted = f"http://{request.headers['Host']}"
        if (request.method != "GET" or request.path == "/live") and origin != wanted:
            raise web.HTTPForbidden(text="Another site may not use this phone.")
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_HEADERS)
            raise
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / _FILES[request.path])

    async def _live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=20, max_msg_size=LONGEST_UP)
        await socket.prepare(request)
        page = _Page(socket)
        self._pages.add(page)
        self._follow_sound()
        sender = asyncio.create_task(page.send(self._tell))
        try:
            page.offer(json.dumps(self._greeting()))
            self._tell(page)
            await self._listen(page)
        finally:
            sender.cancel()
            self._pages.discard(page)
            if self._speaker is page:
                self._speaker = None
        return socket

    def _greeting(self) -> dict[str, Any]:
        return {"numbers": self._port.numbers, "machine": self._port.machine_sound, "lanes": self._port.lanes}

    async def _listen(self, page: _Page) -> None:
        async for message in page.socket:
            if message.type is WSMsgType.BINARY:
                if self._speaker is page:
                    self._port.speak(message.data)
            elif message.type is WSMsgType.TEXT:
                try:
                    self._take(page, json.loads(message.data))
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    page.offer(json.dumps({"error": f"not understood: {error}"}))

    def _take(self, page: _Page, words: dict[str, Any]) -> None:
        """Do what the page says; a newer page takes the microphone over."""
        for word, value in words.items():
            if word == "press":
                self._port.press(value)
            elif word == "release":
                self._port.release(value)
            elif word == "lifted":
                self._port.hook(bool(value))
            elif word == "turn":
                self._port.turn(str(value["key"]), bool(value["on"]))
            elif word == "speak":
                self._speaker = page if value else None
            else:
                raise ValueError(f"no word {word!r}")

    def _changed(self) -> None:
        for page in self._pages:
            self._tell(page)

    def _tell(self, page: _Page) -> None:
        """Send what this page does not know yet."""
        width, height, rows = self._port.frame()
        if rows != page.told_frame and page.offer(DISPLAY + bytes((width - 1, height - 1)) + rows):
            page.told_frame = rows
        status = json.dumps(self._port.status())
        if status != page.told_status and page.offer(status):
            page.told_status = status
        self._tell_outage(page)

    def _tell_outage(self, page: _Page) -> None:
        """Send the switches when one has moved, and what is new on the time line."""
        switches = json.dumps({"switches": self._port.switches()})
        if switches != page.told_switches and page.offer(switches):
            page.told_switches = switches
        samples = self._port.samples(page.told_sample)
        if samples and page.offer(json.dumps({"outage": samples, "now": time.time()})):
            page.told_sample = samples[-1]["n"]

    def _follow_sound(self) -> None:
        if self._sound is None or self._sound.done():
            self._sound = asyncio.create_task(self._carry_sound())

    async def _carry_sound(self) -> None:
        """Carry what the phone plays to the pages while there are any."""
        self._port.heard()
        while self._pages:
            await asyncio.sleep(SOUND_EVERY_S)
            for kind, sound in zip((EARPIECE, RINGER), self._port.heard(), strict=True):
                if sound:
                    for page in self._pages:
                        page.offer(kind + sound)

    async def _settings(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._port.settings())

    async def _apply(self, request: web.Request) -> web.StreamResponse:
        try:
            fields = await request.json()
            if not isinstance(fields, dict):
                raise ValueError("an object of fields is wanted")
        except ValueError as error:
            raise web.HTTPBadRequest(text=f"not understood: {error}") from error
        mistakes = self._port.apply(fields)
        return web.json_response({"mistakes": mistakes}, status=422 if mistakes else 200)
