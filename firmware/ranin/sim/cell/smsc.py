"""The service centre's end of text messages: reads SUBMIT, writes DELIVER (3GPP TS 23.040 §9.2.2)."""

from ranin.cellular import gsm7

STAMP = bytes.fromhex("62907041031580")
"""2026-09-07 14:30:51 at +02:00."""
_PART = 60
"""UCS2 letters in a part, well below what fits."""


def read_submit(text: str) -> tuple[str, str, int, int]:
    """(number, text, which part, how many) of a PDU with its service centre."""
    raw = bytes.fromhex(text)
    at = 1 + raw[0]
    has_header, digits = raw[at] & 0x40, raw[at + 2]
    end = at + 4 + (digits + 1) // 2
    number = "".join(f"{octet & 0xF:x}{octet >> 4:x}" for octet in raw[at + 4 : end])[:digits]
    number = number.replace("a", "*").replace("b", "#")
    coding, length, data = raw[end + 1], raw[end + 3], raw[end + 4 :]
    skip = data[0] + 1 if has_header else 0
    index, total = (data[skip - 1], data[skip - 2]) if skip else (1, 1)
    if coding == 8:
        words = data[skip:length].decode("utf-16-be", "surrogatepass")
    else:
        fill = -8 * skip % 7
        words = gsm7.text_of(gsm7.unpack(data[skip:], length - (8 * skip + fill) // 7, fill))
    return ("+" if raw[at + 3] == 0x91 else "") + number, words, index, total


def deliver(number: str, text: str, ref: int = 7) -> list[str]:
    """The PDUs that bring a text, in UCS2."""
    parts = [text[at : at + _PART] for at in range(0, len(text), _PART)]
    return [_deliver(number, part, ref, index, len(parts)) for index, part in enumerate(parts, 1)]


def _deliver(number: str, text: str, ref: int, index: int, total: int) -> str:
    header = bytes((6, 8, 4, ref >> 8, ref & 0xFF, total, index)) if total > 1 else b""
    body = header + text.encode("utf-16-be")
    digits = number.removeprefix("+")
    padded = digits + "f" * (len(digits) % 2)
    pairs = bytes(int(padded[at + 1] + padded[at], 16) for at in range(0, len(padded), 2))
    sender = bytes((len(digits), 0x91 if number.startswith("+") else 0x81)) + pairs
    first = 0x44 if header else 0x04
    return "00" + (bytes((first,)) + sender + b"\x00\x08" + STAMP + bytes((len(body),)) + body).hex().upper()
