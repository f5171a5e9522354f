"""What a person can set, as the core reads it; files and pages live in `config`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that never shows itself: logs, journals and screens get `***`."""

    text: str = ""

    def __repr__(self) -> str:
        return "Secret(***)" if self.text else "Secret()"

    def __bool__(self) -> bool:
        return bool(self.text)


Means = tuple[tuple[str, str | Secret], ...]
"""Named values, some of them secret: what a back end needs to carry out an order."""


@dataclass(frozen=True, slots=True)
class Account:
    """One number at one SIP server."""

    label: str = ""
    """Name of the line on the display; empty shows the user."""
    user: str = ""
    """The part of the address before the @ (RFC 3261 §19.1.1)."""
    auth_user: str = ""
    """User name for the digest where it differs from `user`."""
    password: Secret = Secret()
    domain: str = ""
    """The part after the @."""
    server: str = ""
    """Host or host:port of the registrar; empty: the domain."""
    transport: str = "udp"
    """`udp` or `tcp`."""
    expires_s: int = 300
    """Registration life asked for (RFC 3261 §10.2.1.1)."""
    display_name: str = ""
    """Name that callees see; empty: none."""
    voicemail: str = ""
    """Number that the message key dials."""
    dtmf: str = "rfc4733"
    """`rfc4733` or `info`."""
    srtp: str = "off"
    """`off`, `optional` or `required` (SDES, RFC 4568)."""
    pickup_code: str = ""
    """Dialled before a number to pick up the call that rings there; empty: not offered."""

    @property
    def place(self) -> tuple[str, int]:
        """(host, port) of `server`, or of `domain` where that is empty (RFC 3261 §19.1.2: 5060 unless it is said)."""
        server = self.server or self.domain
        if server.startswith("["):
            host, _, rest = server[1:].partition("]")
            return host, int(rest[1:] or 5060)
        host, _, port = server.partition(":")
        return host, int(port or 5060)


@dataclass(frozen=True, slots=True)
class Watch:
    """A colleague, or a list of colleagues at the server, whose state the phone shows."""

    number: str = ""
    """Number or SIP address."""
    name: str = ""
    """As the display says it; empty: what the server says, or the number."""
    line: int = 1
    """The line that watches, the first is 1."""


@dataclass(frozen=True, slots=True)
class ForwardSettings:
    """Who is rung when the phone is unreachable, and by what means that is arranged beforehand."""

    target: str = ""
    """The number that rings; empty: no forward."""
    backend: str = "manual"
    """Name of a back end of `core.forwarding`."""
    lines: tuple[int, ...] = ()
    """Lines that are forwarded, the first is 1; none: every line."""
    numbers: tuple[str, ...] = ()
    """Public numbers that reach this phone: a forward to one of them would be a loop."""
    arm_code: str = "*52"
    """Dialled before the target to forward when unreachable."""
    disarm_code: str = "*53"
    always_code: str = "*72"
    """Dialled before the target to forward every call."""
    always_off_code: str = "*73"
    profile: str = ""
    """Profile of the `http` back end."""
    values: tuple[tuple[str, str], ...] = ()
    """What the profile needs that may be seen."""
    secrets: tuple[tuple[str, Secret], ...] = ()
    """What the profile needs that may not."""
    sms_number: str = ""
    """Who gets the text messages of the `sms` back end."""
    sms_arm: str = "FORWARD {target}"
    sms_disarm: str = "FORWARD OFF"
    sms_always: str = ""
    """Empty: not offered."""
    sms_always_off: str = ""
    sim_number: str = ""
    """The SIM's own number."""
    sim_target: str = ""
    """The number that rings when the SIM is not reachable; empty: none."""


@dataclass(frozen=True, slots=True)
class CellSettings:
    """How the modem may be used."""

    pin: Secret = Secret()
    """The SIM's PIN, 4 to 8 digits; empty: the SIM asks for none."""
    roaming_allowed: bool = False
    """Calls and messages in a foreign network, which cost more."""
    analogue_sound: bool = False
    """The analogue pins of a modem without digital sound are wired to the handset."""
    emergency: tuple[str, ...] = ()
    """Emergency numbers besides 112 and 911; the core knows them by the country."""


@dataclass(frozen=True, slots=True)
class LanSettings:
    """Calls between the phones of one provisioning while their server is not reached."""

    enabled: bool = False
    number: str = ""
    """What the others dial; empty: the first line's user."""
    port: int = 5061
    """Where this phone listens (TLS over TCP)."""
    certificate: str = ""
    """PEM, the same on all phones of the provisioning: the only one they trust."""
    key: Secret = Secret()
    """PEM, the certificate's private key."""

    @property
    def usable(self) -> bool:
        """Whether it is wanted, and says what a phone needs to prove itself."""
        return bool(self.enabled and self.certificate and self.key)


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration the core acts on."""

    accounts: tuple[Account, ...] = ()
    watch: tuple[Watch, ...] = ()
    country: str = "FR"
    """ISO 3166 code of the tone table."""
    digit_map: str = "[0-9*].T"
    """RFC 3435 §2.1.5 digit map."""
    digit_timeout_s: float = 4.0
    """The digit map's T: how long to wait for one more digit."""
    hash_dials: bool = True
    """# sends the number at once instead of being part of it."""
    codecs: tuple[str, ...] = ("opus", "G722", "PCMA", "PCMU")
    """In order of preference, RFC 3551 names."""
    handset_volume: int = 6
    """0 to 10."""
    ringer_volume: int = 6
    """0 (silent) to 10."""
    ring_melody: str = "classic"
    forward: ForwardSettings = ForwardSettings()
    modem: CellSettings = CellSettings()
    lan: LanSettings = LanSettings()
