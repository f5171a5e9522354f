"""What a person can set about the modem."""

from dataclasses import dataclass

from ranin.core.settings import Secret


@dataclass(frozen=True, slots=True)
class CellSettings:
    """How the modem may be used."""

    pin: Secret = Secret()
    """The SIM's PIN, 4 to 8 digits; empty: the SIM asks for none."""
    roaming_allowed: bool = False
    """Calls and messages in a foreign network, which cost more."""
    emergency: tuple[str, ...] = ()
    """The country's emergency numbers besides 112 and 911."""
    analogue_sound: bool = False
    """The analogue pins of a modem without digital sound are wired to the handset."""
