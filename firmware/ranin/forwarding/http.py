"""Carries out CallHttp: an order at a provider's HTTP interface, told in words without a secret."""

import asyncio
import hashlib
import json
import logging
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from ranin.core.commands import Command
from ranin.core.outage import CallHttp, OrderKind, OrderTried, Outcome
from ranin.core.settings import Secret
from ranin.forwarding.profile import CUSTOM, Profile, ProfileError, Request, Template, load, matches, request, words
from ranin.runtime.adapter import Post

log = logging.getLogger(__name__)

LIMIT_S = 15.0
"""For all requests of an order together."""
LARGEST = 65536
"""Bytes of an answer that are read."""
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Ranin"}
_LATER = frozenset({408, 425, 429})
"""Answers below 500 that time may mend (RFC 9110 §15.5.9, RFC 8470, RFC 6585)."""
_NOT_YET, _EXPIRED = 9, 10
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of <openssl/x509_vfy.h>."""
_WORDS = {401: "the user name or key is refused", 403: "not allowed", 404: "not found", 429: "too often"}


class CallFailed(Exception):
    """A request did not do what it should; the text is for people and holds no secret."""

    def __init__(self, text: str, outcome: Outcome = Outcome.FAILED) -> None:
        super().__init__(text)
        self.outcome = outcome


class HttpForwarder:
    """Makes the requests of an order one after the other; its end comes back as OrderTried."""

    handles = (CallHttp,)

    def __init__(self, limit_s: float = LIMIT_S, trusted: ssl.SSLContext | None = None) -> None:
        """`trusted` vouches for the servers instead of the system's authorities."""
        self._limit_s, self._trusted = limit_s, trusted
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._post: Post = lambda _event: None

    async def start(self, post: Post) -> None:
        """Open the session."""
        self._post = post
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._trusted or True),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers=_HEADERS,
            trust_env=False,
        )

    async def stop(self) -> None:
        """Break off what runs: the order stays in the outbox."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def execute(self, command: Command) -> None:
        """Begin one order. Made with its first command, it is started before it gets one."""
        assert isinstance(command, CallHttp)
        assert self._session is not None
        task = asyncio.get_running_loop().create_task(self._carry_out(self._session, command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, session: aiohttp.ClientSession, command: CallHttp) -> None:
        outcome, detail, armed = Outcome.DONE, "", None
        try:
            async with asyncio.timeout(self._limit_s):
                armed = await _Order(session, command).run()
        except ProfileError as error:
            outcome, detail = Outcome.REFUSED, str(error)
        except CallFailed as error:
            outcome, detail = error.outcome, str(error)
        except TimeoutError:
            outcome, detail = Outcome.FAILED, f"no whole answer in {self._limit_s:g} s"
        except Exception as error:
            log.error("order %d failed unexpectedly: %s", command.order, type(error).__name__)
            outcome, detail = Outcome.FAILED, "the request failed"
        self._post(OrderTried(command.order, outcome, _masked(detail, command.values), armed))


class _Order:
    """One order being carried out."""

    def __init__(self, session: aiohttp.ClientSession, command: CallHttp) -> None:
        self._session = session
        self._kind = command.kind
        values = dict(command.values)
        self._private = command.profile == CUSTOM
        self._profile: Profile = load(command.profile, values)
        self._words = words(self._profile, values, command.target, command.kind)

    async def run(self) -> bool | None:
        """Do it, then read back; what the other side says of the forward, if it says."""
        templates = self._profile.requests(self._kind)
        if not templates and self._kind is not OrderKind.VERIFY:
            return self._not_offered()
        for template in templates:
            await self._call(template)
        return await self._read()

    def _not_offered(self) -> bool:
        """What cannot be armed needs no disarming."""
        if self._kind in (OrderKind.DISARM, OrderKind.DISARM_ALWAYS):
            return False
        raise ProfileError("this provider has no forward of every call: only when unreachable")

    async def _read(self) -> bool | None:
        shows = self._profile.shows(self._kind)
        if not shows or not self._profile.read:
            return None
        document: Any = None
        for template in self._profile.read:
            document = _document(await self._call(template), self._profile.read[-1])
        return matches(document, shows, self._words)

    async def _call(self, template: Template) -> str:
        """Make one request and judge its answer; returns its text."""
        asked = request(template, self._words, self._private)
        if self._profile.sign == "ovh":
            asked = await self._signed(asked)
        status, text = await self._send(asked)
        _judge(template, status, text, self._words, _host(asked))
        return text

    async def _send(self, asked: Request) -> tuple[int, str]:
        """(status, text of the answer). Redirects are not followed: they would carry the key elsewhere."""
        try:
            async with self._session.request(
                asked.method,
                URL(asked.url, encoded=True),
                headers=asked.headers,
                data=asked.body.encode() or None,
                allow_redirects=False,
            ) as answer:
                return answer.status, await _text(answer, _host(asked))
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError) as error:
            raise CallFailed(f"{_host(asked)} {_certificate_words(error)}") from error
        except aiohttp.ClientConnectorError as error:
            raise CallFailed(f"{_host(asked)} cannot be reached") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise CallFailed(f"{_host(asked)} does not speak HTTP properly") from error

    async def _signed(self, asked: Request) -> Request:
        """OVHcloud's signature: SHA-1 over secret, consumer key, request and the provider's own time."""
        base = asked.url.split("/telephony/")[0]
        status, stamp = await self._send(Request("GET", f"{base}/auth/time", {}, ""))
        if status != 200 or not stamp.strip().isdigit():
            raise CallFailed(f"{_host(asked)} does not tell its time")
        parts = (self._words["app_secret"], self._words["consumer_key"], asked.method, asked.url, asked.body)
        signature = hashlib.sha1("+".join((*parts, stamp.strip())).encode(), usedforsecurity=False).hexdigest()
        headers = {
            "X-Ovh-Application": self._words["app_key"],
            "X-Ovh-Consumer": self._words["consumer_key"],
            "X-Ovh-Timestamp": stamp.strip(),
            "X-Ovh-Signature": f"$1${signature}",
        }
        return Request(asked.method, asked.url, asked.headers | headers, asked.body)


def _certificate_words(error: OSError) -> str:
    """What is wrong with a certificate; a date that does not fit may be the fault of our own clock."""
    code = getattr(error.__cause__, "verify_code", 0)
    if code not in (_NOT_YET, _EXPIRED):
        return "has no valid certificate"
    when = "is not valid yet" if code == _NOT_YET else "has expired"
    return f"has a certificate that {when}, or the phone's clock is wrong"


async def _text(answer: aiohttp.ClientResponse, host: str) -> str:
    data = bytearray()
    async for piece in answer.content.iter_chunked(8192):
        data += piece
        if len(data) > LARGEST:
            answer.close()
            raise CallFailed(f"{host} answers without end")
    return data.decode("utf-8", "replace")


def _judge(template: Template, status: int, text: str, known: Mapping[str, str], host: str) -> None:
    """Raises CallFailed unless the answer is a success."""
    if status not in template.status:
        raise _status_failed(status, host)
    if template.contains and template.contains not in text:
        raise CallFailed(f"{host} does not confirm it")
    if not template.expect:
        return
    document = _document(text, template)
    if not matches(document, template.expect, known):
        told = any(matches(document, {path: "|".join(template.refused)}, {}) for path in template.expect)
        outcome = Outcome.REFUSED if told and template.refused else Outcome.FAILED
        raise CallFailed(f"{host} does not accept it", outcome)


def _status_failed(status: int, host: str) -> CallFailed:
    if 300 <= status < 400:
        return CallFailed(f"{host} sends us elsewhere ({status}): set the new address", Outcome.REFUSED)
    later = status >= 500 or status in _LATER
    text = _WORDS.get(status, "overloaded or broken" if later else "it refuses")
    return CallFailed(f"{host} answers {status}: {text}", Outcome.FAILED if later else Outcome.REFUSED)


def _document(text: str, template: Template) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CallFailed("the answer is not JSON") from error


def _host(asked: Request) -> str:
    return urlsplit(asked.url).hostname or "?"


def _masked(text: str, values: tuple[tuple[str, str | Secret], ...]) -> str:
    """The text without any secret, should a host or a name have held one."""
    for _, value in values:
        if isinstance(value, Secret) and value.text:
            text = text.replace(value.text, "***")
    return text
