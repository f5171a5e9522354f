"""The machine's own sound in place of the simulated card: handset and ringer on its default ALSA device."""

from pathlib import Path

from ranin.sim.card.card import SimCard

_CONFIG = """\
</usr/share/alsa/alsa.conf>
pcm.handset { type plug slave.pcm "default" hint { show on description "Handset on this machine's sound" } }
pcm.ringer { type plug slave.pcm "default" hint { show on description "Ringer on this machine's sound" } }
"""


class MachineCard(SimCard):
    """Has the names of the simulated card but no rings: what is played is heard in the room, not on the page."""

    def __init__(self, folder: Path) -> None:
        self.pcms = {}
        self.config = folder / "asound.conf"
        self.config.write_text(_CONFIG)
