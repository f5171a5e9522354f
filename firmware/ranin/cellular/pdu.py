"""Text messages as PDUs (pure): SMS-SUBMIT out, SMS-DELIVER in (3GPP TS 23.040 §9.2)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from ranin.cellular import gsm7

MOST_PARTS = 16
"""A text longer than this many messages is refused: it is a mistake, and dear."""
_GSM_ONE, _GSM_PART = 160, 153
"""Septets in a message alone, and beside a six-octet header (23.040 §9.2.3.24.1)."""
_UCS_ONE, _UCS_PART = 70, 67
"""16-bit units, likewise."""
_SUBMIT, _RELATIVE, _HEADER = 0x01, 0x10, 0x40
_ONE_DAY = 0xA7
"""Validity of 24 h (23.040 §9.2.3.12.1)."""
_GSM, _UCS2 = 0x00, 0x08
_DIGITS = "0123456789*#abc"
"""Semi-octets of an address (23.040 §9.1.2.3)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A message, or a part of one: `ref`, `total` and `index` (from 1) say which (23.040 §9.2.3.24.1)."""

    number: str
    text: str
    """May begin or end with half a letter; `join` makes text of parts."""
    sent: str
    """ISO 8601 with its offset; empty when the service centre's stamp is nonsense."""
    ref: int = 0
    total: int = 1
    index: int = 1


def submit(number: str, text: str, ref: int = 0) -> list[tuple[int, str]]:
    """(length for +CMGS, hexadecimal PDU) of each part; the SIM's service centre is used.

    `ref` (0 to 255) ties the parts together. Raises ValueError saying what cannot be sent.
    """
    if not re.fullmatch(r"\+?[0-9*#]{1,20}", number):
        raise ValueError("this is no number for a text message")
    if not text:
        raise ValueError("an empty text is not sent")
    coding, bodies = _encode(text)
    if len(bodies) > MOST_PARTS:
        raise ValueError(f"the text needs {len(bodies)} messages; at most {MOST_PARTS} are sent")
    return [_submit(number, coding, body, ref, index, len(bodies)) for index, body in enumerate(bodies, 1)]


def _submit(number: str, coding: int, body: list[int], ref: int, index: int, total: int) -> tuple[int, str]:
    header = bytes((5, 0, 3, ref & 0xFF, total, index)) if total > 1 else b""
    first = _SUBMIT | _RELATIVE | (_HEADER if header else 0)
    head = bytes((first, 0)) + _address(number) + bytes((0, coding, _ONE_DAY))
    tpdu = head + _user_data(coding, header, body)
    return len(tpdu), "00" + tpdu.hex().upper()


def _user_data(coding: int, header: bytes, body: list[int]) -> bytes:
    if coding == _UCS2:
        data = header + b"".join(unit.to_bytes(2, "big") for unit in body)
        return bytes((len(data),)) + data
    fill = -8 * len(header) % 7
    length = (8 * len(header) + fill) // 7 + len(body)
    return bytes((length,)) + header + gsm7.pack(body, fill)


def _encode(text: str) -> tuple[int, list[list[int]]]:
    """(data coding scheme, codes of each part); a letter is never torn apart."""
    try:
        return _GSM, _cut(gsm7.septets(text), _GSM_ONE, _GSM_PART)
    except ValueError:
        return _UCS2, _cut([_units(letter) for letter in text], _UCS_ONE, _UCS_PART)


def _units(letter: str) -> tuple[int, ...]:
    """UTF-16 in place of UCS2, as every phone does for what lies outside it."""
    raw = letter.encode("utf-16-be", "replace")
    return tuple(int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2))


def _cut(letters: list[tuple[int, ...]], alone: int, part: int) -> list[list[int]]:
    if sum(map(len, letters)) <= alone:
        return [[code for letter in letters for code in letter]]
    found: list[list[int]] = [[]]
    for letter in letters:
        if len(found[-1]) + len(letter) > part:
            found.append([])
        found[-1].extend(letter)
    return found


def _address(number: str) -> bytes:
    """TP-DA: digits, type of number, swapped semi-octets (23.040 §9.1.2.5)."""
    digits = number.removeprefix("+")
    codes = [_DIGITS.index(digit) for digit in digits] + [0xF] * (len(digits) % 2)
    pairs = (codes[at] | codes[at + 1] << 4 for at in range(0, len(codes), 2))
    return bytes((len(digits), 0x91 if number.startswith("+") else 0x81, *pairs))


def deliver(text: str) -> Part | None:
    """The message in a hexadecimal PDU with its service centre; None for anything that is not one."""
    if not re.fullmatch(r"(?:[0-9A-Fa-f]{2}){1,400}", text):
        return None
    try:
        return _deliver(bytes.fromhex(text))
    except IndexError:
        return None


def _deliver(raw: bytes) -> Part | None:
    at = 1 + raw[0]
    first = raw[at]
    if first & 0x03:
        return None  # a status report or something reserved (23.040 §9.2.3.1)
    number, at = _read_address(raw, at + 1)
    coding, stamp, length = raw[at + 1], raw[at + 2 : at + 9], raw[at + 9]
    data = raw[at + 10 :]
    header = data[: data[0] + 1] if first & _HEADER and data else b""
    ref, total, index = _concatenation(header)
    return Part(number, _read_text(coding, data, header, length), stamp_of(stamp), ref, total, index)


def _read_address(raw: bytes, at: int) -> tuple[str, int]:
    """(number or name, where it ends) of TP-OA."""
    digits, kind = raw[at], raw[at + 1]
    end = at + 2 + (digits + 1) // 2
    body = raw[at + 2 : end]
    if kind & 0x70 == 0x50:  # alphanumeric: packed septets
        return gsm7.text_of(gsm7.unpack(body, digits * 4 // 7)).strip(), end
    codes = [code for octet in body for code in (octet & 0xF, octet >> 4)][:digits]
    number = "".join(_DIGITS[code] for code in codes if code < len(_DIGITS))
    return ("+" if kind & 0x70 == 0x10 else "") + number, end


def _concatenation(header: bytes) -> tuple[int, int, int]:
    """(reference, how many, which) of the user data header; (0, 1, 1) of a message alone."""
    at = 1
    while at + 1 < len(header):
        kind, body = header[at], header[at + 2 : at + 2 + header[at + 1]]
        if (kind, len(body)) in ((0x00, 3), (0x08, 4)):
            total, index = body[-2:]
            if 1 <= index <= total and total > 1:
                return int.from_bytes(body[:-2], "big"), total, index
        at += 2 + header[at + 1]
    return 0, 1, 1


def _read_text(coding: int, data: bytes, header: bytes, length: int) -> str:
    kind = alphabet(coding)
    if kind == "gsm":
        fill = -8 * len(header) % 7
        count = length - (8 * len(header) + fill) // 7
        return gsm7.text_of(gsm7.unpack(data[len(header) :], max(0, count), fill))
    body = data[len(header) : length]
    if kind == "binary":
        return body.decode("latin-1")
    return "".join(chr(body[at] << 8 | body[at + 1]) for at in range(0, len(body) - 1, 2))


def alphabet(coding: int) -> str:
    """`gsm`, `binary` or `ucs2` of a data coding scheme (23.038 §4)."""
    group = coding >> 4
    if group < 0x8:
        return ("gsm", "binary", "ucs2", "gsm")[coding >> 2 & 0x3]
    if group == 0xE:
        return "ucs2"
    return "binary" if group == 0xF and coding & 0x04 else "gsm"


def join(texts: list[str]) -> str:
    """Parts put together; a letter that was torn between two is whole again, half a letter is a mark."""
    units = "".join(texts).encode("utf-16-be", "surrogatepass")
    return units.decode("utf-16-be", "replace")


def stamp_of(raw: bytes) -> str:
    """TP-SCTS as ISO 8601: swapped digits, offset in quarters of an hour (23.040 §9.2.3.11)."""
    if len(raw) != 7:
        return ""
    year, month, day, hour, minute, second, quarters = (
        (octet & 0xF) * 10 + (octet >> 4) for octet in (*raw[:6], raw[6] & 0xF7)
    )
    east = -1 if raw[6] & 0x08 else 1
    try:
        zone = timezone(east * timedelta(minutes=15 * quarters))
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone).isoformat()
    except ValueError:
        return ""
