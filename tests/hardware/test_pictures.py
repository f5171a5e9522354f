"""Every screen looks as its reference picture; `make pictures` draws them anew."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from ranin.core.screens.screen import Icon, Idle, InCall, Listing, Notice, Ringing, Screen, Texting
from ranin.hardware.icons import SIZE, icon
from ranin.hardware.panel import continues, frame, render
from tests.hardware.gallery import CASES, PICTURES, SCREENS, SIZES, picture, place

BUILD = Path(__file__).parents[2] / "build" / "pictures"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_a_screen_looks_as_its_picture(case: tuple[str, str], size: tuple[int, int]) -> None:
    drawn, path = picture(*case, size), place(*case, size)
    wanted = Image.open(PICTURES / path).convert("1")
    if drawn.tobytes() != wanted.tobytes():
        (BUILD / path).parent.mkdir(parents=True, exist_ok=True)
        drawn.save(BUILD / path)
        ImageChops.logical_xor(drawn, wanted).save(BUILD / path.with_stem(f"{path.stem}-difference"))
        pytest.fail(f"{path} looks different: see build/pictures/")


@pytest.mark.parametrize("kind", Icon)
def test_every_icon_is_drawn(kind: Icon) -> None:
    image = icon(kind)
    assert image.size == (SIZE, SIZE) and image.getbbox() is not None


HOSTILE = [
    "x" * 4096,
    "\u202eevil\u202c",
    "\x00\x1b[2J\n\r\t",
    "نورا " * 300,
    "数字" * 500,
    "👩‍👩‍👧‍👦" * 50,
    "",
    " ",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_name_breaks_a_layout(text: str, size: tuple[int, int]) -> None:
    screens: list[Screen] = [
        Ringing(text, text, text, text),
        InCall(text, text, text, text, text),
        Notice(text, text),
        Listing(text, (text, "b"), 0, hint=text),
        Texting(text, text, text, True, keys=(text, text, text)),
        Idle("14:05", text, text, text),
    ]
    for screen in screens:
        assert render(screen, size, 3.0).size == size


def test_arabic_is_joined_and_stands_at_the_right() -> None:
    joined = render(Ringing("نورا", "", "", ""), (128, 64))
    apart = render(Ringing("ن و ر ا", "", "", ""), (128, 64))
    assert joined.crop((26, 12, 128, 34)).tobytes() != apart.crop((26, 12, 128, 34)).tobytes()
    left, _, right, _ = joined.crop((26, 12, 128, 34)).getbbox() or (0, 0, 0, 0)
    assert left > 40 and right > 90


def test_a_long_name_scrolls_and_a_short_one_stands_still() -> None:
    long = InCall("Bartholomew Featherstonehaugh & Daughters", "1", "Connected")
    assert frame(long, (128, 64), 0.0)[1] is not None
    assert render(long, (128, 64), 0).tobytes() != render(long, (128, 64), 4).tobytes()
    assert frame(InCall("Nora", "603", "Connected"), (128, 64), 0.0)[1] is None
    assert frame(SCREENS["idle"], (128, 64), 0.0)[1] is None


def test_a_name_goes_on_scrolling_while_the_timer_counts() -> None:
    one, next_one = InCall("Nora", "1", "Connected", "0:01"), InCall("Nora", "1", "Connected", "0:02")
    assert continues(one, next_one) and not continues(one, InCall("Omar", "1", "Connected", "0:02"))
