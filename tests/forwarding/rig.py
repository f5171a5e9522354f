"""A forwarder with a real server on loopback behind it, and the secret that must not get out."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from ranin.core.events import Event
from ranin.core.outage import CallHttp, OrderKind, OrderTried
from ranin.core.settings import Means, Secret
from ranin.forwarding.http import HttpForwarder

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TARGET = "+33612345678"
CANARY = "canary/key 7"
"""A secret with characters that are written otherwise in a URL."""
LEAKS = (CANARY, "canary%2Fkey%207", "canary")


class Rig:
    """A forwarder and what it posts; `order` carries one out against the server at `base`."""

    def __init__(self, base: str, forwarder: HttpForwarder) -> None:
        self.base = base
        self.forwarder = forwarder
        self.told: asyncio.Queue[Event] = asyncio.Queue()

    async def order(self, values: Means, kind: OrderKind = OrderKind.ARM, name: str = "custom") -> OrderTried:
        self.forwarder.execute(CallHttp(5, name, kind, TARGET, values))
        event = await asyncio.wait_for(self.told.get(), 10)
        assert isinstance(event, OrderTried) and event.order == 5
        assert not any(leak in event.detail for leak in LEAKS), event.detail
        return event

    def custom(self, *more: tuple[str, str | Secret]) -> Means:
        """A custom profile: the key is in the URL, in a header and in the body."""
        url = f"{self.base}/forward/{{user}}?key={{key}}"
        return (
            ("user", "201"),
            ("arm_url", url),
            ("arm_method", "PUT"),
            ("arm_body", '{"to": "{target}", "key": "{key}"}'),
            ("arm_headers", "Authorization: Bearer {key}\nX-Line: {user}"),
            ("disarm_url", url),
            ("disarm_method", "DELETE"),
            ("key", Secret(CANARY)),
            *more,
        )


@contextlib.asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that answers everything with `handler`; its base address."""
    app = web.Application()

    async def answer(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@contextlib.asynccontextmanager
async def rig(
    handler: Handler,
    limit_s: float = 5.0,
    tls: ssl.SSLContext | None = None,
    trusted: ssl.SSLContext | None = None,
) -> AsyncIterator[Rig]:
    async with serving(handler, tls) as base:
        forwarder = HttpForwarder(limit_s, trusted)
        built = Rig(base, forwarder)
        await forwarder.start(built.told.put_nowait)
        yield built
        await forwarder.stop()


def answering(status: int, text: str = "", **headers: str) -> Handler:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers=headers)

    return handler
