"""What a person can set, as the core reads it; files and pages live in `config`."""

from dataclasses import dataclass

from ranin.core.numbers import normal
from ranin.core.pages import PagingSettings


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


def split(text: str, usual: int) -> tuple[str, int]:
    """(host, port) of `host`, `host:port`, `[address]` or `[address]:port`."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest[1:] or usual)
    host, _, port = text.partition(":")
    return host, int(port or usual)


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
    backup: str = ""
    """Host or host:port of another one, for when that does not answer; empty: none."""
    proxy: str = ""
    """Host or host:port that every message goes through (RFC 3261 §8.1.2); empty: none."""
    transport: str = "udp"
    """`udp`, `tcp` or `tls`, where the server must prove its name."""
    authority: str = ""
    """PEM: whom alone to believe who the server is; empty: whom the system believes."""
    expires_s: int = 300
    """Registration life asked for (RFC 3261 §10.2.1.1)."""
    display_name: str = ""
    """Name that callees see; empty: none."""
    voicemail: str = ""
    """Number that the message key dials."""
    rtt: bool = False
    """Text is sent and read while talking (RFC 4103), where the other side has it."""
    dtmf: str = "rfc4733"
    """`rfc4733` or `info`."""
    srtp: str = "off"
    """`off`, `optional` or `required`."""
    srtp_keys: str = "sdes"
    """How they are agreed on: `sdes` (RFC 4568) or `dtls` (RFC 5764)."""
    keepalive_s: int = 15
    """How often a NAT is kept open over UDP, in seconds; 0: never."""
    ice: bool = False
    """Sound finds its way by ICE (RFC 8445)."""
    stun: str = ""
    """Host or host:port of a STUN server (RFC 8489), which tells ICE our address outside; empty: none."""
    turn: str = ""
    """Host or host:port of a TURN server (RFC 8656), which carries sound where nothing else does; empty: none."""
    turn_user: str = ""
    turn_password: Secret = Secret()
    codecs: tuple[str, ...] = ()
    """As `Settings.codecs`, for this line alone; none: those."""
    ring_melody: str = ""
    """How its calls ring; empty: as `Settings.ring_melody`."""
    pickup_code: str = ""
    """Dialled before a number to pick up the call that rings there; empty: not offered."""
    hide_number: bool = False
    """Its calls do not say who calls (RFC 3323, RFC 3325), but for those for help."""
    park: tuple[str, ...] = ()
    """The places (orbits) at the server where a call may be parked; none: it is not offered."""
    follow_transfers: bool = False
    """Whoever we talk to may have this phone call somebody else instead (REFER), at this line's cost."""
    forward_always: str = ""
    """Who is rung instead of this phone, by a 302 of our own (RFC 3261 §21.3.3); empty: nobody."""
    forward_busy: str = ""
    """Who is rung while this phone is busy; empty: nobody."""
    forward_no_answer: str = ""
    """Who is rung when nobody picks up here; empty: nobody."""
    no_answer_s: int = 20
    """How long this phone rings before `forward_no_answer` is."""

    @property
    def place(self) -> tuple[str, int]:
        """(host, port) where it registers first: the proxy's, the server's or the domain's."""
        return self.places[0]

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """`place`, and after it the backup's."""
        return tuple(self._place(text) for text in self.servers)

    @property
    def servers(self) -> tuple[str, ...]:
        """As `places`, in the words of the settings: what has no port may have one in DNS (RFC 3263 §4.2)."""
        first = self.proxy or self.server or self.domain
        return (first, self.backup) if self.backup else (first,)

    def _place(self, text: str) -> tuple[str, int]:
        return split(text, 5061 if self.transport == "tls" else 5060)  # RFC 3261 §19.1.2


MOST_LINES = 16
"""How many accounts a phone may have."""


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
    gateway: bool = False
    """Carry outgoing calls of the others over the modem."""

    @property
    def usable(self) -> bool:
        """Whether it is wanted, and says what a phone needs to prove itself."""
        return bool(self.enabled and self.certificate and self.key)


@dataclass(frozen=True, slots=True)
class LockSettings:
    """The keypad lock."""

    pin: Secret = Secret()
    """What `core.pin` keeps of the PIN; empty: the keypad is never locked."""
    after_min: int = 0
    """Minutes without a touch until it locks itself; 0: only by hand."""


@dataclass(frozen=True, slots=True)
class DialRule:
    """Numbers that go out by a line of their own."""

    prefix: str = ""
    """How they begin; empty: the rule is for none."""
    line: int = 1
    """The first is 1."""
    strip: bool = False
    """The prefix is for the phone alone, and not sent."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who is known by name."""

    name: str = ""
    number: str = ""
    melody: str = ""
    """How their calls ring; empty: as the line's do."""
    speed: str = ""
    """The digit that calls them when it is held, 1 to 9; empty: none."""
    always: bool = False
    """They ring though nobody is to disturb."""
    intercom: bool = False
    """Their call may be answered by the phone itself, when it asks for that."""
    line: int = 0
    """The line by which they are called, the first is 1; 0: as every number."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration the core acts on."""

    accounts: tuple[Account, ...] = ()
    watch: tuple[Watch, ...] = ()
    language: str = "en"
    """What the display says is said in, a code of `core.text`."""
    country: str = "FR"
    """ISO 3166 code of the tone table."""
    digit_map: str = "[0-9*].T"
    """RFC 3435 §2.1.5 digit map."""
    digit_timeout_s: float = 4.0
    """The digit map's T: how long to wait for one more digit."""
    hash_dials: bool = True
    """# sends the number at once instead of being part of it."""
    default_line: int = 1
    """The line that calls go out by where nothing else decides; the first is 1."""
    rules: tuple[DialRule, ...] = ()
    codecs: tuple[str, ...] = ("opus", "G722", "PCMA", "PCMU")
    """In order of preference, RFC 3551 names."""
    handset_volume: int = 6
    """0 to 10."""
    ringer_volume: int = 6
    """0 (silent) to 10."""
    ring_melody: str = "classic"
    call_waiting: bool = True
    """Others may ring while the handset is in use; else they are told busy."""
    contacts: tuple[Contact, ...] = ()
    do_not_disturb: bool = False
    """Nobody rings but contacts that always may."""
    reject_anonymous: bool = False
    """Callers who do not say who they are do not ring (RFC 5079)."""
    reject_suspected: bool = False
    """Callers whose number the server found to be false do not ring."""
    hide_number: bool = False
    """As `Account.hide_number`, for every line."""
    hide_code: str = ""
    """Dialled before a number, it hides ours for that call; empty: there is none."""
    hands_free: str = "off"
    """What the speaker key is for: `speaker`, `headset`, or `off` where the phone has neither."""
    hotline: str = ""
    """Called when the handset is lifted and nothing is dialled; empty: nobody."""
    hotline_after_s: float = 0.0
    """How long lifting waits for a digit before it calls the hotline."""
    forward: ForwardSettings = ForwardSettings()
    modem: CellSettings = CellSettings()
    lan: LanSettings = LanSettings()
    lock: LockSettings = LockSettings()
    paging: PagingSettings = PagingSettings()

    def account(self, line: int) -> Account:
        """The account of that line; an empty one for a line that has none (the modem, the LAN)."""
        return self.accounts[line] if 0 <= line < len(self.accounts) else Account()

    def contact(self, number: str) -> Contact | None:
        """Who has this number, however its country is written."""
        wanted = normal(number, self.country)
        return next((who for who in self.contacts if wanted and normal(who.number, self.country) == wanted), None)

    def melody(self, line: int) -> str:
        """How a call on that line rings; a line without an account (the modem, the LAN) as all do."""
        own = self.accounts[line].ring_melody if 0 <= line < len(self.accounts) else ""
        return own or self.ring_melody
