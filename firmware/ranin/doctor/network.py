"""The network: which links there are, and whether the first line's server answers over each."""

import contextlib
import tempfile
from pathlib import Path

from ranin.core.outage import Link, LinkProbed
from ranin.core.settings import Account
from ranin.doctor.bench import Bench, Findings
from ranin.doctor.finding import Finding, State
from ranin.network import asker, interfaces, links
from ranin.network.interfaces import Interface
from ranin.network.locator import Locator
from ranin.network.names import Names

TODO = {
    **dict.fromkeys(asker.NO_CARRIER.values(), "plug the cable in at both ends; for Wi-Fi check name and password"),
    asker.NO_ADDRESS: "no DHCP server answered: is the router on?",
    asker.NO_NAME: "is the line's domain written right? Else DNS is dead: `resolvectl status`",
    asker.SILENT: 'a firewall may drop SIP: allow its port, or set `transport = "tls"`',
    asker.OVERLOADED: "wait; a `backup` server would take over",
    asker.FOREIGN: "log in to this network with a browser",
}
"""What the prober's words ask for."""
NAMES = {Link.ETHERNET: "Ethernet", Link.WIFI: "Wi-Fi", Link.LTE: "LTE data"}
TRIES = 2
"""The first may be lost on the wire."""


async def check_network(bench: Bench) -> Findings:
    """Ask over every link that the machine has."""
    try:
        present = interfaces.interfaces()
    except OSError as error:
        return [Finding("network", State.SKIPPED, f"the kernel does not list its interfaces: {error}")]
    found = (
        links.find(present, bench.sys / "class" / "net")
        if bench.devices is None
        else links.named(present, bench.devices)
    )
    if not found:
        return [Finding("network", State.WRONG, "there is no interface", "plug a cable in, or set up Wi-Fi")]
    if not bench.settings.accounts:
        return [judge_interface(link, interface) for link, interface in found.items()]
    account = bench.settings.accounts[0]
    return [judge_link(await _ask(account, link, interface), interface.name) for link, interface in found.items()]


async def _ask(account: Account, link: Link, interface: Interface) -> LinkProbed:
    with tempfile.TemporaryDirectory(prefix="ranin-") as folder:
        names = Names(Path(folder) / "names.json")
        asking = asker.Asker(account, link, interface, names, Locator(Path(folder) / "servers.json").find)
        with contextlib.closing(asking):
            said = await asking.ask()
            for _ in range(TRIES - 1):
                said = said if said.alive else await asking.ask()
        await names.close()
    return said


def judge_interface(link: Link, interface: Interface) -> Finding:
    """Without a line there is no server to ask."""
    part = f"network, {NAMES[link]}"
    reason = "" if interface.addresses else asker.NO_ADDRESS
    reason = reason if interface.carrier else asker.NO_CARRIER[link]
    if reason:
        return Finding(part, State.WRONG, f"{interface.name}: {reason}", TODO[reason])
    return Finding(part, State.WELL, f"{interface.name} has {interface.addresses[0]}")


def judge_link(said: LinkProbed, name: str) -> Finding:
    """What the first line's server answered."""
    part = f"network, {NAMES[said.link]}"
    if said.alive:
        return Finding(part, State.WELL, f"{name}: the server answers")
    todo = TODO.get(said.reason, "see the line's `authority`, `server` and the clock")
    return Finding(part, State.WRONG, f"{name}: {said.reason}", todo)
