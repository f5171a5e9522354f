"""Networks between this machine and the far end, as Ethernet, Wi-Fi and LTE, each with what can go wrong with it.

    this machine  device ── front  router  back ── server's namespace
                  /30, 198.18.0.0/16        /30, 198.51.100.0/24      the server's own address, 198.19.0.0/16

Each router is a namespace of its own, whose owner's end ends it (`namespace.sweep`).
"""

import contextlib
import ipaddress
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ranin.core.outage import Link
from ranin.sim.farend import answerer
from ranin.sim.farend.answerer import Answer, Answerer
from ranin.sim.farend.namespace import Namespace, free_network, ip_command, last_resort

NAME = "sip.ranin.test"
"""What each network's resolver calls the server (RFC 6761: never a real name)."""
METRICS = {Link.ETHERNET: 100, Link.WIFI: 600, Link.LTE: 700}
"""The route metrics that NetworkManager gives."""
_SIP, _DNS = 5060, 53
SERVER = "server"
"""The interface in the server's namespace that has its address."""
_TRANSLATION = (
    "add table ip ranin; add chain ip ranin out { type nat hook postrouting priority srcnat; }; "
    'add rule ip ranin out oifname "back" masquerade fully-random'
)
"""nft(8); in the router's own namespace, which takes it along when it goes."""
_BEFORE_MAIN = 100
"""Priority of the rules by which a router drops."""


class Network:
    """One way from this machine to the server; its switches take effect at once."""

    def __init__(self, link: Link, router: Namespace, serial: int, server: Namespace, server_ip: str) -> None:
        self.link = link
        self._server = server
        self._server_ip = server_ip
        self._router = router
        self.device = self._router.link
        """The phone's interface."""
        self.address, self.gateway = self._router.host_ip, self._router.inner_ip
        """The phone's own address on it, and the router's, which is its resolver too."""
        base = ipaddress.ip_address("198.51.100.0") + 4 * serial
        self._back_ip, self._inner_ip = str(base + 1), str(base + 2)
        self._inner = f"net{serial}"
        self._impostor: Answerer | None = None
        self._resolver: Answerer | None = None
        self.silent = False
        """The router drops everything."""
        self.plugged = True
        """The cable is in."""
        self._connect()
        self._route()
        self.dns_alive()

    def _connect(self) -> None:
        """Lay the cable between router and server, and let the router route."""
        self._in_router(f"link add back type veth peer name {self._inner} netns {self._server.name}")
        self._in_router("link set back up")
        self._in_server(f"addr add {self._inner_ip}/30 dev {self._inner}")
        self._in_server(f"link set {self._inner} up")
        self._number_back()
        with self._router.inside():
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        Path(f"/proc/sys/net/ipv4/conf/{self.device}/rp_filter").write_text("2")  # the best way back is another link's

    def _number_back(self) -> None:
        self._in_router(f"addr add {self._back_ip}/30 dev back")
        self._in_router(f"route add {self._server_ip} via {self._inner_ip}")

    def _route(self) -> None:
        """Lead there over this network, and back."""
        there = f"{self._server_ip} via {self.gateway} dev {self.device} metric {METRICS[self.link]}"
        ip_command("route", "replace", *there.split())
        subnet = ipaddress.ip_network(f"{self.address}/30", strict=False)
        self._in_server(f"route replace {subnet} via {self._back_ip} dev {self._inner} src {self._server_ip}")

    def pull(self) -> None:
        """Take the cable out; as a network manager does then, address and routes go too."""
        self._in_router(f"link set {self._router.inner} down")
        ip_command("addr", "flush", "dev", self.device)
        self.plugged = False

    def plug(self) -> None:
        """Put the cable in again; the same address comes back."""
        self._in_router(f"link set {self._router.inner} up")
        ip_command("addr", "replace", f"{self.address}/30", "dev", self.device)
        self._route()
        self.plugged = True

    def silence(self) -> None:
        """Have the router drop everything between phone and server without a word."""
        if not self.silent:
            self._rules("add")
        self.silent = True

    def speak(self) -> None:
        """End `silence`."""
        if self.silent:
            self._rules("del")
        self.silent = False

    def _rules(self, verb: str) -> None:
        for device in (self._router.inner, "back"):
            self._in_router(f"rule {verb} iif {device} priority {_BEFORE_MAIN} blackhole")

    def renumber(self) -> str:
        """Give the phone another address, as a new lease does; the address."""
        old = self.address
        self.address, self.gateway = free_network()
        self._in_router(f"addr add {self.gateway}/30 dev {self._router.inner}")
        ip_command("addr", "add", f"{self.address}/30", "dev", self.device)
        self._route()
        ip_command("addr", "del", f"{old}/30", "dev", self.device)
        return self.address

    def stranger(self) -> socket.socket:
        """A stream socket of somebody else on the phone's side of the router."""
        return self._router.open_socket(socket.SOCK_STREAM)

    def portal(self) -> None:
        """Have a log-in page answer in the server's place."""
        self._pretend(answerer.log_in_page)

    def busy(self) -> None:
        """Have 503 answered in the server's place."""
        self._pretend(answerer.too_busy)

    def honest(self) -> None:
        """End `portal` and `busy`."""
        if self._impostor is not None:
            self._impostor.close()
            self._impostor = None
            self._in_router(f"addr del {self._server_ip}/32 dev lo")

    def _pretend(self, answer: Answer) -> None:
        self.honest()
        self._in_router(f"addr add {self._server_ip}/32 dev lo")
        self._impostor = Answerer(self._router, self._server_ip, _SIP, answer)

    def translate(self) -> None:
        """Have the router hide the phone behind its own address (NAT) until the network ends."""
        self._router.order("nft", _TRANSLATION)

    def rebind(self) -> None:
        """Have a translating router forget its bindings: what the phone sends next comes from another port."""
        self._in_router(f"addr del {self._back_ip}/30 dev back")  # by this the kernel drops them
        self._number_back()
        self._route()

    def dns_dead(self) -> None:
        """Have the resolver say nothing any more."""
        self._resolve(lambda asked: b"")

    def dns_alive(self) -> None:
        """End `dns_dead`."""
        self._resolve(answerer.resolver(NAME, self._server_ip))

    def _resolve(self, answer: Answer) -> None:
        if self._resolver is not None:
            self._resolver.close()
        self._resolver = Answerer(self._router, "0.0.0.0", _DNS, answer)  # noqa: S104 inside the router alone

    def close(self) -> None:
        """Answer nothing any more."""
        for place in (self._impostor, self._resolver):
            if place is not None:
                place.close()

    def _in_router(self, words: str) -> None:
        ip_command("-n", self._router.name, *words.split())

    def _in_server(self, words: str) -> None:
        ip_command("-n", self._server.name, *words.split())


class Networks(Mapping[Link, Network]):
    """The networks that lead to a server's namespace."""

    def __init__(self, server: Namespace, links: Iterable[Link]) -> None:
        self.server_ip = server.inner_ip.replace("198.18.", "198.19.", 1)
        """The server's address, the same over every network."""
        self._server = server
        self._networks: dict[Link, Network] = {}
        self._undo = contextlib.ExitStack()
        with contextlib.ExitStack() as undo:
            undo.enter_context(last_resort(self.server_ip))
            self._place_server()
            for serial, link in enumerate(links):
                router = Namespace()
                undo.callback(router.remove)
                network = self._networks[link] = Network(link, router, serial, server, self.server_ip)
                undo.callback(network.close)
            self._undo = undo.pop_all()

    def _place_server(self) -> None:
        """Give the server its address, on a bridge without ports: baresip passes over a loopback."""
        name = self._server.name
        ip_command("-n", name, "link", "add", SERVER, "type", "bridge")
        ip_command("-n", name, "addr", "add", f"{self.server_ip}/32", "dev", SERVER)
        ip_command("-n", name, "link", "set", SERVER, "up")

    def __getitem__(self, link: Link) -> Network:
        return self._networks[link]

    def __iter__(self) -> Iterator[Link]:
        return iter(self._networks)

    def __len__(self) -> int:
        return len(self._networks)

    @property
    def devices(self) -> dict[Link, str]:
        """The phone's interface of each link."""
        return {link: network.device for link, network in self.items()}

    def close(self) -> None:
        """Remove all of them."""
        self._undo.close()
