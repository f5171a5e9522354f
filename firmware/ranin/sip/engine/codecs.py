"""Which codecs are offered: PJSIP has one list for all lines, and each line's SDP keeps its own of it."""

from collections.abc import Iterable

import pjsua2 as pj

from ranin.sip.engine.lines import Line
from ranin.sip.translate import codec_of

_HIGHEST = 250


def offer(endpoint: pj.Endpoint, common: tuple[str, ...], lines: Iterable[Line]) -> None:
    """Enable what any line uses, in the order of `common`, and have each line offer and answer its own alone."""
    lines = tuple(lines)
    wanted = list(dict.fromkeys((*common, *(name for line in lines for name in line.order.account.codecs))))
    for info in endpoint.codecEnum2():
        name = codec_of(info.codecId)
        usable = name in wanted and not info.codecId.endswith("44100/1")
        endpoint.codecSetPriority(info.codecId, _HIGHEST - wanted.index(name) if usable else 0)
    for line in lines:
        pj.ranin_media_codecs(line.getId(), ",".join(line.order.account.codecs or common))
