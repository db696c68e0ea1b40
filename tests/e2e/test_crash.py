"""Killed at any moment, or with no room left: no answered update is lost, none takes effect twice."""

import random
import resource
import threading

import pytest
import requests

from harness import eventually, join


class Sender(threading.Thread):
    """Sends numbered messages one after the other; what was not answered is sent again under its id."""

    def __init__(self, server, who, count):
        super().__init__(daemon=True)
        self.server, self.who, self.count, self.answers, self.faults = server, who, count, {}, []
        self.session = requests.Session()
        self.session.trust_env = False

    def run(self):
        while len(self.answers) < self.count:
            n = len(self.answers) + 1
            try:
                r = self.session.post(self.server.url + "/sandbox/messages", timeout=20,
                                      json={"from": self.who, "text": "帮助", "id": f"{n}"})
            except (requests.RequestException, TypeError):  # TypeError: just now it has no address
                threading.Event().wait(0.01)
                continue
            if r.status_code == 200:
                self.answers[n] = r.json()["replies"]
            elif r.status_code == 503:
                threading.Event().wait(0.01)
            else:
                self.faults.append(f"{n}: {r.status_code} {r.text}")
                return


def test_killed_again_and_again_under_load(server):
    senders = [Sender(server, f"u{n}", 150) for n in range(6)]
    for s in senders:
        s.start()
    dice = random.Random(7)
    for _ in range(6):
        more = sum(len(s.answers) for s in senders) + dice.randrange(20, 120)
        eventually(lambda: sum(len(s.answers) for s in senders) >= min(more, 6 * 150), 30)
        server.restart(kill=True)
    for s in senders:
        s.join(60)
        assert not s.faults and len(s.answers) == 150, s.faults
    for s in senders:
        kept = [m.raw for m in server.person(s.who).history()]
        assert kept == [reply for n in sorted(s.answers) for reply in s.answers[n]], s.who


def test_killed_after_each_step_of_a_morning(server):
    """The whole of a small morning, with a power cut after each step."""
    people = {n: join(server, n) for n in ("吴老师", "张伟", "李娜")}
    server.restart(kill=True)
    server.clock.to("2026-03-02T08:50")
    server.restart(kill=True)
    code = people["吴老师"].says("开始签到").code()
    server.restart(kill=True)
    assert "signin.ontime" in people["张伟"].says(f"签到 {code}", id="mine").keys
    server.restart(kill=True)
    assert "signin.ontime" in people["张伟"].says(f"签到 {code}", id="mine").keys
    assert "signin.again" in people["张伟"].says(f"签到 {code}").keys
    server.clock.to("2026-03-02T09:11")
    server.restart(kill=True)
    code = people["吴老师"].says("口令").code()
    assert "signin.late" in people["李娜"].says(f"签到 {code}").keys
    server.restart(kill=True)
    assert "signin.again" in people["李娜"].says(f"签到 {code}").keys


def test_killed_while_the_clock_moves_nothing_comes_twice(server):
    u = join(server, "张伟")
    u.heard()
    for _ in range(3):
        mover = threading.Thread(target=lambda: _quiet(lambda: server.clock.to("+1d")), daemon=True)
        mover.start()
        mover.join(0.02)
        server.restart(kill=True)
        mover.join(20)
    server.clock.to("+1d")
    pushes = [(r.key, r.text) for r in u.heard() if r.key.startswith("reminder.")]
    assert len(pushes) == len(set(pushes)), pushes


def _quiet(act):
    try:
        act()
    except (requests.RequestException, AssertionError, TypeError):
        pass


@pytest.mark.parametrize("what", ["帮助", "签到 {code}"])
def test_no_room_left(serve, what):
    """Files may not grow for a while: 503 with Retry-After, nothing half done, and on it goes when there is room."""
    server = serve(under=["env", "--ignore-signal=XFSZ"])
    join(server, "吴老师")
    u = join(server, "张伟")
    server.clock.to("2026-03-02T08:50")
    text = what.format(code=server.person("吴老师").says("开始签到").code())
    before = len(u.history())
    free = resource.prlimit(server.proc.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.proc.pid, resource.RLIMIT_FSIZE, (1, free[1]))
    refused = u.post(text=text, id="k")
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0 and refused.json()["error"]
    assert u.post(text=text, id="k").status_code == 503
    assert server.get("/healthz").status_code == 200
    resource.prlimit(server.proc.pid, resource.RLIMIT_FSIZE, free)
    assert len(u.history()) == before

    def back():
        r = u.post(text=text, id="k")
        return r.json() if r.status_code == 200 else None
    replies = eventually(back, 20)["replies"]
    assert replies and [m.raw for m in u.history()][before:] == replies
    if "code" in what:
        assert replies[-1]["key"] == "signin.ontime" and u.says(text).key == "signin.again"
    assert server.get("/readyz").status_code == 200
