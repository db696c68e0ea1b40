"""Hours that pass in seconds, with a platform that has gone bad meanwhile."""

import os
import time

from faults import KILLS

from harness import eventually

HOURS = 6 if KILLS else .5
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


def through_bad_hours(server, plan, calls):
    """Hours with the platform as it is now: nobody waits for an answer before or after, and memory is bounded;
    how often the platform was called meanwhile, after the first talk."""
    assert talk(server) < 4 * server.usual + 1, "intake lost its speed"
    size, before = memory(server), len(calls)
    hours(server, plan, HOURS)
    assert talk(server) < 4 * server.usual + 1, "intake lost its speed"
    called = len(calls) - before
    assert memory(server) - size < 32 << 20, "memory grows while the platform is away"
    return called
