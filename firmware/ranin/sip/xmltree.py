"""XML from the network as a small tree (pure): no document types, no entities, and hard limits."""

from dataclasses import dataclass, field
from xml.parsers import expat

LONGEST = 65536
"""Characters of a document; PJSIP takes shorter packets."""
DEEPEST = 12
MOST_ELEMENTS = 2000
MOST_TEXT = 1024
"""Characters kept of one element's text."""


class XmlError(ValueError):
    """A document that is not read; it says why."""


@dataclass
class Element:
    """An element without its namespace: the packages here have no two of the same name."""

    name: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> list["Element"]:
        """The children of that name."""
        return [child for child in self.children if child.name == name]

    def first(self, *path: str) -> "Element | None":
        """The first of that name, of the first of that name …"""
        here: Element | None = self
        for name in path:
            here = next((child for child in here.children if child.name == name), None) if here else None
        return here


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST_ELEMENTS:
            raise XmlError("it is too deep or too long")
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        element = self._open[-1]
        element.text = (element.text + text)[:MOST_TEXT]


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse(*_: object) -> None:
    raise XmlError("it declares a document type or an entity")


def parse(text: str) -> Element:
    """The document's root element. Raises XmlError.

    A document type is refused before anything of it is read, so that nothing expands and nothing is fetched.
    """
    if len(text) > LONGEST:
        raise XmlError("it is too long")
    builder, parser = _Builder(), expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise XmlError(f"it is not XML: {error}") from error
    if builder.root is None:
        raise XmlError("it is empty")
    return builder.root
