"""Transfers between real phones: who is told to call takes the place of who told them (RFC 3515, RFC 3891)."""

from contextlib import AbstractAsyncContextManager

from ranin.core.state import CallState
from tests.phone.whole import Whole, phones


def transferring(*users: str, follow: bool = True) -> AbstractAsyncContextManager[list[Whole]]:
    """Phones that do as a transfer says, or do not."""
    return phones(dict.fromkeys(users, {"follow_transfers": follow}))


async def connect(caller: Whole, number: str, callee: Whole) -> None:
    """Both hear each other."""
    await caller.dials(f"{number}#")
    await callee.until(lambda phone: phone.alerting is not None, "it rings")
    await callee.lift()
    await caller.shows("Connected")


async def test_who_was_asked_and_who_was_transferred_talk_and_the_third_is_out_of_it() -> None:
    async with transferring("201", "202", "203") as (asking, asked, transferred):
        await connect(transferred, "201", asking)
        await asking.press("soft2")
        for key in "202#":
            await asking.press(key)
        await asked.until(lambda phone: phone.alerting is not None, "it rings")
        await asked.lift()
        await asked.shows("201")
        await asking.shows("2 calls")
        await asking.press("soft3")
        await asking.shows("Transferred")
        await asked.shows("203")
        await transferred.shows("202")
        await asked.says_hertz(700)
        await transferred.hears_hertz(700)
        await transferred.says_hertz(500)
        await asked.hears_hertz(500)
        await asking.until(lambda phone: not phone.calls, "the first phone is out of it")
        await transferred.replace()
        await asked.until(lambda phone: not phone.calls, "the call is over at both ends")


async def test_a_transfer_to_somebody_who_is_busy_leaves_the_two_as_they_were() -> None:
    async with transferring("201", "203") as (asking, transferred):
        await connect(transferred, "201", asking)
        await asking.press("soft2")
        for key in "602":
            await asking.press(key)
        await asking.press("soft1")
        await asking.shows("Not transferred")
        await asking.press("soft1")
        await asking.says_hertz(700)
        await transferred.hears_hertz(700)
        await transferred.until(lambda phone: len(phone.calls) == 1 and phone.calls[0].peer == "201", "the same call")


async def test_nobody_is_called_by_the_other_side_s_wish_unless_it_is_set() -> None:
    async with transferring("201", "203", follow=False) as (asking, transferred):
        await connect(transferred, "201", asking)
        await asking.press("soft2")
        for key in "604":
            await asking.press(key)
        await asking.press("soft1")
        await asking.shows("Not transferred")
        await transferred.until(lambda phone: phone.calls[0].peer == "201", "the call is the same")


async def test_two_phones_put_each_other_aside_and_both_say_so() -> None:
    async with transferring("201", "202") as (one, other):
        await connect(one, "202", other)
        await one.press("soft1")
        await other.shows("Holds you")
        await other.press("soft1")
        await one.press("soft3")
        await one.shows("Holds you")
        await other.press("soft3")
        await one.says_hertz(700)
        await other.hears_hertz(700)
        await other.says_hertz(500)
        await one.hears_hertz(500)
        await one.until(lambda phone: phone.calls[0].state is CallState.TALKING, "it is a conversation again")
