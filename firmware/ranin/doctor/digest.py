"""Answering a digest challenge (pure; RFC 8760, RFC 7616)."""

import hashlib
import re

ALGORITHMS = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
COUNT = "00000001"


def challenge(header: str) -> dict[str, str]:
    """The parameters of a WWW-Authenticate header by their names in small letters; empty for what is no Digest."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    return {match[1].lower(): match[2] if match[2] is not None else match[3] for match in _PARAMETER.finditer(rest)}


def authorization(asked: dict[str, str], method: str, uri: str, user: str, password: str, cnonce: str) -> str:
    """The value of the Authorization header. Raises ValueError for an algorithm that nobody here knows."""
    name = asked.get("algorithm", "MD5").upper()
    if name not in ALGORITHMS:
        raise ValueError(f"the server wants the digest {name}")
    realm, nonce = asked.get("realm", ""), asked.get("nonce", "")

    def digest(text: str) -> str:
        return ALGORITHMS[name](text.encode()).hexdigest()

    first, second = digest(f"{user}:{realm}:{password}"), digest(f"{method}:{uri}")
    with_count = "auth" in re.split(r"[\s,]+", asked.get("qop", ""))
    middle = f"{nonce}:{COUNT}:{cnonce}:auth" if with_count else nonce
    words = [f'username="{user}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{uri}"', f"algorithm={name}"]
    words.append(f'response="{digest(f"{first}:{middle}:{second}")}"')
    words += [f'cnonce="{cnonce}"', f"nc={COUNT}", "qop=auth"] if with_count else []
    words += [f'opaque="{asked["opaque"]}"'] if "opaque" in asked else []
    return "Digest " + ", ".join(words)
