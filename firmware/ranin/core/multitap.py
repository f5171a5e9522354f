"""Typing letters on twelve keys (ITU-T E.161): press again for the next letter."""

SETTLE_S = 1.0
"""A pause this long settles a letter."""

LONGEST = 128

_LETTERS = {
    "1": ".@-_/:1",
    "2": "abc2",
    "3": "def3",
    "4": "ghi4",
    "5": "jkl5",
    "6": "mno6",
    "7": "pqrs7",
    "8": "tuv8",
    "9": "wxyz9",
    "0": " 0",
    "*": "*+?!,;&%$",
    "#": "#",
}

MODES = ("abc", "ABC", "123")


def next_mode(mode: str) -> str:
    """Small letters → capitals → digits → small letters."""
    return MODES[(MODES.index(mode) + 1) % len(MODES)]


def press(text: str, mode: str, last: str, key: str) -> tuple[str, str]:
    """(`text` after `key`, the key still cycling or "").

    `last` is the key whose letters are cycling at the end of `text`.
    """
    if mode == "123":
        return (text + key)[:LONGEST], ""
    letters = _LETTERS[key].upper() if mode == "ABC" else _LETTERS[key]
    if key == last and text:
        following = letters[(letters.index(text[-1]) + 1) % len(letters)]
        return text[:-1] + following, key
    return (text + letters[0])[:LONGEST], key if len(text) < LONGEST else ""
