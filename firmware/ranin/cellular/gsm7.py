"""The GSM 7-bit default alphabet and its extension (pure; 3GPP TS 23.038 §6.2.1)."""

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
ESCAPE = 0x1B

_CODES = {letter: (code,) for code, letter in enumerate(BASIC) if code != ESCAPE} | {
    letter: (ESCAPE, code) for code, letter in EXTENDED.items()
}


def septets(text: str) -> list[tuple[int, ...]]:
    """The one or two septets of each letter. Raises ValueError for a letter outside the alphabet."""
    try:
        return [_CODES[letter] for letter in text]
    except KeyError as error:
        raise ValueError(f"{error.args[0]!r} is not in the GSM alphabet") from error


def text_of(codes: list[int]) -> str:
    """Text of septets; an unknown extension is shown as its basic letter (23.038 §6.2.1.1)."""
    found, escaped = [], False
    for code in codes:
        if code == ESCAPE and not escaped:
            escaped = True
            continue
        basic = BASIC[code] if code != ESCAPE else " "
        found.append(EXTENDED.get(code, basic) if escaped else basic)
        escaped = False
    return "".join(found)


def pack(codes: list[int], fill_bits: int = 0) -> bytes:
    """Septets in octets, least significant bit first, after `fill_bits` zero bits (23.038 §6.1.2.1)."""
    bits = sum(code << (7 * index) for index, code in enumerate(codes)) << fill_bits
    return bits.to_bytes((7 * len(codes) + fill_bits + 7) // 8, "little")


def unpack(data: bytes, count: int, fill_bits: int = 0) -> list[int]:
    """At most `count` septets of octets; fewer when there are not so many bits."""
    bits = int.from_bytes(data, "little") >> fill_bits
    whole = max(0, (8 * len(data) - fill_bits) // 7)
    return [bits >> (7 * index) & 0x7F for index in range(min(count, whole))]
