"""The picture of the page for the README: the phone in a call, as a visitor sees it."""

import asyncio
import sys

from tests.phone.whole import whole_phone
from tests.web.test_panel import page_of, served


async def main(target: str) -> None:
    """Call 601 on the page and keep the view."""
    async with whole_phone() as whole, served(whole) as server, page_of(server) as page:
        await whole.registered()
        await page.set_viewport_size({"width": 1080, "height": 760})
        await page.click("#hook")
        await whole.shows("Dial a number")
        for key in "601#":
            await page.click(f'[data-key="{key}"]', delay=60)
        await whole.shows("0:03")
        await page.mouse.move(5, 5)
        await page.evaluate("document.activeElement.blur()")
        await page.screenshot(path=target)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
