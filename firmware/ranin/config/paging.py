"""The settings of paging: multicast addresses, and the rows of `[[paging.listen]]` and `[[paging.send]]`."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

_PLACE = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+)):(?P<port>[0-9]{1,5})")
MOST_ROWS = 31


def multicast(value: Any) -> str:
    """`address:port` of a multicast group (224.0.0.0/4 or ff00::/8), in the usual spelling."""
    found = _PLACE.fullmatch(value) if isinstance(value, str) else None
    if found is None or not 1 <= int(found["port"]) <= 65535:
        raise ValueError(f"{value!r} is not address:port; write it as 224.0.1.75:10000 or [ff15::1]:10000")
    try:
        address = ipaddress.ip_address(found["six"] or found["four"])
    except ValueError:
        raise ValueError(f"{value!r} has no address that is one") from None
    if not address.is_multicast:
        raise ValueError(f"{address} is not a multicast address: use 224.0.0.0 to 239.255.255.255, or ff00::/8")
    return f"[{address}]:{int(found['port'])}" if address.version == 6 else f"{address}:{int(found['port'])}"


def source(value: Any) -> str:
    """An address or a network, in the usual spelling."""
    try:
        return str(ipaddress.ip_network(value if isinstance(value, str) else ""))
    except ValueError:
        raise ValueError(f"{value!r} is not an address or a network; write 192.0.2.7 or 192.0.2.0/24") from None


def rows_of(kind: type, checks: Mapping[str, Any], unique: tuple[str, ...]) -> Any:
    """A list of tables that become rows of `kind`; the fields of `unique` differ from row to row."""

    def check(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > MOST_ROWS:
            raise ValueError(f"write each with two brackets, {MOST_ROWS} at most")
        rows = tuple(_row(kind, checks, row, place) for place, row in enumerate(value, 1))
        for name in unique:
            given = [getattr(row, name) for row in rows if getattr(row, name)]
            if len(set(given)) != len(given):
                raise ValueError(f"two have the same {name}")
        return rows

    return check


def _row(kind: type, checks: Mapping[str, Any], row: Any, place: int) -> Any:
    if not isinstance(row, Mapping):
        raise ValueError(f"number {place} must be a table")
    values = {}
    for key, value in row.items():
        if key not in checks:
            raise ValueError(f"number {place}: no setting is called {key!r}; there are {', '.join(checks)}")
        try:
            values[key] = checks[key](value)
        except ValueError as error:
            raise ValueError(f"number {place}, {key}: {error}") from error
    if not values.get("address"):
        raise ValueError(f"number {place} has no address")
    return kind(**values)


def table(row: Any) -> dict[str, Any]:
    """What `rows_of` makes the row of."""
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
