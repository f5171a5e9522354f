"""How the engine is set up, and PJSIP's own configuration made from it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pjsua2 as pj

from ranin import __version__

BRIDGE_RATE = 16000
"""Rate of the conference bridge in Hz: wideband, what a handset can carry."""
FRAME_MS = 10
RECORD_LATENCY_MS = 20
PLAY_LATENCY_MS = 20
MOST_CALLS = 16
DSCP_VOICE = 46
"""EF (RFC 3246): RTP and RTCP."""
DSCP_SIGNALLING = 24
"""CS3: SIP, as desk phones and the switches they hang on have it (RFC 4594 would say CS5)."""


ECHO_CANCELLER = pj.PJMEDIA_ECHO_SPEEX
ECHO_TAIL_MS = 128
"""How long a small room answers a loudspeaker; a longer filter learns more slowly."""


@dataclass(frozen=True, slots=True)
class Route:
    """ALSA PCMs where the person listens and speaks."""

    playback: str
    capture: str
    echo_tail_ms: int = 0
    """Echo that the canceller takes away; 0: none runs."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    routes: Mapping[str, Route]
    """By the names of ConnectEar.route; `handset` is always there."""
    card_rate: int


def mark(config: pj.TransportConfig, dscp: int) -> None:
    """Have the sockets of a transport mark what they send (RFC 2474)."""
    config.qosParams.flags = pj.PJ_QOS_PARAM_HAS_DSCP
    config.qosParams.dscp_val = dscp


def endpoint_config(options: Options) -> pj.EpConfig:
    """PJSIP tuned for a handset: no thread of its own for SIP, short sound buffers."""
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = MOST_CALLS
    config.uaConfig.userAgent = f"Ranin/{__version__}"
    config.logConfig.level = 2
    config.logConfig.consoleLevel = 0
    config.logConfig.filename = "/dev/stderr"
    config.logConfig.fileFlags = pj.PJ_O_APPEND  # else it empties the file that our stderr may be
    config.logConfig.msgLogging = 0
    _tune_media(config.medConfig, options)
    return config


def _tune_media(media: pj.MediaConfig, options: Options) -> None:
    media.clockRate = BRIDGE_RATE
    media.sndClockRate = options.card_rate
    media.channelCount = 1
    media.audioFramePtime = FRAME_MS
    media.sndRecLatency = RECORD_LATENCY_MS
    media.sndPlayLatency = PLAY_LATENCY_MS
    media.sndAutoCloseTime = 1
    media.ecTailLen = 0
    media.noVad = True
    # Zero as a beginning would switch PJSIP's adaptation off (jbuf.c); 20 ms is one packet, which has to come anyway.
    media.jbInit = 20
    media.jbMinPre = 10
    media.jbMaxPre = 150
    media.jbMax = 500
    media.maxMediaPorts = 32
