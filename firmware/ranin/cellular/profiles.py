"""What modems do each in their own way, as data."""

import re
from dataclasses import dataclass
from enum import Enum


class Sound(Enum):
    """How a modem hands over the voice of a call."""

    SERIAL = "serial"
    """Raw S16_LE mono on a serial port of its own."""
    CARD = "card"
    """A USB sound card."""
    NONE = "none"
    """Analogue pins only."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One family of modems."""

    name: str
    models: str
    """Regular expression that ATI or +CGMM matches."""
    usb: tuple[str, ...] = ()
    """USB `vendor:product` of its ports."""
    at_interface: int = 0
    """USB interface number of the AT port; ttyUSBn numbers change with every plug."""
    sound_interface: int = 0
    """USB interface number of the voice's serial port."""
    init: tuple[str, ...] = ()
    """Sent once after identification; one that fails is left out."""
    attempts: tuple[str, ...] = ("AT+CPINR",)
    """Commands that tell how often a PIN may still be wrong."""
    card_number: str = "AT+CCID"
    """Command that tells the SIM's ICCID."""
    clock: str = "AT+CCLK?"
    """Command that tells the network's local time and its offset."""
    hang_up: tuple[str, ...] = ("AT+CHUP", "ATH")
    """The second is tried when the first leaves the call alive."""
    dial_within_s: float = 90.0
    """For the answer to ATD: some give it when the other side answers."""
    sound: Sound = Sound.NONE
    before_call: tuple[str, ...] = ()
    """Sent before ATD and ATA."""
    voice_wait_s: float = 0.0
    """Between the answer and `voice_start`."""
    voice_start: tuple[str, ...] = ()
    voice_end: tuple[str, ...] = ()
    pcm: str = ""
    """ALSA PCM of its sound card."""
    rate: int = 8000


SIM7600 = Profile(
    "SIM7600",
    r"SIM7[56]00",
    usb=("1e0e:9001",),
    at_interface=2,
    sound_interface=4,
    init=("AT+CVHU=0", "AT+CTZU=1", "AT+CPCMREG=0"),
    attempts=("AT+CPINR", "AT+SPIC"),
    card_number="AT+CICCID",
    dial_within_s=10.0,
    sound=Sound.SERIAL,
    voice_wait_s=0.15,  # CPCMREG fails in the first 100 ms of a call
    voice_start=("AT+CPCMREG=1",),
    voice_end=("AT+CPCMREG=0",),
)
"""SIMCom SIM7500 and SIM7600 (SIM7500_SIM7600 Series AT Command Manual, +CPCMREG)."""

EC25 = Profile(
    "EC25",
    r"\bE[CG]2[15]",
    usb=("2c7c:0125", "2c7c:0121"),
    at_interface=2,
    init=("AT+CTZU=1", "AT^DSCI=1", "AT+QPCMV=0"),
    attempts=("AT+CPINR", "AT+QPINC?"),
    card_number="AT+QCCID",
    clock="AT+QLTS=2",  # +CCLK is UTC or local by +CTZU; this one says local
    dial_within_s=10.0,
    sound=Sound.CARD,
    before_call=("AT+QPCMV=1,2",),
    voice_end=("AT+QPCMV=0",),
    pcm="plughw:CARD=Android",
)
"""Quectel EC21, EC25 and EG25 (EC25 Series AT Commands Manual, +QPCMV; +QCFG="USBCFG" enables the card once)."""

SIM800 = Profile(
    "SIM800",
    r"SIM[89]\d\d",
    init=("AT+CLTS=1",),
    attempts=("AT+SPIC",),
    hang_up=("ATH", "AT+CHUP"),
    dial_within_s=10.0,
)
"""SIMCom SIM800 and SIM900: 2G, analogue sound (SIM800 Series AT Command Manual)."""

UNKNOWN = Profile("unknown", r"")
"""Any other modem: the standard commands of 3GPP TS 27.007 and 27.005, no voice for the handset."""

PROFILES = (SIM7600, EC25, SIM800)


def profile_of(identity: str) -> Profile:
    """The family that the lines of ATI and +CGMM name."""
    return next((row for row in PROFILES if re.search(row.models, identity, re.IGNORECASE)), UNKNOWN)
