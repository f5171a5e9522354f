"""Between SIP's texts and the core's words (pure)."""

import re

from ranin.core.verstat import Verstat

_NAME_ADDR = re.compile(r'^\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^<"]*?))\s*<(?P<uri>[^>]*)>')
_URI_USER = re.compile(r"^(?:sips?|tel):(?P<user>[^@;>?]*)(?:@(?P<host>[^;>?]*))?", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RETRY_AFTER = re.compile(r"^Retry-After\s*:\s*(\d{1,9})", re.IGNORECASE | re.MULTILINE)
_ANSWER = re.compile(
    r"^(?:Call-Info\s*:.*answer-after\s*=\s*0\b|Alert-Info\s*:.*(?:alert-autoanswer|auto[- ]?answer|intercom)|"
    r"Answer-Mode\s*:\s*auto)",
    re.IGNORECASE | re.MULTILINE,
)
"""RFC 3261 §20.4 and §20.9, RFC 5373 §4."""
_ASSERTED = re.compile(r"^P-Asserted-Identity\s*:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)

_VERSTAT = re.compile(r";verstat=(TN-Validation-(?:Passed|Failed))(?![^;@?>-])", re.IGNORECASE)
_FOUND = {"tn-validation-passed": Verstat.PASSED, "tn-validation-failed": Verstat.FAILED}

LONGEST_NAME = 80
LONGEST_NUMBER = 64


ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
"""From of who does not say who calls (RFC 3323 §4.1.1.3)."""


def name_addr(address: str) -> str:
    """The address in angle brackets, as headers want it whose parameters are their own (RFC 3261 §20)."""
    return address if "<" in address else f"<{address}>"


def party(address: str) -> tuple[str, str]:
    """(name, number) of a name-addr or URI (RFC 3261 §25.1), cleaned for a display.

    The number is the user part; an address without one gives its host.
    """
    match = _NAME_ADDR.match(address)
    name, uri = ("", address.strip())
    if match is not None:
        quoted = match["quoted"]
        name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match["plain"]
        uri = match["uri"]
    found = _URI_USER.match(uri)
    number = (_unescape(found["user"]) if found["host"] else found["user"]) if found else uri
    name, number = clean(name, LONGEST_NAME), clean(number, LONGEST_NUMBER)
    return ("" if name == number else name), number


def caller(remote: str, message: str) -> tuple[str, str]:
    """(name, number) of who calls: P-Asserted-Identity of our server before From (RFC 3325).

    `message` is the whole INVITE; it came from the registered server, so it may assert.
    """
    head = message.split("\r\n\r\n", 1)[0]
    asserted = [party(value) for value in _ASSERTED.findall(head)]
    name, number = next((row for row in asserted if row[1]), party(remote))
    return name or party(remote)[0], number


def verstat(remote: str, message: str) -> Verstat:
    """What the server has found of the number that `caller` gives (3GPP TS 24.229 §7.2A.20).

    The parameter stands in the identity that is shown; From's counts for an asserted one of the same number.
    """
    head = message.split("\r\n\r\n", 1)[0]
    number = caller(remote, message)[1]
    told = [value for value in (*_ASSERTED.findall(head), remote) if party(value)[1] == number]
    found = next((match for value in told if (match := _VERSTAT.search(_uri(value)))), None)
    return _FOUND.get(found[1].lower(), Verstat.NONE) if found else Verstat.NONE


def _uri(address: str) -> str:
    """Of a name-addr the URI: a name may say anything."""
    match = _NAME_ADDR.match(address)
    return match["uri"] if match is not None else address


def requested(message: str) -> str:
    """The number that an INVITE is for: the user part of its Request-URI (RFC 3261 §8.1.1.1), or its host."""
    line = message.split("\r\n", 1)[0].split(" ")
    return party(line[1])[1] if len(line) == 3 else ""


def _unescape(text: str) -> str:
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), text)


def clean(text: str, longest: int) -> str:
    """Without control characters and direction marks, at most `longest` characters."""
    return _CONTROLS.sub("", text).strip()[:longest]


def retry_after_s(message: str) -> int:
    """The Retry-After of a response in seconds; 0 without one (RFC 3261 §20.33)."""
    found = _RETRY_AFTER.search(message.split("\r\n\r\n", 1)[0])
    return int(found[1]) if found else 0


def wants_answer(message: str) -> bool:
    """Whether the INVITE asks that the phone answer by itself, in the ways that PBXs have to say it."""
    return _ANSWER.search(message.split("\r\n\r\n", 1)[0]) is not None


def target_uri(target: str, domain: str) -> str:
    """The Request-URI for what a person dialled: a number, `user@host` or a whole URI.

    Raises ValueError for what can be none of these.
    """
    if re.search(r"[\s<>\"\x00-\x1f]", target) or not target:
        raise ValueError(f"{target!r} cannot be called")
    if target.lower().startswith(("sip:", "sips:")):
        return target
    return f"sip:{target}" if "@" in target else f"sip:{_escape(target)}@{domain}"


def _escape(user: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.!~*'()&=+$,;?/-]", lambda found: _percent(found[0]), user)


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())


def place_of(address: str) -> tuple[str, int]:
    """(host, port) of `192.0.2.1:5061` or `[2001:db8::1]:5061`."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port or 0)


def codec_of(codec_id: str) -> str:
    """`opus/48000/2` → `opus`."""
    return codec_id.split("/", 1)[0]


def volume_gain(level: int) -> float:
    """Gain of a volume from 0 to 10: 3 dB a step, 6 is as it comes, 0 is still heard."""
    return float(10 ** ((level - 6) * 3 / 20))


FULL_SCALE_DBM0 = 3.14
"""Level of a full-scale sine on a digital line (ITU-T G.711)."""


def amplitude(level_dbm0: float) -> int:
    """Peak of a sine of that level, 16-bit."""
    return round(32767 * 10 ** ((level_dbm0 - FULL_SCALE_DBM0) / 20))
