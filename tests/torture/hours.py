"""Hours that pass in seconds, with a platform that has gone bad meanwhile."""

import os
import time

from harness import eventually

USERS, EACH = 10, 3
WORDS = ["帮助", "天书一", "课表"]


def worked(server):
    """Seconds that the server has worked so far, which a busy machine makes no longer."""
    with open(f"/proc/{server.proc.pid}/stat") as f:
        user, system = f.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def talk(server):
    """Everybody says each of the words, and nobody waits long; the seconds the server worked for it."""
    begun, slowest = worked(server), 0
    for word in WORDS:
        for u in server.users:
            said = time.monotonic()
            assert u.says(word) == 200
            slowest = max(slowest, time.monotonic() - said)
    assert slowest < 4, "somebody had to wait"
    return worked(server) - begun


def memory(server):
    """Resident bytes."""
    with open(f"/proc/{server.proc.pid}/statm") as f:
        return int(f.read().split()[1]) * 4096


def hours(server, plan, n):
    """Lets so many hours of the machine pass."""
    until = plan.passed("speed") + n * 3600
    plan.set("speed", 1000)
    eventually(lambda: server.get("/healthz").status_code == 200 and plan.passed("speed") >= until, 60)
    plan.set("speed", 20)
    server.get("/healthz")
