"""The HTTP room against a real server on loopback: good and bad answers, and no secret that gets out."""

import asyncio
import contextlib
import ssl
import subprocess
from pathlib import Path

import pytest
from aiohttp import web

from ranin.core.outage import CallHttp, OrderKind, OrderTried, Outcome
from ranin.forwarding import profile
from ranin.forwarding.http import HttpForwarder
from tests.forwarding.rig import CANARY, TARGET, Rig, answering, rig, serving


class Provider:
    """Has one forward a line, as a provider would; keeps what it was asked."""

    def __init__(self) -> None:
        self.to: str | None = None
        self.asked: list[tuple[str, str, dict[str, str], str]] = []

    async def __call__(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.asked.append((request.method, request.path_qs, dict(request.headers), body))
        if request.method == "PUT":
            self.to = (await request.json())["to"]
        elif request.method == "DELETE":
            self.to = None
        return web.json_response({"to": self.to})


async def test_it_arms_reads_back_and_disarms() -> None:
    provider = Provider()
    async with rig(provider) as built:
        values = built.custom(("read_url", f"{built.base}/forward/{{user}}"), ("armed", "to = {target}"))
        assert await built.order(values) == OrderTried(5, Outcome.DONE, "", True)
        assert provider.to == TARGET
        assert await built.order(values, OrderKind.VERIFY) == OrderTried(5, Outcome.DONE, "", True)
        assert await built.order(values, OrderKind.DISARM) == OrderTried(5, Outcome.DONE, "", False)
        assert await built.order(values, OrderKind.VERIFY) == OrderTried(5, Outcome.DONE, "", False)
    method, path, headers, body = provider.asked[0]
    assert (method, path) == ("PUT", "/forward/201?key=canary%2Fkey%207")
    assert headers["Authorization"] == f"Bearer {CANARY}" and headers["X-Line"] == "201"
    assert body == f'{{"to": "{TARGET}", "key": "{CANARY}"}}'


async def test_without_reading_back_it_does_not_say_armed() -> None:
    async with rig(answering(200)) as built:
        assert await built.order(built.custom()) == OrderTried(5, Outcome.DONE, "", None)


@pytest.mark.parametrize(
    ("status", "outcome", "says"),
    [
        (401, Outcome.REFUSED, "the user name or key is refused"),
        (403, Outcome.REFUSED, "not allowed"),
        (404, Outcome.REFUSED, "not found"),
        (422, Outcome.REFUSED, "it refuses"),
        (408, Outcome.FAILED, "overloaded"),
        (429, Outcome.FAILED, "too often"),
        (500, Outcome.FAILED, "overloaded"),
        (503, Outcome.FAILED, "overloaded"),
    ],
)
async def test_a_bad_answer_is_told_in_words(status: int, outcome: Outcome, says: str) -> None:
    async with rig(answering(status, f"no, {CANARY} is wrong")) as built:
        tried = await built.order(built.custom())
    assert tried.outcome is outcome and str(status) in tried.detail and says in tried.detail


@pytest.mark.parametrize("text", ["{garbage", "[" * 50000, "", "nope", '"a"', "{}", "[]", "\x00\xff"])
async def test_garbage_is_no_success(text: str) -> None:
    async with rig(answering(200, text)) as built:
        tried = await built.order(built.custom(("arm_expect", "status = success")))
        assert tried.outcome is Outcome.FAILED
        read = built.custom(("read_url", built.base), ("armed", "status = success"))
        tried = await built.order(read, OrderKind.VERIFY)
    assert tried.armed is not True


async def test_text_that_must_be_there() -> None:
    async with rig(answering(200, "Forward is ON")) as built:
        assert (await built.order(built.custom(("arm_contains", "is ON")))).outcome is Outcome.DONE
        assert (await built.order(built.custom(("arm_contains", "is OFF")))).outcome is Outcome.FAILED


async def test_a_redirect_is_not_followed_with_the_key() -> None:
    elsewhere = Provider()
    async with serving(elsewhere) as other, rig(answering(302, "", Location=f"{other}/steal")) as built:
        tried = await built.order(built.custom())
    assert tried.outcome is Outcome.REFUSED and "elsewhere (302)" in tried.detail and elsewhere.asked == []


async def test_a_huge_answer_is_cut_off() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await answer.write(b"x" * 65536)
        return answer

    async with rig(endless) as built:
        tried = await built.order(built.custom())
    assert tried.outcome is Outcome.FAILED and "without end" in tried.detail


async def test_an_answer_that_drips_is_given_up() -> None:
    gone = asyncio.Event()

    async def dripping(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"{")
        await gone.wait()
        return answer

    async with rig(dripping, limit_s=0.2) as built:
        tried = await built.order(built.custom())
        gone.set()
    assert tried.outcome is Outcome.FAILED and "no whole answer in 0.2 s" in tried.detail


async def test_nobody_there() -> None:
    async with rig(answering(200)) as built:
        async with serving(answering(200)) as base:
            dead = base
        values = tuple((name, dead if name == "arm_url" else value) for name, value in built.custom())
        tried = await built.order(values)
    assert tried.outcome is Outcome.FAILED and "127.0.0.1 cannot be reached" in tried.detail


async def test_what_is_no_http() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SIP/2.0 200 OK\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with rig(answering(200)) as built:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/?key={{key}}"
        tried = await built.order(tuple((n, url if n == "arm_url" else v) for n, v in built.custom()))
    server.close()
    await server.wait_closed()
    assert tried.outcome is Outcome.FAILED and "does not speak HTTP" in tried.detail


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    await asyncio.to_thread(subprocess.run, words, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    provider = Provider()
    async with rig(provider, tls=tls) as built:
        tried = await built.order(built.custom())
    assert tried.outcome is Outcome.FAILED and "no valid certificate" in tried.detail and provider.asked == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://pbx.example/{key}", "use https"),
        ("http://8.8.8.8/{key}", "use https"),
        ("ftp://pbx.example/{key}", "must begin with https"),
        ("https://me:{key}@pbx.example/", "without a user name"),
        ("https:///x", "https://host/path"),
        ("https://pbx.example:99999/", "not a URL"),
        ("https://[pbx/", "not a URL"),
        ("https://pbx.example/{nothing}", "nothing is set for {nothing}"),
    ],
)
async def test_an_address_that_is_not_safe_is_refused(url: str, says: str) -> None:
    async with rig(answering(200)) as built:
        tried = await built.order(tuple((n, url if n == "arm_url" else v) for n, v in built.custom()))
    assert tried.outcome is Outcome.REFUSED and says in tried.detail


def test_http_goes_to_this_machine_and_by_hand_to_a_private_address() -> None:
    template = profile.Template("http://{host}/")
    for host, private in (("127.0.0.1", False), ("localhost:8080", False), ("[::1]:80", False), ("192.168.1.5", True)):
        assert profile.request(template, {"host": host}, private).url == f"http://{host}/"
    for host, private in (("192.168.1.5", False), ("pbx.lan", True), ("1.1.1.1", True)):
        with pytest.raises(profile.ProfileError, match="use https"):
            profile.request(template, {"host": host}, private)
    with pytest.raises(profile.ProfileError, match="no host name"):
        profile.request(template, {"host": "good.example/@evil.example"}, True)


def test_a_value_cannot_break_out_of_its_place() -> None:
    template = profile.Template("https://a/{v}?q={v}", "POST", {}, '{"a": "{v}"}', "json")
    made = profile.request(template, {"v": 'x/../?&"\n'}, False)
    assert made.url == "https://a/x%2F..%2F%3F%26%22%0A?q=x%2F..%2F%3F%26%22%0A"
    assert made.body == '{"a": "x/../?&\\"\\n"}'
    form = profile.request(profile.Template("https://a/", "POST", {}, "a={v}", "form"), {"v": "b&c=d"}, False)
    assert form.body == "a=b%26c%3Dd" and form.headers["Content-Type"] == "application/x-www-form-urlencoded"
    with pytest.raises(profile.ProfileError, match="control characters"):
        profile.request(profile.Template("https://a/", headers={"X": "{v}"}), {"v": "a\r\nHost: b"}, False)


async def test_a_missing_value_and_an_unknown_profile_are_said() -> None:
    async with rig(answering(200)) as built:
        tried = await built.order((("number_id", "1"),), name="telnyx")
        assert tried.outcome is Outcome.REFUSED and "needs api_key" in tried.detail
        tried = await built.order((), name="../etc")
        assert tried.outcome is Outcome.REFUSED and "no profile" in tried.detail
        tried = await built.order((("arm_url", "https://a/"),))
        assert "disarm_url" in tried.detail


async def test_stop_breaks_off_what_runs_and_leaves_nothing() -> None:
    provider = Provider()
    async with serving(provider) as base:
        forwarder = HttpForwarder()
        built = Rig(base, forwarder)
        await forwarder.start(built.told.put_nowait)
        forwarder.execute(CallHttp(5, "custom", OrderKind.ARM, TARGET, built.custom()))
        assert (await asyncio.wait_for(built.told.get(), 10)).outcome is Outcome.DONE
        forwarder.execute(CallHttp(6, "custom", OrderKind.ARM, TARGET, built.custom()))
        await forwarder.stop()
        assert built.told.empty()
