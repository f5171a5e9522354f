"""Random walks through forwarding: whatever fails in whatever order, in the end it is as wanted and nothing is left."""

from typing import Any

from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from ranin.core.outage import Outcome
from ranin.core.settings import Settings
from tests.core.forward_world import DESK, HTTP, OWN, SHOP, SIM_NUMBER, World, settings

BOTH = (DESK, SHOP)
CHOICES = [
    settings(),
    settings(BOTH),
    settings(target="+33611111111", backend="codes"),
    settings(BOTH, target="+33622222222", backend="codes"),
    settings(BOTH, target="+33622222222", backend="codes", lines=(2,)),
    settings(target="+33611111111", backend="codes", arm_code="*52", always_code=""),
    settings(target="+33611111111", backend="feature-event"),
    settings(BOTH, target="+33622222222", backend="feature-event"),
    settings(target="+33611111111", **HTTP),
    settings(target="+33622222222", **HTTP, values=(("number_id", "2"),)),
    settings(target="+33611111111", backend="sms"),
    settings(target=SIM_NUMBER, backend="codes"),
    settings(target=SIM_NUMBER, backend="feature-event", sim_target=OWN),
    settings(sim_target=OWN),
    settings(sim_target="+33633333333"),
    settings(target="+33622222222", backend="codes", sim_target=OWN),
    settings(target=OWN, backend="codes"),
]
OUTCOMES = st.sampled_from([Outcome.DONE, Outcome.DONE, Outcome.FAILED, Outcome.REFUSED])
SMALL = st.integers(0, 5)
PATHS = ["cell", "lan", "line 201@pbx.example", "line 202@pbx.example"]
MOVES = st.one_of(
    st.tuples(st.just("change"), st.sampled_from(CHOICES)),
    st.tuples(
        st.just("paths"), st.sets(st.sampled_from(["cell", "lan", "line 201@pbx.example", "line 202@pbx.example"]))
    ),
    st.tuples(st.just("gasp"), st.booleans()),
    st.tuples(st.just("write"), st.integers(1, 9)),
    st.tuples(st.just("answer"), SMALL, OUTCOMES, st.booleans()),
    st.tuples(st.just("run"), st.integers(1, 4), OUTCOMES, st.booleans()),
    st.tuples(st.just("run"), st.just(0), OUTCOMES, st.booleans()),
    st.tuples(st.just("again"), SMALL),
    st.tuples(st.just("wait"), st.sampled_from([0.0, 1.0, 5.0, 30.0, 61.0, 700.0, 90000.0]), st.booleans()),
    st.tuples(st.just("crash"), st.booleans()),
)


@limits(max_examples=1000, deadline=None)
@given(
    st.sampled_from(CHOICES),
    st.booleans(),
    st.booleans(),
    st.lists(MOVES, max_size=50),
    st.sampled_from(CHOICES),
    st.booleans(),
)
def test_whatever_happens_it_ends_as_wanted(
    start: Settings, reads: bool, eager: bool, walk: list[tuple[Any, ...]], end: Settings, newest: bool
) -> None:
    world = World(start, reads, eager)
    world.paths(world.all_paths)
    for name, *words in walk:
        if name == "paths":
            words = [frozenset(words[0])]
        getattr(world, name)(*words)
    world.change(settings(BOTH))
    world.settle(newest)
    world.gasp(False)
    world.settle(newest)
    world.assert_as_wanted()
    world.change(end)
    world.settle(newest)
    world.assert_as_wanted()


@limits(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(CHOICES), min_size=2, max_size=5), st.data())
def test_settings_changed_while_orders_are_on_their_way(choices: list[Settings], data: st.DataObject) -> None:
    """Denser than the walk above: changes, tries and answers only, while every path works."""
    world = World(choices[0], eager=data.draw(st.booleans()))
    world.paths(world.all_paths)
    for choice in choices[1:]:
        world.run(data.draw(st.integers(0, 4)), data.draw(OUTCOMES), data.draw(st.booleans()))
        world.change(choice)
        world.paths(world.all_paths)
        if data.draw(st.booleans()):
            world.write(9)
        if data.draw(st.integers(0, 4)) == 0:
            world.crash(data.draw(st.booleans()))
            world.paths(world.all_paths)
    newest = data.draw(st.booleans())
    world.change(settings(BOTH, target="+33644444444", backend=data.draw(st.sampled_from(["codes", "feature-event"]))))
    world.settle(newest)
    world.assert_as_wanted()
