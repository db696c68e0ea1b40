"""A thief has the machine: the store, both keys, all that was given out. After `keys rotate --codes` none of it opens
anything, and none of what is given out since can be computed from it."""

import hashlib
import hmac
import re
import sqlite3

import pytest

from harness import Klass, join
from harness.telegram_people import PNG

PEOPLE = [(str(n), f"学员{n}", "学员") for n in range(1, 21)] + [("t1", "吴老师", "带班老师")]
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def signed(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Thief:
    """What somebody copied of a server."""

    def __init__(self, server):
        copy = sqlite3.connect(":memory:")
        with server.db() as db:
            db.backup(copy)
        secret = (server.data_dir / "secret.key").read_bytes()
        salts = [s.hex() for s, in copy.execute("SELECT salt FROM door_key")]
        self.keys = [secret] + [signed(secret, "doors:" + salt) for salt in salts]
        self.members = [m for m, in copy.execute("SELECT id FROM member")]
        self.class_secret, = copy.execute("SELECT secret FROM class").fetchone()

    def codes(self):
        """Every join code that can be made of it, also of those that are yet to come."""
        return {self.code(signed(key, f"invite:{member}:{serial}"))
                for key in self.keys for member in self.members for serial in range(1, 20)}

    @staticmethod
    def code(digest):
        bits = int.from_bytes(digest, "big")
        return "".join(ALPHABET[bits >> (256 - 5 * (n + 1)) & 31] for n in range(10))


@pytest.fixture
def klass(serve):
    return serve(classes=[Klass(people=PEOPLE)])


def codes(server):
    return {name: row["code"] for name, row in server.invites().items()}


@pytest.mark.parametrize("before", [0, 1], ids=["for the first time", "once more"])
@pytest.mark.parametrize("running", [True, False], ids=["in the server", "without one"])
def test_no_join_code_can_be_computed(klass, before, running):
    for _ in range(before):
        klass.run("keys", "rotate", "--codes")
    old, thief = codes(klass), Thief(klass)
    assert set(old.values()) <= thief.codes()  # so much a stolen key is worth
    if not running:
        klass.stop()
    assert f"{len(old)} join codes are new" in klass.run("keys", "rotate", "--codes").stdout
    if not running:
        klass.start()
    new = codes(klass)
    assert new == codes(klass) and new.keys() == old.keys() and not set(new.values()) & thief.codes()
    renewed = {row.split(",")[1]: row.split(",")[3] for row in klass.run("invites", "demo", "--renew").stdout.split("\n")[1:-1]}
    assert not set(renewed.values()) & (thief.codes() | set(new.values()))
    assert klass.get("/j/" + old["学员1"]).status_code == klass.get("/j/" + new["学员1"]).status_code == 404
    assert klass.person("学员1").says("加入 " + old["学员1"]).key == "join.refused"
    assert klass.get("/j/" + renewed["学员1"]).status_code == 200
    join(klass, "学员1")
    assert "0 faults" in klass.run("audit", "verify").stdout


def test_what_was_given_out_opens_nothing_more(klass):
    one, teacher = join(klass, "学员1"), join(klass, "吴老师")
    klass.clock.to("2026-03-02T08:50")
    upload = one.says("上传").text
    calendar, another = one.says("课表").last.press("订阅").text, one.says("绑定").text
    paths = [re.search(r"/cal/[\w-]+\.ics", calendar)[0], re.search(r"/u/[\w-]+", upload)[0], re.search(r"/j/\w+", another)[0]]
    code, thief = teacher.says("开始签到").code(), Thief(klass)
    assert [klass.get(path).status_code for path in paths] == [200, 200, 200]
    klass.run("keys", "rotate", "--codes")
    assert [klass.get(path).status_code for path in paths] == [404, 410, 404]
    assert one.says("签到 " + code).key == "signin.refused"
    with klass.db() as db:
        assert db.execute("SELECT secret FROM class").fetchone()[0] != thief.class_secret
    assert one.says("签到 " + teacher.says("开始签到").code()).key == "signin.ontime"
    again = re.search(r"/cal/[\w-]+\.ics", one.says("课表").last.press("订阅").text)[0]
    assert again != paths[0] and klass.get(again).status_code == 200


def test_no_address_of_a_file_can_be_computed(klass):
    one = join(klass, "学员1")
    one.sends_file("a.png", PNG)
    thief = Thief(klass)
    with klass.db() as db:
        sha, = db.execute("SELECT sha256 FROM file WHERE sha256 IS NOT NULL").fetchone()
        account, bound = db.execute("SELECT id, bound FROM account").fetchone()
    until = int(klass.clock.now.timestamp()) + 3600

    def forged():
        return [klass.get(f"/f/{sha}.{until}.{account}.{signed(key, f'file-link:{sha}:{until}:{account}:{bound}')[:12].hex()}/a.png")
                .status_code for key in thief.keys]
    assert forged() == [200]
    klass.run("keys", "rotate", "--codes")
    assert forged() == [404]
