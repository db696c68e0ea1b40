"""The turn: many updates share a transaction, and still each stands or falls alone; none is answered too early."""

import resource
import signal
import sqlite3
import threading

import pytest

from harness import join
from harness.klass import PEOPLE

TRAINEES = [name for _, name, role in PEOPLE if role == "学员"]


class Together:
    """Requests that the server finds all at once: it stands still while they are sent."""

    def __init__(self, server):
        self.server, self.answers, self.threads = server, {}, []

    def __enter__(self):
        self.server.proc.send_signal(signal.SIGSTOP)
        return self

    def says(self, person, text, id):
        def send():
            self.answers[person.name] = person.post(text=text, id=id)
        self.threads.append(threading.Thread(target=send, daemon=True))
        self.threads[-1].start()

    def __exit__(self, *exc):
        self.server.proc.send_signal(signal.SIGCONT)
        for t in self.threads:
            t.join(30)
        assert len(self.answers) == len(self.threads), "somebody was never answered"


@pytest.fixture
def morning(serve):
    """A class ten minutes before its first sitting; `code` lets its trainees sign in."""
    server = serve(under=["env", "--ignore-signal=XFSZ"])
    server.trainees = [join(server, name) for name in TRAINEES]
    teacher = join(server, "吴老师")
    server.clock.to("2026-03-02T08:50")
    server.code = teacher.says("口令").code()
    return server


def break_signin_of(server, name):
    """From now on the store refuses this person's attendance: its handler fails."""
    server.stop()
    db = sqlite3.connect(server.data_dir / "banzhang.db")
    with db:
        member = db.execute("SELECT m.id FROM member m JOIN person p ON p.id = m.person WHERE p.name = ?",
                            (name,)).fetchone()[0]
        db.execute(f"CREATE TRIGGER broken BEFORE INSERT ON attendance WHEN NEW.member = {member}"
                   " BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END")
    db.close()
    server.start()


def rows(server, sql, *values):
    db = server.db()
    try:
        return [tuple(r) for r in db.execute(sql, values)]
    finally:
        db.close()


def test_a_handler_that_fails_falls_alone(morning):
    break_signin_of(morning, "王芳")
    before = morning.metrics().value("banzhang_jobs_failed_total")
    with Together(morning) as all_at_once:
        for p in morning.trainees:
            all_at_once.says(p, f"签到 {morning.code}", "s1")
    for p in morning.trainees:
        r = all_at_once.answers[p.name]
        assert r.status_code == 200, r.text
        keys = [x["key"] for x in r.json()["replies"]]
        assert keys == (["error.failed"] if p.name == "王芳" else ["signin.ontime"]), (p.name, keys)
    assert morning.metrics().value("banzhang_jobs_failed_total") == before + 1
    assert rows(morning, "SELECT count(*), sum(state = 'present') FROM attendance") == [(5, 5)]
    assert rows(morning, "SELECT account, text FROM inbox WHERE failed") == [
        (morning.trainees[2].id, f"签到 {morning.code}")]
    assert rows(morning, "SELECT count(*) FROM outbox WHERE key LIKE 'signin.ontime'") == [(5,)]


def test_a_failed_update_is_answered_the_same_again_and_the_rest_goes_on(morning):
    break_signin_of(morning, "王芳")
    wang = morning.trainees[2]
    first = wang.says(f"签到 {morning.code}", id="s1")
    assert first.keys == ["error.failed"]
    assert [r.raw for r in wang.says(f"签到 {morning.code}", id="s1")] == [r.raw for r in first]
    assert "help" in wang.says("帮助").keys
    assert rows(morning, "SELECT count(*) FROM inbox WHERE failed") == [(1,)]


def test_several_that_fail_in_one_turn(morning):
    for name in ("张伟", "陈静"):
        break_signin_of(morning, name)
        morning.stop()
        db = sqlite3.connect(morning.data_dir / "banzhang.db")
        with db:
            sql = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'broken'").fetchone()[0]
            db.execute("DROP TRIGGER broken")
            db.execute(sql.replace("TRIGGER broken", f"TRIGGER broken_{name}"))
        db.close()
        morning.start()
    with Together(morning) as all_at_once:
        for p in morning.trainees:
            all_at_once.says(p, f"签到 {morning.code}", "s1")
    keys = {name: [x["key"] for x in r.json()["replies"]] for name, r in all_at_once.answers.items()}
    assert keys == {name: ["error.failed"] if name in ("张伟", "陈静") else ["signin.ontime"] for name in TRAINEES}
    assert rows(morning, "SELECT count(*) FROM attendance") == [(4,)]


def test_what_cannot_be_committed_is_answered_by_nobody(morning):
    """503 with Retry-After for all of the turn, no row of it, and each takes effect once when sent again."""
    before = rows(morning, "SELECT count(*) FROM inbox") + rows(morning, "SELECT count(*) FROM outbox")
    free = resource.prlimit(morning.proc.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(morning.proc.pid, resource.RLIMIT_FSIZE, (1, free[1]))
    with Together(morning) as refused:
        for p in morning.trainees:
            refused.says(p, f"签到 {morning.code}", "s1")
    resource.prlimit(morning.proc.pid, resource.RLIMIT_FSIZE, free)
    for r in refused.answers.values():
        assert r.status_code == 503 and int(r.headers["Retry-After"]) > 0 and r.json()["error"], r.text
    assert rows(morning, "SELECT count(*) FROM inbox") + rows(morning, "SELECT count(*) FROM outbox") == before
    assert rows(morning, "SELECT count(*) FROM attendance") == [(0,)]
    with Together(morning) as again:
        for p in morning.trainees:
            again.says(p, f"签到 {morning.code}", "s1")
    assert all([x["key"] for x in r.json()["replies"]] == ["signin.ontime"] for r in again.answers.values())
    assert rows(morning, "SELECT count(*) FROM attendance") == [(6,)]
