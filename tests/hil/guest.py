"""The emulated machine, from outside: boots the guest with this checkout in it, and calls what is in `inside`."""

import json
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.hil import PORT, build

ROOT = Path(__file__).parents[2]
BOOT_S = 300
CALL_S = 900
LINE = "console=ttyS0 quiet panic=-1 random.trust_cpu=on mitigations=off no_timer_check tsc=reliable"


class Guest:
    """One machine; `with Guest() as guest: guest.call("kernel")`."""

    def __enter__(self) -> "Guest":
        made = build.guest()
        self._folder = tempfile.TemporaryDirectory(prefix="ranin-hil-")
        work = Path(self._folder.name)
        self._console = work / "console.log"
        self._bring_checkout(made / "root.cpio", work)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(work / "port"))
        listener.listen(1)
        self._machine = subprocess.Popen(self._words(made, work), stdin=subprocess.DEVNULL)
        listener.settimeout(BOOT_S)
        self._socket, _ = listener.accept()
        listener.close()
        self._socket.settimeout(BOOT_S)
        self._channel = self._socket.makefile("rwb")
        self._answer()
        return self

    def _bring_checkout(self, root: Path, work: Path) -> None:
        """This checkout, as it is now, behind the kept root: the kernel unpacks one after the other."""
        shutil.copyfile(root, work / "root.cpio")
        target = work / "checkout/opt/ranin"
        skip = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(ROOT / "firmware", target / "firmware", ignore=skip)
        shutil.copytree(ROOT / "tests/hil", target / "tests/hil", ignore=skip)
        shutil.copy(ROOT / "tests/__init__.py", target / "tests")
        build.pack(work / "checkout", work / "root.cpio")

    def _words(self, made: Path, work: Path) -> list[str]:
        return [
            *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-accel", "tcg", "-cpu", "max", "-m", "1024", "-smp", "1"),
            *("-kernel", str(made / "vmlinuz"), "-initrd", str(work / "root.cpio"), "-append", LINE),
            *("-serial", f"file:{self._console}", "-device", "virtio-serial-pci", "-device", "virtio-rng-pci"),
            *("-chardev", f"socket,id=port,path={work / 'port'}"),
            *("-device", f"virtserialport,chardev=port,name={PORT}"),
        ]

    def call(self, name: str, **arguments: Any) -> Any:
        """Have the guest carry out a function of `inside`. Raises AssertionError with the guest's own words."""
        self._socket.settimeout(CALL_S)
        self._channel.write(json.dumps({"name": name, "arguments": arguments}).encode() + b"\n")
        self._channel.flush()
        return self._answer()

    def _answer(self) -> Any:
        try:
            line = self._channel.readline()
        except TimeoutError:
            line = b""
        if not line:
            said = self._console.read_text("utf-8", "replace")[-3000:]
            raise AssertionError(f"the guest is silent; its console:\n{said}")
        answer = json.loads(line)
        assert "failed" not in answer, answer["failed"]
        return answer["gave"]

    def __exit__(self, *error: object) -> None:
        self._socket.close()
        self._machine.kill()
        self._machine.wait()
        self._folder.cleanup()
