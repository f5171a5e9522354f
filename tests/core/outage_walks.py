"""Random sequences of failures and returns over simulated hours; `make soak` takes two hundred thousand of them."""

from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from ranin.core.mobile import ModemStage
from tests.core.outage_world import LINKS, OutageWorld

Walk = list[tuple[Any, ...]]
CHUNK = 5000
LINK = st.sampled_from(LINKS)
STAGES = st.sampled_from([ModemStage.HOME, ModemStage.SEARCHING, ModemStage.BROKEN, ModemStage.DENIED])
MOVES = st.one_of(
    st.tuples(st.just("cut"), LINK),
    st.tuples(st.just("cut"), LINK),
    st.tuples(st.just("restore"), LINK),
    st.tuples(st.just("silence"), LINK, st.booleans()),
    st.tuples(st.just("renumber"), LINK),
    st.tuples(st.just("stage"), STAGES),
    st.tuples(st.just("power"), st.booleans()),
    st.tuples(st.just("drain"), st.sampled_from([25.0, 8.0, 4.0, 1.0])),
    st.tuples(st.just("person"), st.sampled_from(["lift", "replace", "603#", "112#", "0612#"])),
    st.tuples(st.just("called"), st.booleans()),
    st.tuples(st.just("engine_dies")),
    st.tuples(st.just("sound_lost")),
    st.tuples(st.just("relabel"), st.sampled_from(["Shop", "Desk"])),
    st.tuples(st.just("crash")),
    st.tuples(st.just("wait"), st.sampled_from([0.1, 1.0, 3.0, 5.0, 12.0, 31.0])),
    st.tuples(st.just("pass_time"), st.sampled_from([60.0, 600.0, 3600.0])),
)
WALKS = st.lists(MOVES, min_size=3, max_size=25)


def take(walk: Walk) -> None:
    """Do what it says, then let everything return; what must hold is checked on the way and in the end."""
    it = OutageWorld()
    for name, *words in walk:
        if it.off and name not in ("power", "cut", "restore", "crash"):
            continue
        getattr(it, name)(*words)
    it.settle()
    it.assert_all_is_well()


def chunk(number: int) -> int:
    """Take CHUNK walks of that seed; how many. Raises AssertionError with the shortest walk that does not hold."""

    @seed(number)
    @settings(max_examples=CHUNK, deadline=None, database=None, phases=(Phase.generate, Phase.shrink))
    @given(WALKS)
    def walks(walk: Walk) -> None:
        take(walk)

    walks()
    return CHUNK


def many(count: int, say: Any) -> None:
    """Take `count` walks on every processor, telling `say` how far it is."""
    done = 0
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for result in as_completed([pool.submit(chunk, number) for number in range(-(-count // CHUNK))]):
            done += result.result()
            say(f"{done} outages at random")
