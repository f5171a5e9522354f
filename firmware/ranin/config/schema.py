"""Every setting of the configuration file: its place, its meaning, its unit and its range."""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ranin.config.paging import multicast, rows_of, source
from ranin.core import dialing
from ranin.core.forwarding.backends import FOR_LINES
from ranin.core.menu import MELODIES
from ranin.core.numbers import digits
from ranin.core.pages import PageGroup, PageTarget
from ranin.core.pin import hashed, is_hash
from ranin.core.settings import MOST_LINES, Secret
from ranin.core.text import LANGUAGES
from ranin.core.tones import countries

Check = Callable[[Any], Any]
"""Turns a file's value into the core's, or raises ValueError saying what is allowed."""

CODECS = ("opus", "G722", "PCMA", "PCMU")


@dataclass(frozen=True, slots=True)
class Field:
    """One setting."""

    key: str
    """Its name in the file and in `Settings` or `Account`."""
    check: Check
    says: str
    """One sentence for whoever sets it, with unit and range."""
    table: bool = False
    """Written as a table of names and values."""


def text(longest: int = 128) -> Check:
    """A line of text without control characters."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"must be a text in quotes, not {_kind(value)}")
        if len(value) > longest:
            raise ValueError(f"may have {longest} characters at most, this has {len(value)}")
        if re.search(r"[\x00-\x1f\x7f]", value):
            raise ValueError("may not contain control characters")
        return value.strip()

    return check


def pattern(expression: str, allowed: str) -> Check:
    """A text that matches a regular expression, or an empty one."""
    plain, compiled = text(), re.compile(expression)

    def check(value: Any) -> str:
        word = plain(value)
        if word and not compiled.fullmatch(word):
            raise ValueError(f"{word!r} is not {allowed}")
        return word

    return check


def secret_of(longest: int) -> Check:
    """A text that is never shown again; errors do not repeat it."""

    def check(value: Any) -> Secret:
        if not isinstance(value, str):
            raise ValueError(f"must be a text in quotes, not {_kind(value)}")
        if len(value) > longest or re.search(r"[\x00-\x1f\x7f]", value):
            raise ValueError(f"may have {longest} characters at most and no control characters")
        return Secret(value)

    return check


secret = secret_of(128)


def one_of(*choices: str) -> Check:
    """One of a few words; the case of the letters does not matter."""
    known = {choice.lower(): choice for choice in choices}

    def check(value: Any) -> str:
        if not isinstance(value, str) or value.lower() not in known:
            close = difflib.get_close_matches(str(value).lower(), known, 1)
            hint = f"; did you mean {known[close[0]]!r}?" if close else ""
            raise ValueError(f"must be one of {', '.join(filter(None, choices))}{hint}")
        return known[value.lower()]

    return check


def number(low: float, high: float, kind: type = int) -> Check:
    """A number from `low` to `high`, both included."""

    def check(value: Any) -> Any:
        fits = isinstance(value, int) or (kind is float and isinstance(value, float))
        if isinstance(value, bool) or not fits or not low <= value <= high:
            raise ValueError(f"must be a number from {low:g} to {high:g}")
        return kind(value)

    return check


def switch(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def digit_map(value: Any) -> str:
    """An RFC 3435 digit map."""
    word: str = text(512)(value)
    dialing.parse(word)
    return word


def codecs(value: Any) -> tuple[str, ...]:
    """Codec names in order of preference, none twice."""
    if not isinstance(value, (list, tuple)) or not value:
        raise ValueError(f"must be a list of {', '.join(CODECS)}")
    names = tuple(one_of(*CODECS)(name) for name in value)
    if len(set(names)) != len(names):
        raise ValueError("names a codec twice")
    return names


def own_codecs(value: Any) -> tuple[str, ...]:
    """As `codecs`, or none."""
    return () if value in ([], ()) else codecs(value)


def phone_number(value: Any) -> str:
    """A telephone number, kept without the marks people write between its digits; or an empty text."""
    plain = digits(text(32)(value))
    if plain and not re.fullmatch(r"\+?[0-9]{2,17}", plain):
        raise ValueError(f"{value!r} is not a telephone number: write it as +33612345678")
    return plain


def list_of(check: Check, longest: int = 32) -> Check:
    """A list of values that all pass `check`."""

    def check_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)) or len(value) > longest:
            raise ValueError(f"must be a list of {longest} at most")
        return tuple(check(item) for item in value)

    return check_all


def orbits(value: Any) -> tuple[str, ...]:
    """Numbers of places where calls are parked, none twice and none empty."""
    numbers: tuple[str, ...] = list_of(_NUMBER, 16)(value)
    if "" in numbers or len(set(numbers)) != len(numbers):
        raise ValueError("has an empty number, or one twice")
    return numbers


def table_of(check: Check) -> Check:
    """A table of names in small letters and values that all pass `check`; errors do not repeat the values."""

    def check_all(value: Any) -> tuple[tuple[str, Any], ...]:
        if not isinstance(value, Mapping) or len(value) > 64:
            raise ValueError("must be a table of 64 at most: name = value")
        wrong = next((name for name in value if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name)), None)
        if wrong is not None:
            raise ValueError(f"{wrong!r} is not a name: small letters, digits and _ only")
        return tuple((name, check(value[name])) for name in sorted(value))

    return check_all


def lock_pin(value: Any) -> Secret:
    """The hash of a PIN; a PIN itself is hashed here, and errors do not repeat it."""
    if not isinstance(value, str) or not (value == "" or is_hash(value) or re.fullmatch(r"[0-9]{4,8}", value)):
        raise ValueError("must be 4 to 8 digits in quotes")
    return Secret(value if value == "" or is_hash(value) else hashed(value, os.urandom(16)))


def template(value: Any) -> str:
    """A longer text, with line breaks if need be."""
    if not isinstance(value, str) or len(value) > 4096 or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value):
        raise ValueError("must be a text in quotes of 4096 characters at most, without control characters")
    return value


def pem(kind: str, longest: int = 8192) -> Callable[[Any], str]:
    """One PEM block of a certificate or a key (RFC 7468), or an empty text; errors do not repeat it."""
    block = re.compile(rf"-----BEGIN ({kind})-----\n[A-Za-z0-9+/=\n]+\n-----END \1-----\n?")

    def check(value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise ValueError(f"must be a text in triple quotes of {longest} characters at most")
        plain = value.replace("\r\n", "\n").strip()
        if plain and not block.fullmatch(plain):
            raise ValueError("must be one PEM block, from -----BEGIN to -----END")
        return plain + "\n" if plain else ""

    return check


def secret_pem(value: Any) -> Secret:
    """A private key without a password."""
    return Secret(pem("(?:EC |RSA )?PRIVATE KEY")(value))


def _kind(value: Any) -> str:
    return {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"}.get(
        type(value), "this"
    )


_HOST = r"\[[0-9A-Fa-f:.]+\](:\d{1,5})?|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(:\d{1,5})?"
_USER = r"[^\s@<>\"]+"
_USER_OR_ADDRESS = r"(sips?:)?[^\s@<>\"]+(@[^\s@<>\"]+)?"
_NUMBER = pattern(r"[0-9*#+]{1,32}", "a number")
_CODE = pattern(r"[0-9*#]{1,8}", "a code: digits, * and #")
_PROFILES = ("fusionpbx", "ovh", "voipms", "telnyx", "custom")

_PAGE_GROUP = {"address": multicast, "label": text(32), "priority": number(1, 10), "sources": list_of(source)}
_PAGE_TARGET = {
    "address": multicast,
    "label": text(32),
    "codec": one_of("g722", "pcmu", "pcma"),
    "code": _CODE,
}

SECTIONS: dict[str, tuple[Field, ...]] = {
    "phone": (
        Field("language", one_of(*LANGUAGES), f"What the display speaks: {', '.join(LANGUAGES)}."),
        Field("country", one_of(*countries()), "Whose tones are heard: an ISO 3166 code, e.g. FR."),
        Field("digit_map", digit_map, "When a number is complete (RFC 3435), e.g. 112|[2-6]xx|0x.T."),
        Field("digit_timeout_s", number(1, 30, float), "How long T waits for one more digit: 1 to 30 seconds."),
        Field("hash_dials", switch, "true: # sends the number at once; false: # is part of the number."),
        Field("call_waiting", switch, "true: others may ring while you talk; false: they are told busy."),
        Field("default_line", number(1, MOST_LINES), "The line that calls go out by; the first is 1."),
        Field("do_not_disturb", switch, "true: nobody rings but contacts with always = true."),
        Field("reject_anonymous", switch, "true: callers who do not say who they are do not ring."),
        Field("reject_suspected", switch, "true: callers whose number the network found to be false do not ring."),
        Field("hide_number", switch, "true: no call says who calls, but those for help."),
        Field("hide_code", _CODE, "Dialled before a number, hides yours for that call, e.g. *67; empty: none."),
        Field("hotline", _NUMBER, "Called when the handset is lifted and nothing is dialled; empty: nobody."),
        Field(
            "hotline_after_s", number(0, 60, float), "How long lifting waits for a digit before that, 0 to 60 seconds."
        ),
    ),
    "sound": (
        Field("codecs", codecs, "Codecs offered, the best first: opus, G722, PCMA, PCMU."),
        Field("hands_free", one_of("off", "speaker", "headset"), "What the speaker key is for; off: there is neither."),
        Field("handset_volume", number(0, 10), "Level of the earpiece, 0 to 10."),
        Field("ringer_volume", number(0, 10), "Level of the ringer, 0 (silent) to 10."),
        Field("ring_melody", one_of(*MELODIES), f"How it rings: {', '.join(MELODIES)}."),
    ),
    "forward": (
        Field("target", phone_number, "Who rings when this phone is unreachable, e.g. +33612345678; empty: nobody."),
        Field("backend", one_of(*FOR_LINES), f"By what means that is arranged: {', '.join(FOR_LINES)}."),
        Field("lines", list_of(number(1, MOST_LINES)), "Lines that are forwarded, the first is 1; an empty list: all."),
        Field("numbers", list_of(phone_number), "Public numbers that reach this phone: no forward may go to them."),
        Field("arm_code", _CODE, "codes: what is dialled before the number to forward when unreachable, e.g. *52."),
        Field("disarm_code", _CODE, "codes: what takes that forward off, e.g. *53."),
        Field("always_code", _CODE, "codes: what is dialled before the number to forward every call; empty: never."),
        Field("always_off_code", _CODE, "codes: what takes the forward of every call off, e.g. *73."),
        Field("profile", one_of("", *_PROFILES), f"http: whose interface it is: {', '.join(_PROFILES)}."),
        Field("values", table_of(template), "http: what the profile needs, e.g. host; see its file.", table=True),
        Field(
            "secrets",
            table_of(secret_of(4096)),
            "http: keys and passwords of the profile; never shown again.",
            table=True,
        ),
        Field("sms_number", phone_number, "sms: who gets the text messages."),
        Field("sms_arm", text(160), "sms: what is sent to arm; {target} is the number, {user} the line."),
        Field("sms_disarm", text(160), "sms: what is sent to disarm."),
        Field("sms_always", text(160), "sms: what is sent to forward every call; empty: not offered."),
        Field("sms_always_off", text(160), "sms: what takes the forward of every call off."),
        Field("sim_number", phone_number, "The SIM's own number: without it a circle of forwards cannot be seen."),
        Field("sim_target", phone_number, "Who rings when the SIM is not reachable; empty: nobody."),
    ),
    "modem": (
        Field("pin", secret_of(8), "The SIM's PIN, 4 to 8 digits; empty: it asks for none; never shown again."),
        Field("roaming_allowed", switch, "true: calls and messages in a foreign network, which cost more."),
        Field("analogue_sound", switch, "true: the analogue pins of a modem without digital sound are wired up."),
    ),
    "lan": (
        Field("enabled", switch, "true: phones of one provisioning call each other while their server is away."),
        Field("number", pattern(r"[0-9*#+]{1,32}", "a number"), "What the others dial; empty: the first line's user."),
        Field("port", number(1024, 65535), "Where this phone listens for the others, 1024 to 65535."),
        Field("certificate", pem("CERTIFICATE"), "PEM, the same on all phones of the provisioning."),
        Field("key", secret_pem, "PEM, the private key of the certificate; never shown again."),
        Field(
            "gateway",
            switch,
            "true: while they have no other way the others call out over this phone's SIM, at its cost and under its "
            "number; many countries restrict or forbid such gateways, so find out before you turn it on.",
        ),
    ),
    "lock": (
        Field("pin", lock_pin, "Unlocks the keypad, 4 to 8 digits; empty: no lock; only a salted hash is kept."),
        Field("after_min", number(0, 240), "Minutes without a touch until it locks itself; 0: only by holding *."),
    ),
    "paging": (
        Field(
            "listen",
            rows_of(PageGroup, _PAGE_GROUP, ("address",)),
            "[[paging.listen]]: multicast groups that are heard: address (224.0.1.75:10000), label, priority (1, the "
            "first, to 10), sources (addresses or networks that may speak; none: any).",
        ),
        Field(
            "send",
            rows_of(PageTarget, _PAGE_TARGET, ("address", "code")),
            "[[paging.send]]: groups that the person may speak to: address, label, codec (g722, pcmu, pcma), code "
            "(dialled to speak there; empty: the menu has it alone).",
        ),
        Field("barge", number(0, 10), "Pages of this priority or before it interrupt a call, 1 to 10; 0: none does."),
        Field("do_not_disturb", switch, "true: do not disturb keeps pages away too; false: they are heard."),
        Field("ttl", number(1, 255), "How many networks a page of ours crosses, 1 to 255; 1: it stays in its own."),
    ),
    "rule": (
        Field(
            "prefix",
            pattern(r"[0-9*#+]{1,32}", "the beginning of a number"),
            "Numbers that begin so have a line.",
        ),
        Field("line", number(1, MOST_LINES), "The line that they go out by; the first is 1."),
        Field("strip", switch, "true: the prefix is for the phone alone and not sent."),
    ),
    "line": (
        Field("label", text(32), "Name of the line on the display; empty shows the user."),
        Field("user", pattern(_USER, "a user name or number"), "The number or name before the @ of your SIP address."),
        Field("auth_user", text(), "User name for the password where it is not `user`."),
        Field("password", secret, "The SIP password; never shown again."),
        Field("domain", pattern(_HOST, "a host name or address"), "What follows the @: your SIP server or provider."),
        Field("server", pattern(_HOST, "a host name or address"), "Host or host:port to register at; empty: `domain`."),
        Field("backup", pattern(_HOST, "a host name or address"), "Used while that does not answer; empty: none."),
        Field("proxy", pattern(_HOST, "a host name or address"), "What every message goes through; empty: nothing."),
        Field("transport", one_of("udp", "tcp", "tls"), "How messages travel: udp, tcp or tls."),
        Field("authority", pem("CERTIFICATE"), "tls: PEM, the only authority believed; empty: those of the system."),
        Field("expires_s", number(60, 7200), "How long a registration lasts: 60 to 7200 seconds."),
        Field("display_name", text(64), "Your name as callees see it."),
        Field("voicemail", pattern(r"[0-9*#+]+", "a number"), "The number that the message key dials."),
        Field("rtt", switch, "true: one can write and read in a call (RFC 4103), where the other side can."),
        Field("dtmf", one_of("rfc4733", "info"), "How digits are sent in a call: rfc4733 or info."),
        Field("srtp", one_of("off", "optional", "required"), "Encrypted sound: off, optional or required."),
        Field("srtp_keys", one_of("sdes", "dtls"), "How its keys are agreed on: sdes (wants tls) or dtls."),
        Field("keepalive_s", number(0, 120), "udp: how often a NAT is kept open, in seconds up to 120; 0: never."),
        Field("ice", switch, "true: sound finds its way through NATs by ICE."),
        Field("stun", pattern(_HOST, "a host name or address"), "ice: who tells our address; one serves all lines."),
        Field("turn", pattern(_HOST, "a host name or address"), "ice: who carries sound where nothing else does."),
        Field("turn_user", text(), "User name at the TURN server."),
        Field("turn_password", secret, "Its password; never shown again."),
        Field("codecs", own_codecs, "Codecs of this line, the best first; an empty list: those of [sound]."),
        Field("ring_melody", one_of("", *MELODIES), f"How its calls ring: {', '.join(MELODIES)}; empty: as all do."),
        Field("forward_always", _NUMBER, "Who is rung instead of this phone; empty: nobody."),
        Field("forward_busy", _NUMBER, "Who is rung while this phone is busy; empty: nobody."),
        Field("forward_no_answer", _NUMBER, "Who is rung when nobody picks up here; empty: nobody."),
        Field("no_answer_s", number(5, 120), "How long it rings here before that, 5 to 120 seconds."),
        Field(
            "follow_transfers",
            switch,
            "true: the other side may have this phone call somebody else (REFER); needed only without a PBX.",
        ),
        Field("pickup_code", _CODE, "What is dialled before a colleague's number to pick up his call, e.g. **."),
        Field("hide_number", switch, "true: its calls do not say who calls, but those for help."),
        Field("park", orbits, 'Where calls are parked at the server, e.g. ["*5901", "*5902"]; []: not offered.'),
    ),
    "contact": (
        Field("name", text(32), "Name on the display, also when they call."),
        Field("number", pattern(_USER_OR_ADDRESS, "a number or SIP address"), "Their number."),
        Field("melody", one_of("", *MELODIES), "How their calls ring; empty: as all do."),
        Field("speed", one_of("", *"123456789"), "The digit that calls them when it is held, 1 to 9; empty: none."),
        Field("always", switch, "true: they ring though nobody is to disturb."),
        Field("intercom", switch, "true: the phone answers their intercom calls by itself, on hands_free."),
        Field("line", number(0, MOST_LINES), "The line by which they are called, the first is 1; 0: as every number."),
    ),
    "watch": (
        Field("number", pattern(_USER_OR_ADDRESS, "a number or SIP address"), "A colleague, or a list at the server."),
        Field("name", text(32), "Name on the display; empty: what the server says, or the number."),
        Field("line", number(1, MOST_LINES), "The line that watches, the first is 1."),
    ),
}
"""Section of the file → its fields; `rule`, `line`, `contact` and `watch` are lists (`[[line]]`)."""


def field(section: str, key: str) -> Field | None:
    """The field of that name."""
    return next((field for field in SECTIONS[section] if field.key == key), None)
