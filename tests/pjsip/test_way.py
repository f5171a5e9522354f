"""A pinned address is left by its own interface, whatever the routes say, and without any right to do so."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ranin.sim.farend.namespace import Namespace

_TRIAL = """
import os, socket, sys
import pjsua2 as pj
endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.uaConfig.threadCnt = 0
config.logConfig.level = config.logConfig.consoleLevel = 0
endpoint.libInit(config)
pinned, ip = sys.argv[1] == "pinned", sys.argv[2]
print("index", pj.ranin_way_pin(ip))
if not pinned:
    pj.ranin_way_unpin(ip)
transport = pj.TransportConfig()
transport.boundAddress = ip
endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
for entry in os.listdir("/proc/self/fd"):
    try:
        made = socket.socket(fileno=os.dup(int(entry)))
    except OSError:
        continue
    if made.family == socket.AF_INET and made.getsockname()[0] == ip:
        device = made.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
        print("device", device.rstrip(b"\\0").decode() or "none")
    made.close()
print("nobody", pj.ranin_way_pin("192.0.2.1"), pj.ranin_way_pin("no address"))
endpoint.libDestroy()
"""


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    made = Namespace()
    yield made
    made.remove()


def said(how: str, ip: str) -> str:
    """What a process without any capability finds."""
    stripped = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
    command = (*stripped, sys.executable, "-c", _TRIAL, how, ip)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_pinned_address_binds_its_sockets_to_its_interface(namespace: Namespace) -> None:
    out = said("pinned", namespace.host_ip)
    index = int(Path(f"/sys/class/net/{namespace.link}/ifindex").read_text())
    assert f"index {index}\n" in out and f"device {namespace.link}\n" in out and "nobody 0 0\n" in out


def test_an_address_that_is_not_pinned_is_left_to_the_routes(namespace: Namespace) -> None:
    assert "device none\n" in said("not pinned", namespace.host_ip)
