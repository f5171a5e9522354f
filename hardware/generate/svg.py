"""A little SVG: shapes and text, the same for the same input."""

from html import escape

FONT = "DejaVu Sans, Verdana, sans-serif"


class Svg:
    """A drawing; `str()` of it is the file. Sizes are in `unit`."""

    def __init__(self, width: float, height: float, title: str, unit: str = "") -> None:
        self._head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}{unit}" height="{height:g}{unit}" '
            f'viewBox="0 0 {width:g} {height:g}" font-family="{FONT}">\n<title>{escape(title)}</title>\n'
        )
        self._shapes: list[str] = []
        self.box(0, 0, width, height, fill="#fff")

    def box(self, x: float, y: float, width: float, height: float, *, fill: str, radius: float = 0,
            stroke: str = "none", dashed: bool = False) -> None:  # fmt: skip
        """A rectangle."""
        more = ' stroke-dasharray="1 1"' if dashed else ""
        thin = "" if stroke == "none" else f' stroke="{stroke}" stroke-width="0.2"{more}'
        self._shapes.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" fill="{fill}"{thin}/>'
        )

    def circle(self, x: float, y: float, radius: float, *, fill: str, stroke: str = "none") -> None:
        """A disc."""
        self._shapes.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" stroke="{stroke}"/>')

    def path(self, line: str, *, stroke: str, width: float, fill: str = "none") -> None:
        """A path in SVG's own words."""
        self._shapes.append(
            f'<path d="{line}" fill="{fill}" stroke="{stroke}" stroke-width="{width:g}" '
            'stroke-linecap="round" stroke-linejoin="round"/>'
        )

    def text(self, x: float, y: float, words: str, *, size: float, anchor: str = "middle", fill: str = "#111",
             bold: bool = False) -> None:  # fmt: skip
        """One line of text; y is its baseline."""
        weight = ' font-weight="bold"' if bold else ""
        self._shapes.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}" fill="{fill}"{weight}>'
            f"{escape(words)}</text>"
        )

    def __str__(self) -> str:
        return self._head + "\n".join(self._shapes) + "\n</svg>\n"
