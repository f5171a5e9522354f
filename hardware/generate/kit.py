"""A kit: its board file, and what is bought for it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ranin.hardware.board import Board, load_board

FOLDER = Path(__file__).parents[1] / "kits"
KITS = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the bill."""

    step: str
    """The step of the guide that fits it, a key of `guide.STEPS`."""
    name: str
    price: tuple[float, float]
    """What one costs, from and to, in US dollars."""
    count: int = 1
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Cable:
    """A ready-made cable of the kit, from a plug to a socket."""

    source: str
    target: str
    kind: str
    wires: tuple[str, ...]
    step: str


@dataclass(frozen=True, slots=True)
class Kit:
    """What the generators know of a kit."""

    name: str
    title: str
    says: str
    pi: tuple[str, ...]
    """The Pis it is for, keys of `kernel.TREES`; the case is cut for the first."""
    board: Board
    parts: tuple[Part, ...]
    cables: tuple[Cable, ...]

    def totals(self) -> tuple[float, float]:
        """What the whole bill costs, from and to, in US dollars."""
        low, high = (sum(part.count * part.price[end] for part in self.parts) for end in (0, 1))
        return low, high


def load_kit(name: str) -> Kit:
    """A kit by its name. Raises OSError, or TypeError and KeyError where its file is wrong."""
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    return Kit(
        name=name,
        title=table["title"],
        says=table["says"],
        pi=tuple(table["pi"]),
        board=load_board(name),
        parts=tuple(Part(**{**part, "price": tuple(part["price"])}) for part in table["part"]),
        cables=tuple(Cable(**{**cable, "wires": tuple(cable["wires"])}) for cable in table["cable"]),
    )


def kits() -> Iterator[Kit]:
    """All kits."""
    return map(load_kit, KITS)
