"""Real-time text between two whole phones: what one types is read on the other while it is typed."""

import os
from contextlib import AbstractAsyncContextManager

from ranin.core.screens.screen import InCall, Texting
from tests.phone.test_transfer import connect
from tests.phone.whole import Whole, phones


def writing(*writes: bool) -> AbstractAsyncContextManager[list[Whole]]:
    """Phones 201, 202; each says whether its line has text."""
    return phones({str(201 + index): {"rtt": rtt} for index, rtt in enumerate(writes)})


async def soft(whole: Whole, label: str) -> None:
    """Press the key that says this, once it says so."""
    await whole.until(lambda phone: label in getattr(phone.shown.screen, "keys", ()), f"a key says {label}")
    screen = whole.sim.engine.phone.shown.screen
    await whole.press(f"soft{screen.keys.index(label) + 1}")  # type: ignore[union-attr]


async def reads(whole: Whole, text: str) -> None:
    await whole.until(
        lambda phone: isinstance(phone.shown.screen, Texting) and phone.shown.screen.theirs == text,
        f"it reads {text!r}",
    )


async def test_two_people_write_to_each_other_put_aside_and_go_on() -> None:
    async with writing(True, True) as (one, other):
        await connect(one, "202", other)
        await soft(one, "Text")
        for key in "44":
            await one.press(key)
        await reads(other, "h")
        await one.press("down")
        for key in "1":
            await one.press(key)
        await reads(other, "h.")
        await one.press("cancel")
        await reads(other, "h")
        await soft(other, "Text")
        await other.press("2")
        await other.press("ok")
        await other.press("3")
        await reads(one, "a\nd")
        await soft(one, "Done")
        await soft(one, "Hold")
        await soft(one, "Resume")
        await soft(one, "Text")
        await one.press("6")
        await other.until(lambda phone: "h" in getattr(phone.shown.screen, "theirs", ""), "what was written stays")
        await other.until(lambda phone: len(getattr(phone.shown.screen, "theirs", "")) == 2, "and goes on")
        await one.says_hertz(700)
        await other.hears_hertz(700)
        await one.replace()
        await other.until(lambda phone: not phone.calls, "the call is over at both ends")


async def test_a_phone_that_has_no_text_is_talked_to() -> None:
    async with writing(True, False) as (one, other):
        await connect(one, "202", other)
        await one.says_hertz(700)
        await other.hears_hertz(700)
        for whole in (one, other):
            screen = whole.sim.engine.phone.shown.screen
            assert isinstance(screen, InCall) and "Text" not in screen.keys
            assert whole.sim.engine.phone.calls[0].text is None


async def test_a_machine_that_has_no_text_is_called_and_calls() -> None:
    async with writing(True) as (one,):
        await one.dials("604#")
        await one.hears_hertz(1000)
        screen = one.sim.engine.phone.shown.screen
        assert isinstance(screen, InCall) and screen.keys == ("Hold", "Transfer", "End")
        await one.replace()
        await one.over()
        await one.calls_me("604")
        await one.shows("Lift to answer")
        await one.lift()
        await one.hears_hertz(1000)


async def test_a_line_without_text_has_no_thread_for_it() -> None:
    threads = []
    for wanted in (False, True):
        async with writing(wanted, wanted) as (one, other):
            await connect(one, "202", other)
            await one.says_hertz(700)
            await other.hears_hertz(700)
            threads.append(len(os.listdir(f"/proc/{one.sim.sip.pid}/task")))
    assert threads[1] == threads[0] + 1, "one clock, for a call with text alone"
