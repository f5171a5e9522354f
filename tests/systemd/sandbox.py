"""Run a program under what a unit allows it, as systemd would: `python -m tests.systemd.sandbox UNIT PROGRAM…`.

System calls, address families, memory that is written and run, real-time limit and capabilities are the kernel's
to refuse, so they hold here as they do under systemd; files and devices need its mounts and are not tried.
"""

import contextlib
import ctypes
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "systemd"
_ALLOW, _EPERM = 0x7FFF0000, 0x00050001
"""SCMP_ACT_ALLOW and SCMP_ACT_ERRNO(EPERM) of seccomp.h."""
_EQUAL = 4
"""SCMP_CMP_EQ."""
_CAPBSET_DROP, _SET_NO_NEW_PRIVS, _SET_MDWE = 24, 38, 65
"""prctl(2)."""
_CAP_SYS_TIME = 25
_FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}


class _Compare(ctypes.Structure):
    """struct scmp_arg_cmp."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def settings(unit: str, name: str) -> list[str]:
    """Every value of a setting of a unit."""
    text = (FOLDER / unit).read_text().replace("\\\n", " ")
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


def group(name: str) -> set[str]:
    """The system calls of a group, as this systemd knows them."""
    if not name.startswith("@"):
        return {name}
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True, check=True
    ).stdout
    members = [line.split()[0] for line in told.splitlines()[1:] if line.strip() and "#" not in line]
    return set[str]().union(*(group(member) for member in members))


def allowed(unit: str) -> set[str]:
    """What its SystemCallFilter lines leave, in their order (systemd.exec(5))."""
    calls = group("@default")
    for line in settings(unit, "SystemCallFilter"):
        named = set[str]().union(*(group(name) for name in line.removeprefix("~").split()))
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def confine(unit: str) -> None:
    """Take away from this process what the unit does not allow, for good. Raises OSError."""
    libc, seccomp = ctypes.CDLL(None, use_errno=True), ctypes.CDLL("libseccomp.so.2", use_errno=True)
    calls = allowed(unit)
    with contextlib.suppress(ValueError):  # a container may not raise it
        resource.setrlimit(resource.RLIMIT_RTPRIO, (99, 99) if settings(unit, "LimitRTPRIO") else (0, 0))
    kept = {_CAP_SYS_TIME} if "CAP_SYS_TIME" in settings(unit, "CapabilityBoundingSet") else set()
    for capability in set(range(41)) - kept:
        _must(libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) == 0)
    _must(libc.prctl(_SET_MDWE, 1, 0, 0, 0) == 0)
    _must(libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(_EPERM))
    for call in sorted(calls):
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        for compare in _compares(unit) if call == "socket" else [()]:
            if number >= 0:
                array = (_Compare * max(1, len(compare)))(*compare)
                _must(seccomp.seccomp_rule_add_array(context, _ALLOW, number, len(compare), array) == 0)
    _must(seccomp.seccomp_load(context) == 0)


def _compares(unit: str) -> list[tuple[_Compare, ...]]:
    families = " ".join(settings(unit, "RestrictAddressFamilies")).split()
    return [(_Compare(0, _EQUAL, _FAMILIES[family], 0),) for family in families]


def _must(well: bool) -> None:
    if not well:
        raise OSError(ctypes.get_errno(), "the sandbox cannot be made")


if __name__ == "__main__":
    confine(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
