"""An account that is changed or removed in a call: the call goes on, and the account leaves when it has ended."""

import asyncio
from dataclasses import replace

import pytest

from ranin.core.outage import Link
from ranin.core.settings import Settings
from tests.phone.whole import DEADLINE_S, Whole
from tests.sip.moves import bindings, bound_only_to, linked_phone, move
from tests.sip.test_move import TONE, call_in, call_out, ended, hear_each_other

NOBODY = "127.0.0.9:5060"
"""No server."""


async def goes_on_until_they_hang_up(whole: Whole, hertz: float) -> None:
    await hear_each_other(whole, hertz)
    end = asyncio.create_task(ended(whole))
    await asyncio.sleep(0)
    await whole.hangs_up(TONE)
    assert (await end).code == 200


async def test_the_only_account_is_removed() -> None:
    async with linked_phone() as whole:
        await call_out(whole)
        await hear_each_other(whole, 700)
        whole.sim.apply(Settings())
        await goes_on_until_they_hang_up(whole, 500)


@pytest.mark.parametrize("call", [call_out, call_in])
async def test_the_account_is_replaced_by_one_at_another_server(call: object) -> None:
    async with linked_phone() as whole:
        await call(whole)  # type: ignore[operator]
        await hear_each_other(whole, 700)
        account = whole.sim.engine.phone.settings.accounts[0]
        whole.sim.apply(Settings(accounts=(replace(account, user="301", server=NOBODY, domain="x.example"),)))
        await goes_on_until_they_hang_up(whole, 500)


@pytest.mark.parametrize("call", [call_out, call_in])
async def test_it_moves_with_the_lines_that_are_left(call: object) -> None:
    async with linked_phone(users=("201", "202")) as whole:
        await call(whole)  # type: ignore[operator]
        await hear_each_other(whole, 700)
        whole.sim.apply(Settings(accounts=whole.sim.engine.phone.settings.accounts[1:]))
        await bound_only_to(whole.far, whole.far.networks[Link.ETHERNET].address, "202")
        await hear_each_other(whole, 600)
        whole.far.networks[Link.ETHERNET].silence()
        move(whole, Link.LTE)
        await bound_only_to(whole.far, whole.far.networks[Link.LTE].address, "202")
        await goes_on_until_they_hang_up(whole, 500)


async def test_the_line_after_the_others_is_removed_and_its_call_moves_with_them() -> None:
    async with linked_phone(users=("202", "201")) as whole:
        await call_in(whole)
        await hear_each_other(whole, 700)
        assert whole.sim.engine.phone.calls[0].line == 1
        whole.sim.apply(Settings(accounts=whole.sim.engine.phone.settings.accounts[:1]))
        async with asyncio.timeout(DEADLINE_S):
            while await bindings(whole.far, "201"):
                await asyncio.sleep(0.05)
        whole.far.networks[Link.ETHERNET].silence()
        move(whole, Link.LTE)
        await goes_on_until_they_hang_up(whole, 500)


async def test_another_label_in_a_call_changes_nothing() -> None:
    async with linked_phone() as whole:
        await call_out(whole)
        await hear_each_other(whole, 700)
        account = replace(whole.sim.engine.phone.settings.accounts[0], label="Desk")
        whole.sim.apply(Settings(accounts=(account,)))
        await hear_each_other(whole, 600)
        whole.far.networks[Link.ETHERNET].silence()
        move(whole, Link.LTE)
        await bound_only_to(whole.far, whole.far.networks[Link.LTE].address)
        await goes_on_until_they_hang_up(whole, 500)
