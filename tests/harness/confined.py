#!/usr/bin/python3
"""Runs a program as packaging/banzhang.service would let it run, as far as a process can do that to itself: no new
privileges, the unit's system calls and address families, no writable and executable memory, its limits, and (for
root) a read-only system and no capabilities.

    confined.py FOLDER PROGRAM ARGUMENT...          # FOLDER is all that it may write to
"""

import ctypes
import os
import pathlib
import re
import resource
import socket
import subprocess
import sys

UNIT = pathlib.Path(__file__).resolve().parents[2] / "packaging/banzhang.service"
ALLOW, ERRNO, EQUAL_MASKED, EQUAL = 0x7fff0000, 0x00050000, 7, 4
PROT_WRITE, PROT_EXEC = 2, 4


class Comparison(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def settings(text):
    """The unit's settings: {name: [value, …]}."""
    found = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.M):
        found.setdefault(name, []).append(value)
    return found


def calls_of(group):
    """The system calls of a group as systemd knows it, groups in it taken apart."""
    if not group.startswith("@"):
        return {group}
    said = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True).stdout
    names = [line.split("#")[0].strip() for line in said.splitlines()[1:]]
    return {call for name in names if name for call in calls_of(name)}


def allowed(filters):
    """What the lines of SystemCallFilter= leave: the first one allows, those with ~ take away."""
    left = set()
    for line in filters:
        take, names = line.startswith("~"), line.lstrip("~").split()
        for name in names:
            left = left - calls_of(name) if take else left | calls_of(name)
    return left


class Filter:
    """One seccomp filter by libseccomp, which systemd itself uses."""

    def __init__(self, default):
        self.lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.lib.seccomp_init.argtypes = [ctypes.c_uint32]
        self.lib.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
                                                    ctypes.POINTER(Comparison)]
        self.lib.seccomp_load.argtypes = [ctypes.c_void_p]
        self.context = self.lib.seccomp_init(default)
        assert self.context

    def rule(self, action, call, *comparisons):
        """Adds a rule; a call that this machine does not have is left out."""
        number = self.lib.seccomp_syscall_resolve_name(call.encode())
        if number < 0:
            return
        array = (Comparison * len(comparisons))(*comparisons)
        code = self.lib.seccomp_rule_add_array(self.context, action, number, len(comparisons), array)
        assert code == 0, (call, os.strerror(-code))

    def load(self):
        code = self.lib.seccomp_load(self.context)
        assert code == 0, os.strerror(-code)


def shut_system(folder):
    """A mount namespace in which nothing but `folder` can be written, not even /tmp: stricter than the unit."""
    def mount(*words):
        return subprocess.run(["mount", *words], capture_output=True).returncode == 0
    assert ctypes.CDLL(None).unshare(0x00020000) == 0  # CLONE_NEWNS
    with open("/proc/self/mounts", encoding="utf-8") as f:
        places = [(at, kind) for _, at, kind, *_ in (line.split() for line in f)]
    assert mount("--make-rprivate", "/") and mount("--bind", folder, folder)
    for at, kind in places:
        if kind not in ("proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2") and not at.startswith(("/dev", folder)):
            assert mount("-o", "remount,bind,ro", at), at


def filters_of(unit):
    """The unit's seccomp filters, not yet loaded."""
    refuse = ERRNO | 1
    assert unit["SystemCallErrorNumber"] == ["EPERM"]
    calls, rest = Filter(refuse), Filter(ALLOW)
    for call in allowed(unit["SystemCallFilter"]) | {"execve"}:
        calls.rule(ALLOW, call)
    if unit["MemoryDenyWriteExecute"] == ["yes"]:
        both = PROT_WRITE | PROT_EXEC
        rest.rule(refuse, "mmap", Comparison(2, EQUAL_MASKED, both, both))
        for call in ("mprotect", "pkey_mprotect"):
            rest.rule(refuse, call, Comparison(2, EQUAL_MASKED, PROT_EXEC, PROT_EXEC))
    families = {int(getattr(socket, name)) for name in unit["RestrictAddressFamilies"][0].split()}
    for family in set(range(1, 46)) - families:
        rest.rule(refuse, "socket", Comparison(0, EQUAL, family, 0))
    return calls, rest


def main(folder, *command):
    unit = settings(UNIT.read_text(encoding="utf-8"))
    libc = ctypes.CDLL(None, use_errno=True)
    os.umask(int(unit["UMask"][0], 8))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    filters = filters_of(unit)
    if os.geteuid() == 0:
        assert unit["ProtectSystem"] == ["strict"] and unit["CapabilityBoundingSet"] == [""]
        shut_system(folder)
        for capability in range(41):
            libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    os.chdir(folder)
    assert unit["NoNewPrivileges"] == ["yes"] and libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    for one in reversed(filters):  # the one that lists system calls refuses to load another
        one.load()
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
