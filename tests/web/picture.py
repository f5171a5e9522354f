"""The picture of the page for the README: a call that went on while mains, cable and Wi-Fi were pulled."""

import asyncio
import sys

from tests.web.test_outage import all_is_well, lane, scene, throw
from tests.web.test_panel import page_of


async def main(target: str) -> None:
    """Call 601 on the page, pull one thing after the other, and keep the view."""
    async with scene() as at, page_of(at.server) as page:
        await page.set_viewport_size({"width": 1080, "height": 760})
        await all_is_well(page)
        await page.click("#hook")
        await at.whole.shows("Dial a number")
        for key in "601#":
            await page.click(f'[data-key="{key}"]', delay=60)
        await at.whole.shows("0:05")
        await throw(page, "mains")
        await lane(page, "power", "Battery")
        await throw(page, "ethernet")
        await lane(page, "wifi", "In use")
        await at.whole.until(lambda phone: not phone.active.moving, "the call has followed", 15)
        await throw(page, "wifi")
        await lane(page, "way", "DEGRADED")
        await at.whole.until(lambda phone: not phone.active.moving, "the call has followed", 15)
        await at.whole.until(lambda phone: "0:5" in str(phone.shown.screen), "a while has passed", 60)
        await page.mouse.move(5, 5)
        await page.evaluate("document.activeElement.blur()")
        await page.screenshot(path=target, full_page=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
