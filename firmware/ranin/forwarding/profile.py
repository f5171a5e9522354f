"""Profiles: how a provider's HTTP interface arms, disarms and reads a forward, as data."""

import base64
import ipaddress
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import msgspec

from ranin.core.outage import OrderKind
from ranin.core.settings import Secret

FOLDER = Path(__file__).parent / "profiles"
CUSTOM = "custom"


class ProfileError(ValueError):
    """An order cannot be turned into requests; the text says why and holds no secret."""


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request; `{name}` stands for a value, written as the place it stands in wants it."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = {}
    body: str = ""
    type: str = ""
    """`json`, `form` or `text`: how values are written in the body."""
    status: tuple[int, ...] = (200, 201, 202, 204)
    """Answers that mean success."""
    contains: str = ""
    """Text that a success has."""
    expect: dict[str, str] = {}
    """JSON path → value that a success has."""
    refused: list[str] = []
    """Values found there instead that time will not mend, e.g. a wrong key."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider wants for each kind of order; a kind without requests is not offered."""

    says: str
    needs: list[str] = []
    """Names of values that must be set."""
    defaults: dict[str, str] = {}
    sign: str = ""
    """`ovh`, or nothing."""
    arm: list[Template] = []
    disarm: list[Template] = []
    arm_always: list[Template] = []
    disarm_always: list[Template] = []
    read: list[Template] = []
    """Requests that tell; the last one's answer is compared with `armed`."""
    armed: dict[str, str] = {}
    """JSON path → value while ARM is in effect."""
    armed_always: dict[str, str] = {}
    """The same for ARM_ALWAYS."""

    def requests(self, kind: OrderKind) -> list[Template]:
        """What carries out an order of that kind; VERIFY only reads."""
        return {
            OrderKind.ARM: self.arm,
            OrderKind.DISARM: self.disarm,
            OrderKind.ARM_ALWAYS: self.arm_always,
            OrderKind.DISARM_ALWAYS: self.disarm_always,
        }.get(kind, [])

    def shows(self, kind: OrderKind) -> dict[str, str]:
        """What the read answer has while the forward that `kind` is about is in effect."""
        always = kind in (OrderKind.ARM_ALWAYS, OrderKind.DISARM_ALWAYS)
        return self.armed_always if always else self.armed


class Request(msgspec.Struct, frozen=True):
    """One request, ready to be sent. Holds secrets."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


@cache
def shipped(name: str) -> Profile:
    """A profile of the folder. Raises ProfileError when there is none of that name."""
    path = FOLDER / f"{name}.toml"
    if not re.fullmatch(r"[a-z]+", name) or not path.is_file():
        raise ProfileError(f"there is no profile {name!r}")
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Profile)


_STEPS = ("arm", "disarm", "arm_always", "disarm_always", "read")


def custom(values: Mapping[str, str]) -> Profile:
    """The profile written in the settings: `arm_url`, `arm_method`, `arm_body`, `read_url`, `armed` …

    `arm_headers` has a header a line, `arm_expect` and `armed` a `path = value` a line. Raises ProfileError.
    """
    steps = {step: [_step(step, values)] for step in _STEPS if f"{step}_url" in values}
    if not {"arm", "disarm"} <= steps.keys():
        raise ProfileError("set arm_url and disarm_url in values")
    shows = {name: _pairs(values[name], "=") for name in ("armed", "armed_always") if name in values}
    return msgspec.convert({"says": "As set.", **steps, **shows}, Profile)


def _step(step: str, values: Mapping[str, str]) -> dict[str, Any]:
    given = {
        part: values[f"{step}_{part}"]
        for part in ("url", "method", "body", "type", "contains")
        if f"{step}_{part}" in values
    }
    row: dict[str, Any] = dict(given)
    row["headers"] = _pairs(values.get(f"{step}_headers", ""), ":")
    row["expect"] = _pairs(values.get(f"{step}_expect", ""), "=")
    if f"{step}_status" in values:
        row["status"] = [int(word) for word in re.findall(r"\d{3}", values[f"{step}_status"])]
    return row


def _pairs(text: str, mark: str) -> dict[str, str]:
    rows = (line.partition(mark) for line in text.splitlines() if mark in line)
    return {name.strip(): value.strip() for name, _, value in rows}


def load(name: str, values: Mapping[str, str | Secret]) -> Profile:
    """The profile of an order. Raises ProfileError: it is unknown, or a value that it needs is not set."""
    if name == CUSTOM:
        return custom({key: value for key, value in values.items() if isinstance(value, str)})
    profile = shipped(name)
    missing = [need for need in profile.needs if not values.get(need)]
    if missing:
        raise ProfileError(f"{name} needs {', '.join(missing)}: set it in values or secrets")
    return profile


def words(profile: Profile, values: Mapping[str, str | Secret], target: str, kind: OrderKind) -> dict[str, str]:
    """Everything that `{name}` may stand for, in clear; `basic` is made of `login` and `password` (RFC 7617)."""
    clear = {name: value.text if isinstance(value, Secret) else value for name, value in values.items()}
    login = f"{clear.get('login', '')}:{clear.get('password', '')}"
    digits = target.removeprefix("+")
    own = {
        "target": target,
        "digits": digits,
        "zeros": f"00{digits}",
        "kind": kind.value,
        "basic": "Basic " + base64.b64encode(login.encode()).decode(),
    }
    return profile.defaults | clear | own


def request(template: Template, words: Mapping[str, str], private: bool) -> Request:
    """Fill the template; `private` allows http to an address of a private network. Raises ProfileError."""
    url = _fill(template.url, words, _in_url)
    _check_url(url, private)
    kind = template.type or ("json" if template.body.lstrip().startswith(("{", "[")) else "text")
    body = _fill(template.body, words, _IN_BODY.get(kind, str))
    headers = {name: _fill(value, words, _in_header) for name, value in template.headers.items()}
    if body and kind in _MIME:
        headers = {"Content-Type": _MIME[kind]} | headers
    return Request(template.method.upper(), url, headers, body)


def _fill(text: str, words: Mapping[str, str], written: Callable[[str], str]) -> str:
    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name not in words:
            raise ProfileError(f"nothing is set for {{{name}}}")
        return (_RAW_IN_URL.get(name, written) if written is _in_url else written)(words[name])

    return re.sub(r"\{([a-z][a-z0-9_]*)\}", put, text)


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?", value):
        raise ProfileError("host is no host name or address")
    return value


def _path(value: str) -> str:
    return quote(value, safe="/")


def _in_url(value: str) -> str:
    return quote(value, safe="")


_RAW_IN_URL: dict[str, Callable[[str], str]] = {"host": _host, "path": _path}
"""Values whose colons and slashes are part of the URL."""


def _in_header(value: str) -> str:
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise ProfileError("a header may not have control characters")
    return value


_IN_BODY: dict[str, Callable[[str], str]] = {
    "json": lambda value: json.dumps(value)[1:-1],
    "form": quote_plus,
}
_MIME = {"json": "application/json", "form": "application/x-www-form-urlencoded", "text": "text/plain"}


def _check_url(url: str, private: bool) -> None:
    """https; http only to this machine, or to a private address that was set by hand."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as error:
        raise ProfileError("the address is not a URL") from error
    if parts.username is not None or not host:
        raise ProfileError("the address must be https://host/path, without a user name in it")
    if parts.scheme == "http" and not _near(host, private):
        raise ProfileError("http is not encrypted: use https")
    if parts.scheme not in ("http", "https"):
        raise ProfileError("the address must begin with https://")


def _near(host: str, private: bool) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or (private and address.is_private)


def find(document: Any, path: str) -> str | None:
    """The value at `data.rows.0.name` as text (`true`, `5`, `abc`); None when there is none."""
    for word in path.split("."):
        if isinstance(document, list) and word.isdigit() and int(word) < len(document):
            document = document[int(word)]
        elif isinstance(document, dict) and word in document:
            document = document[word]
        else:
            return None
    if document is None:
        return "null"
    return str(document).lower() if isinstance(document, bool) else str(document)


def matches(document: Any, expected: Mapping[str, str], words: Mapping[str, str]) -> bool:
    """Whether every path has its value; `a|b` allows either."""
    for path, value in expected.items():
        wanted = [_fill(choice, words, str) for choice in value.split("|")]
        if find(document, path) not in wanted:
            return False
    return True
