"""A disk that is full and no reserve: nobody is told that something was kept which was not, and all goes on when there is room."""

import sqlite3

import pytest

from harness import eventually, join
from harness.room import Limited, Mounted, server_in
from harness.store import sound


@pytest.fixture(params=[Mounted, Limited])
def room(request):
    made = request.param()
    if request.param is Mounted and not made.mounted:
        made.close()
        made = Limited()
    yield made
    made.close()


@pytest.fixture
def school(room, telegram, wecom):
    """A server without a reserve whose data lies where room can be taken away, with somebody on each platform."""
    server = server_in(room, reserve=0, telegram=telegram, wecom=wecom)
    server.start()
    server.zhang = join(server, "张伟")
    server.li = telegram.user("李娜")
    server.li.joins(server, "李娜")
    server.wang = wecom.user("wang", "王芳")
    server.clock.to("2026-03-02T08:50")
    server.code = join(server, "吴老师").says("口令").code()
    yield server
    server.close()


def busy(response):
    """Whether a response says: not now, come back."""
    return response.status_code == 503 and int(response.headers["Retry-After"]) > 0 and bool(response.json()["error"])


def until_busy(person, limit=4000):
    """Talks until there is no room for more; what was answered until then stands."""
    for n in range(limit):
        r = person.post(text="帮助", id=f"fill{n}")
        if r.status_code == 503:
            return
        assert r.status_code == 200, r.text
    raise AssertionError("the disk is never full")


def test_every_platform_is_told_to_come_back(school, room, telegram, wecom):
    words = f"签到 {school.code}"
    room.fill(school)
    until_busy(school.zhang)
    heard = len(school.zhang.history())
    assert busy(school.zhang.post(text=words, id="s1"))
    assert school.li.says(words) == 503 and busy(telegram.last_response)
    assert school.wang.says(words) == 503 and busy(wecom.last_response)
    assert school.get("/healthz").status_code == 200
    assert len(school.zhang.history()) == heard
    room.free(school)
    eventually(lambda: school.zhang.post(text="帮助", id="room").status_code == 200, 20, "service resumes")
    assert school.zhang.says(words, id="s1").key == "signin.ontime"
    assert telegram.redeliver() == 200 and telegram.redeliver() == 200
    assert school.wang.again() == 200 and school.wang.again() == 200
    school.stop()
    db = sqlite3.connect(school.data_dir / "banzhang.db")
    assert db.execute("SELECT state, count(*) FROM attendance GROUP BY 1").fetchall() == [("present", 3)]
    assert db.execute("SELECT count(*) FROM outbox WHERE key = 'signin.ontime'").fetchone() == (3,)
    sound(db)
    db.close()


def test_a_file_for_which_there_is_no_room(school, room):
    room.fill(school)
    until_busy(school.zhang)
    big = {"files": [{"name": "店铺.txt", "mime": "text/plain", "base64": "YWJj" * 200_000}], "id": "f1"}
    assert busy(school.zhang.post(**big))
    assert school.files() == []
    room.free(school)
    eventually(lambda: school.zhang.post(**big).status_code == 200, 20, "service resumes")
    kept = school.files()
    assert len(kept) == 1 and kept[0].stat().st_size == 600_000


def test_the_clock_does_not_move_past_what_could_not_be_kept(school, room):
    room.fill(school)
    until_busy(school.zhang)
    r = school.clock.post("2026-03-02T20:30:00+08:00")
    assert busy(r), r.text
    room.free(school)
    eventually(lambda: school.clock.post("2026-03-02T20:30:00+08:00").status_code == 200, 20, "the clock moves")
    pushes = [(p.key, p.text) for p in school.zhang.heard(after=0) if p.key.startswith("reminder.")]
    assert pushes and len(pushes) == len(set(pushes))
