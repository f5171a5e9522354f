"""The page in headless Chromium, with the whole phone and its far end behind it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright

from ranin.core.keys import Key
from ranin.core.state import Hook
from ranin.sim.farend.people import ABOUT
from ranin.sim.panelport import SimPanel
from ranin.web.panel import PanelError, PanelServer, _Page
from tests.phone.whole import Whole, whole_phone
from tests.tones import sine

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WITH_MICROPHONE = [*ARGUMENTS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
LOUDEST = """() => {
    const ear = window.raninSound?.ear;
    if (!ear) return 0;
    const power = new Float32Array(ear.frequencyBinCount);
    ear.getFloatFrequencyData(power);
    const most = power.reduce((best, value, index) => value > power[best] ? index : best, 0);
    return power[most] > -60 ? most * 48000 / ear.fftSize : 0;
}"""


PIXELS = """() => {
    const canvas = document.getElementById("display");
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i] > 100 ? 255 : 0);
}"""


@asynccontextmanager
async def served(whole: Whole) -> AsyncIterator[PanelServer]:
    server = PanelServer(SimPanel(whole.sim, ABOUT), 0)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def page_of(server: PanelServer, arguments: list[str] = WITH_MICROPHONE) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page = await browser.new_page()
        page.set_default_timeout(10000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(server.address)
        yield page
        await browser.close()
        assert faults == []


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A microphone that hears 700 Hz for ever."""
    path = tmp_path / "voice.wav"
    sound = sine(700, 10)
    head = b"RIFF" + (36 + len(sound)).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\1\0\1\0"
    head += (48000).to_bytes(4, "little") + (96000).to_bytes(4, "little") + b"\2\0\x10\0data"
    path.write_bytes(head + len(sound).to_bytes(4, "little") + sound)
    return path


async def loudest(page: Page, hertz: float) -> None:
    """Wait until the page sounds that frequency."""
    async with asyncio.timeout(10):
        while abs(await page.evaluate(LOUDEST) - hertz) > 12:
            await asyncio.sleep(0.05)


async def test_a_call_from_lift_to_hang_up_heard_and_spoken_in_the_browser(recording: Path) -> None:
    async with whole_phone() as whole, served(whole) as server:
        await whole.registered()
        voice = f"--use-file-for-fake-audio-capture={recording}"
        async with page_of(server, [*WITH_MICROPHONE, voice]) as page:
            await page.click("#hook")
            await loudest(page, 440)
            for key in "604#":
                await page.click(f'[data-key="{key}"]')
            await loudest(page, 1000)
            await whole.heard_by("604", 700)
            await page.wait_for_selector("#said:has-text('Connected')", state="attached")
            await page.click("#hook")
            await whole.shows("Ready")
            await page.wait_for_selector("#said:has-text('Ready')", state="attached")


async def test_the_display_is_drawn_pixel_for_pixel() -> None:
    async with whole_phone() as whole, served(whole) as server:
        await whole.shows("Ready")
        async with page_of(server) as page:
            async with asyncio.timeout(8):
                while await page.evaluate(PIXELS) != list(whole.sim.display.frame.convert("L").tobytes()):
                    await asyncio.sleep(0.05)


async def test_mouse_touch_and_keyboard_press_and_let_go() -> None:
    async with whole_phone() as whole, served(whole) as server:
        await whole.registered()
        async with page_of(server) as page:
            for key in Key:
                button = page.locator(f'[data-key="{key.value}"]')
                assert await button.get_attribute("aria-label")
            await page.click('[data-key="5"]')
            await whole.shows("5")
            await page.keyboard.press("6", delay=60)
            await whole.shows("56")
            await page.dispatch_event('[data-key="7"]', "pointerdown", {"pointerId": 1, "pointerType": "touch"})
            await whole.shows("567")
            await page.dispatch_event('[data-key="7"]', "pointerup", {"pointerId": 1, "pointerType": "touch"})
            await page.keyboard.press("Escape", delay=60)
            await whole.shows("56, ")
            await page.keyboard.press(" ")
            await whole.until(lambda phone: phone.hook is Hook.UP, "lifted by the space bar")
            await page.wait_for_selector('#hook[aria-pressed="true"]')


async def test_a_handset_lifted_before_the_page_is_connected_is_lifted_then(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected, live = asyncio.Event(), PanelServer._live

    async def late(server: PanelServer, request: web.Request) -> web.WebSocketResponse:
        await connected.wait()
        return await live(server, request)

    monkeypatch.setattr(PanelServer, "_live", late)
    async with whole_phone() as whole, served(whole) as server:
        await whole.registered()
        voice = f"--use-file-for-fake-audio-capture={recording}"
        async with page_of(server, [*WITH_MICROPHONE, voice]) as page:
            await page.click("#hook")
            connected.set()
            await loudest(page, 440)
            for key in "604#":
                await page.click(f'[data-key="{key}"]')
            await whole.heard_by("604", 700)


async def test_a_refused_microphone_is_said_and_the_phone_works_on() -> None:
    async with whole_phone() as whole, served(whole) as server:
        await whole.registered()
        async with page_of(server, [*ARGUMENTS, "--deny-permission-prompts"]) as page:
            await page.click("#hook")
            await page.wait_for_selector("#notice:has-text('microphone')")
            await loudest(page, 440)


async def test_the_lamps_and_the_ringer_tell_of_a_call() -> None:
    async with whole_phone() as whole, served(whole) as server:
        await whole.registered()
        async with page_of(server) as page:
            await page.wait_for_selector('[data-lamp="line"][data-on="1"]')
            await whole.calls_me("604")
            await page.wait_for_selector('[data-lamp="ring"][data-on="1"]')
            await page.wait_for_selector("#said:has-text('Tone')", state="attached")


async def test_the_line_is_set_up_on_the_page_and_mistakes_stand_at_their_field() -> None:
    async with whole_phone(password="wrong") as whole, served(whole) as server:
        await whole.shows("Wrong password")
        async with page_of(server) as page:
            await page.click("summary")
            assert await page.input_value('[name="password"]') == ""
            await page.fill('[name="user"]', "2 01")
            await page.click("form button")
            await page.wait_for_selector('[data-wrong="user"]:has-text("not a user name")')
            await page.fill('[name="user"]', "201")
            await page.fill('[name="password"]', "canary-5309-secret")
            await page.click("form button")
            await whole.shows("Ready")


FOREIGN = {"Origin": "https://evil.example"}


async def test_other_sites_and_other_names_are_refused() -> None:
    async with whole_phone() as whole, served(whole) as server, aiohttp.ClientSession() as session:
        for method, path, headers in (
            ("GET", "live", FOREIGN),
            ("GET", "live", {}),
            ("POST", "settings", FOREIGN),
            ("POST", "settings", {}),
            ("GET", "", {"Host": "evil.example"}),
            ("GET", "settings", {"Host": "evil.example:80"}),
        ):
            async with session.request(method, server.address + path, headers=headers) as answer:
                assert answer.status == 403
        async with session.get(server.address) as answer:
            assert answer.status == 200 and "default-src 'none'" in answer.headers["Content-Security-Policy"]
        async with session.get(server.address + "settings") as answer:
            assert "canary" not in await answer.text()
        async with session.get(server.address + "../../etc/passwd") as answer:
            assert answer.status == 404


async def test_words_that_are_none_and_pages_that_do_not_read_harm_nothing() -> None:
    async with whole_phone() as whole, served(whole) as server, aiohttp.ClientSession() as session:
        origin = {"Origin": server.address.rstrip("/")}
        async with session.ws_connect(server.address + "live", headers=origin) as socket:
            for words in ('{"press": "x"}', '{"jump": 1}', "[", "[]", '{"press": 5}'):
                await socket.send_str(words)
            errors = 0
            async with asyncio.timeout(8):
                while errors < 5:
                    message = await socket.receive()
                    errors += message.type is aiohttp.WSMsgType.TEXT and "not understood" in message.data
            await socket.send_str('{"press": "7"}')
            await whole.shows("7")


async def test_taps_that_arrive_all_at_once_are_felt_one_by_one() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        panel = SimPanel(whole.sim, ABOUT)
        panel.release("7")  # of a page that was opened with the key held
        for key in "77586":
            panel.press(key)
            panel.release(key)
        await whole.until(lambda phone: phone.digits == "77586", "each tap once and in order")
        for deed in (panel.press, panel.release):
            for key in "123":
                deed(key)
        panel.press("9")
        await whole.until(lambda phone: phone.digits.endswith("9"), "three fingers at once block nothing")


class SlowSocket:
    """A page that takes nothing until it is let."""

    def __init__(self) -> None:
        self.took: list[bytes | str] = []
        self.newest = asyncio.Event()
        self.reads = asyncio.Event()

    async def send_bytes(self, message: bytes) -> None:
        await self.reads.wait()
        self.took.append(message)

    async def send_str(self, message: str) -> None:
        await self.reads.wait()
        self.took.append(message)
        if message == "newest":
            self.newest.set()


async def test_a_page_that_did_not_keep_up_learns_the_newest_state_all_the_same() -> None:
    socket = SlowSocket()
    page = _Page(socket)  # type: ignore[arg-type]
    sender = asyncio.create_task(page.send(lambda page: page.offer("newest")))
    await asyncio.sleep(0)
    sounds = [bytes([number]) for number in range(200)]
    heard = [sound for sound in sounds if page.offer(sound)]
    assert len(heard) < len(sounds) and not page.offer("newest")
    socket.reads.set()
    await asyncio.wait_for(socket.newest.wait(), 5)
    sender.cancel()
    assert [message for message in socket.took if message != "newest"] == heard[: len(socket.took) - 1]


async def test_a_taken_port_is_said() -> None:
    async with whole_phone() as whole, served(whole) as server:
        port = int(server.address.rstrip("/").rpartition(":")[2])
        with pytest.raises(PanelError, match=f"port {port} is taken"):
            await PanelServer(SimPanel(whole.sim, ABOUT), port).start()


def test_the_page_is_light() -> None:
    static = Path(__file__).parents[2] / "firmware" / "ranin" / "web" / "static"
    assert sum(path.stat().st_size for path in static.iterdir()) < 60_000
    assert os.path.exists(static / "index.html")
