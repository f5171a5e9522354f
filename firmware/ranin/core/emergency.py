"""Which numbers call for help: these are never held back by a dial plan, a path or a guard."""

_EVERYWHERE = frozenset({"112", "911"})
"""Known to every phone with a mobile network (3GPP TS 22.101 §10.1.1)."""

_NATIONAL: dict[str, frozenset[str]] = {
    "AE": frozenset({"997", "998", "999"}),
    "DE": frozenset({"110"}),
    "EG": frozenset({"122", "123", "180"}),
    "ES": frozenset({"061", "062", "080", "085", "088", "091", "092"}),
    "FR": frozenset({"15", "17", "18", "114", "115", "119", "196"}),
    "GB": frozenset({"999"}),
    "IT": frozenset({"113", "115", "118"}),
    "JO": frozenset({"191", "199"}),
    "MA": frozenset({"15", "19", "177"}),
    "SA": frozenset({"997", "998", "999"}),
}


def numbers(country: str) -> frozenset[str]:
    """Every emergency number of a country, by its ISO 3166 code."""
    return _EVERYWHERE | _NATIONAL.get(country, frozenset())


def begins(digits: str, country: str) -> bool:
    """Whether an emergency number begins with `digits`."""
    return any(number.startswith(digits) for number in numbers(country))


def is_emergency(number: str, country: str) -> bool:
    """Whether `number`, as dialled, calls for help."""
    return number in numbers(country)
