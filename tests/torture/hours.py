"""Hours that pass in seconds, with a platform that has gone bad meanwhile."""

import time

from harness import eventually

USERS, EACH = 10, 3
WORDS = ["帮助", "天书一", "课表"]


def talk(server):
    """Everybody says each of the words; the seconds it took."""
    begun = time.monotonic()
    for word in WORDS:
        for u in server.users:
            assert u.says(word) == 200
    return time.monotonic() - begun


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
