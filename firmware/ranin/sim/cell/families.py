"""What differs between the simulated modems, as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """What differs between modems."""

    identity: tuple[str, ...]
    model: str
    boot: tuple[str, ...]
    attempts: str
    """Command that tells the PIN's attempts."""
    attempts_line: str
    own: frozenset[str]
    """Further commands that it knows and answers with OK."""
    packet: bool = True
    """Knows +CEREG and +CESQ."""
    act: int = 7


FAMILIES = {
    "SIM7600": Family(
        ("Manufacturer: SIMCOM INCORPORATED", "Model: SIMCOM_SIM7600G-H", "Revision: SIM7600M22_V2.0"),
        "SIMCOM_SIM7600G-H",
        ("*ATREADY: 1", "SMS DONE", "PB DONE"),
        "+SPIC",
        "+SPIC: {left},10,0,10",
        frozenset({"+CVHU"}),
    ),
    "EC25": Family(
        ("Quectel", "EC25", "Revision: EC25EFAR06A11M4G"),
        "EC25",
        ("RDY", "+QIND: SMS DONE", "+QIND: PB DONE"),
        "+QPINC",
        '+QPINC: "SC",{left},10',
        frozenset({"^DSCI"}),
    ),
    "SIM800": Family(
        ("SIM800 R14.18",),
        "SIMCOM_SIM800L",
        ("RDY", "+CFUN: 1", "Call Ready", "SMS Ready"),
        "+SPIC",
        "+SPIC: {left},10,3,10",
        frozenset({"+CLTS"}),
        packet=False,
        act=0,
    ),
}
