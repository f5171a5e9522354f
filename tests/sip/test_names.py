"""A name that was answered for once keeps its address while the resolver says nothing."""

import asyncio
import socket
from pathlib import Path

import pytest

from ranin.sip.client import resolve
from ranin.sip.locator import Target
from ranin.sip.names import KEEP_S, Address, Names

UDP = socket.SOCK_DGRAM
FIRST, SECOND = (socket.AF_INET, "127.0.0.2"), (socket.AF_INET, "127.0.0.3")
TARGET = Target("sip.ranin.test", 5060)


class Resolver:
    """Answers, fails, or is silent."""

    def __init__(self) -> None:
        self.says: list[Address] | OSError | None = [FIRST]
        self.asked = 0
        self._silence = asyncio.Event()

    async def __call__(self, host: str, kind: int) -> list[Address]:
        self.asked += 1
        if self.says is None:
            await self._silence.wait()
        if isinstance(self.says, list):
            return self.says
        raise self.says or OSError("no answer at all")

    def end_silence(self) -> None:
        self._silence.set()


async def test_the_last_good_answer_serves_when_the_resolver_fails() -> None:
    resolver = Resolver()
    names = Names(resolver)
    assert await names.addresses("a.test", UDP) == [FIRST]
    resolver.says = OSError("Temporary failure in name resolution")
    assert await names.addresses("a.test", UDP) == [FIRST]
    resolver.says = [SECOND]
    assert await names.addresses("a.test", UDP) == [SECOND]


async def test_a_silent_resolver_is_not_waited_for_and_its_late_answer_is_kept() -> None:
    resolver = Resolver()
    names = Names(resolver)
    await names.addresses("a.test", UDP)
    resolver.says = None
    both = await asyncio.gather(names.addresses("a.test", UDP), names.addresses("a.test", UDP))
    assert both == [[FIRST], [FIRST]] and resolver.asked == 2
    resolver.says = [SECOND]
    resolver.end_silence()
    assert await names.addresses("a.test", UDP) == [SECOND]
    resolver.says = OSError("dead")
    assert await names.addresses("a.test", UDP) == [SECOND]


async def test_a_name_never_answered_for_is_said_to_have_no_address() -> None:
    resolver = Resolver()
    names = Names(resolver)
    resolver.says = OSError("Name or service not known")
    with pytest.raises(OSError, match=r"the name a\.test has no address: Name or"):
        await names.addresses("a.test", UDP)


async def test_an_answer_of_one_kind_of_socket_is_none_of_the_other() -> None:
    resolver = Resolver()
    names = Names(resolver)
    await names.addresses("a.test", UDP)
    resolver.says = OSError("dead")
    with pytest.raises(OSError, match="no address"):
        await names.addresses("a.test", socket.SOCK_STREAM)


async def test_names_that_are_closed_leave_no_task() -> None:
    resolver = Resolver()
    names = Names(resolver)
    await names.addresses("a.test", UDP)
    resolver.says = None
    await names.addresses("a.test", UDP)
    names.close()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_server_is_reached_from_the_address_that_is_given() -> None:
    resolver = Resolver()
    resolver.says = [(socket.AF_INET6, "2001:db8::1"), FIRST]
    names = Names(resolver)
    assert await resolve(TARGET, "udp", names, "192.0.2.7") == ("127.0.0.2", "192.0.2.7")
    assert await resolve(TARGET, "udp", names, "2001:db8::7") == ("2001:db8::1", "2001:db8::7")
    resolver.says = [FIRST]
    assert await resolve(TARGET, "udp", names) == ("127.0.0.2", "127.0.0.1")
    with pytest.raises(OSError, match="no address that is reached from 2001"):
        await resolve(TARGET, "udp", names, "2001:db8::7")


async def test_the_systems_resolver_knows_an_address_as_it_is() -> None:
    assert await Names().addresses("127.0.0.9", UDP) == [(socket.AF_INET, "127.0.0.9")]


async def test_what_was_answered_is_there_after_a_restart_for_a_week(tmp_path: Path) -> None:
    resolver, file, clock = Resolver(), tmp_path / "addresses.json", [1_800_000_000.0]
    names = Names(resolver, file, lambda: clock[0])
    assert await names.addresses("a.test", UDP) == [FIRST]
    resolver.says = OSError("dead")
    assert await Names(resolver, file, lambda: clock[0] + KEEP_S - 1).addresses("a.test", UDP) == [FIRST]
    for later_s in (KEEP_S + 1, -1.0):
        with pytest.raises(OSError, match="no address"):
            await Names(resolver, file, lambda later_s=later_s: clock[0] + later_s).addresses("a.test", UDP)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"wall_s": 1}', '{"wall_s": 1, "known": [["a"]]}', "7"])
async def test_a_broken_file_is_an_empty_one(tmp_path: Path, text: str) -> None:
    file = tmp_path / "addresses.json"
    file.write_text(text)
    assert await Names(Resolver(), file).addresses("a.test", UDP) == [FIRST]
