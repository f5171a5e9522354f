"""The bill of materials: what is bought, what it typically costs, what would do instead."""

from hardware.generate.kit import Kit, Part


def table(kit: Kit) -> str:
    """Markdown with the totals."""
    lines = ["| part | of | US$ each | US$ | instead |", "|---|---:|---:|---:|---|"]
    lines += [_row(part) for part in kit.parts]
    low, high = kit.totals()
    lines.append(f"| **together** | | | **{low:.0f}–{high:.0f}** | |")
    return "\n".join(lines) + "\n"


def _row(part: Part) -> str:
    low, high = part.price
    whole = f"{part.count * low:.2f}–{part.count * high:.2f}"
    return f"| {part.name} | {part.count} | {low:g}–{high:g} | {whole} | {part.instead} |"
