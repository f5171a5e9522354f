"""Every story, told by the core alone and by the whole phone with real SIP and real sound."""

from pathlib import Path

import pytest

from ranin.sim.farend.farend import CODECS
from tests.phone.whole import phone_with_everything, whole_phone
from tests.stories.core_teller import CoreTeller
from tests.stories.outage_teller import OutageTeller
from tests.stories.story import Story, load, tell

STORIES = load()


def test_there_are_stories() -> None:
    assert len(STORIES) >= 10


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.path.stem)
async def test_with_the_core_alone(story: Story) -> None:
    await tell(story, OutageTeller() if story.outage else CoreTeller())


@pytest.mark.parametrize(
    "story", [story for story in STORIES if not story.core_only], ids=lambda story: story.path.stem
)
async def test_with_the_whole_phone(story: Story, tmp_path: Path) -> None:
    plain = whole_phone(codecs=("PCMU",) if story.g711 else CODECS)
    async with phone_with_everything(tmp_path) if story.outage else plain as whole:
        await tell(story, whole)
