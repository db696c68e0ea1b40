"""投屏: the screen on the classroom wall as a program sees it, and the code its QR carries on every platform."""

import pytest
import requests

from harness import Klass, conversation, eventually, join

PEOPLE = [("1", "张伟", "学员", "", "", "ZhangWei"), ("2", "李娜", "学员"), ("t1", "吴老师", "带班老师", "", "", "WuLaoshi"),
          ("o1", "孙主办", "承办")]


class Screen:
    """A browser on a classroom computer; `token` and its cookies are all it has."""

    def __init__(self, server):
        self.server, self.session, self.token = server, requests.Session(), None
        self.session.trust_env = False

    def opens(self):
        r = self.session.post(self.server.url + "/screen/open", json={}, timeout=10)
        assert r.status_code == 200, r.text
        cookie = r.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/screen" in cookie
        self.token = r.json()["token"]
        return self.sees()["number"]

    def looks(self, token=None):
        return self.session.get(self.server.url + "/screen/state", headers={"X-Screen": token or self.token}, timeout=10)

    def sees(self):
        r = self.looks()
        assert r.status_code == 200, r.text
        return r.json()


@pytest.fixture
def klass(server):
    server.people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师")}
    server.clock.to("2026-03-03T08:40:00")
    return server


@pytest.fixture
def screen(klass):
    return Screen(klass)


def paired(klass, screen):
    said = klass.people["吴老师"].says("投屏 " + screen.opens())
    assert said.key == "screen.paired", said
    return screen.sees()


def test_a_number_becomes_the_code_of_the_class(klass, screen):
    number = screen.opens()
    assert len(number) == 4 and screen.sees()["state"] == "pairing"
    conversation(klass, f"""
        吴老师> 开始签到
        < signin.opened ~ /screen
        吴老师> 投屏
        < screen.how ~ /screen
        吴老师> 投屏{number}
        < screen.paired ~ 店铺注册
    """, **klass.people)
    seen = screen.sees()
    assert (seen["state"], seen["title"], seen["here"], seen["expected"]) == ("on", "店铺注册", 0, 6)
    assert seen["code"] == klass.people["吴老师"].says("开始签到").code() and seen["names"] == []
    assert klass.people["张伟"].says("签到 " + seen["code"]).key == "signin.ontime"
    assert screen.sees()["here"] == 1
    klass.clock.to("2026-03-03T09:00:00")
    seen = screen.sees()
    assert seen["names"] == ["李娜", "王芳", "刘洋", "陈静", "杨帆"] and seen["missing"] == 5


def test_the_code_changes_every_half_minute_and_looking_writes_nothing(klass, screen):
    first = paired(klass, screen)
    assert first["left"] == 30 and first["good"] == 150
    before = klass.metrics().value("banzhang_commit_seconds_count")
    for _ in range(5):
        assert screen.sees()["code"] == first["code"]
    assert klass.metrics().value("banzhang_commit_seconds_count") == before
    klass.clock.to("2026-03-03T08:40:29")
    assert screen.sees()["code"] == first["code"]
    klass.clock.to("2026-03-03T08:40:30")
    assert screen.sees()["code"] != first["code"]
    klass.clock.to("2026-03-03T08:42:29")
    assert klass.people["张伟"].says("签到 " + first["code"]).key == "signin.ontime"


def test_at_most_twelve_names_stand_on_the_wall(serve):
    people = [(str(i), f"学员{i}", "学员") for i in range(1, 21)] + [("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]
    server = serve(classes=[Klass(people=people)])
    server.people = {"吴老师": join(server, "吴老师")}
    server.clock.to("2026-03-03T09:01:00")
    screen = Screen(server)
    seen = paired(server, screen)
    assert len(seen["names"]) == 12 and seen["missing"] == 20


def test_it_dies_with_its_sitting(klass, screen):
    paired(klass, screen)
    klass.clock.to("2026-03-03T12:00:00")
    assert screen.looks().status_code in (200, 404)
    klass.clock.to("2026-03-03T12:00:01")
    assert screen.looks().status_code == 404
    number = screen.opens()
    assert klass.people["吴老师"].says("投屏 " + number).key == "screen.not_open"
    klass.clock.to("2026-03-04T08:40:00")
    assert paired(klass, screen)["title"] == "选品与上架"


@pytest.mark.parametrize("kill", [False, True])
def test_a_restart_changes_nothing(klass, screen, kill):
    before = paired(klass, screen)
    klass.restart(kill=kill)
    after = screen.sees()
    assert (after["state"], after["code"]) == ("on", before["code"])


def test_nothing_is_shown_to_anybody_else(klass, screen):
    paired(klass, screen)
    stranger = Screen(klass)
    assert requests.get(klass.url + "/screen/state", timeout=10).status_code == 404
    for token in ("x", "A" * 24, screen.token[:-1] + "-", screen.token.lower(), "' OR 1=1 --" + "x" * 13):
        if token != screen.token:
            assert stranger.looks(token).status_code == 404
    assert "screen.second" not in [r.key for r in klass.people["吴老师"].history()]


def test_a_second_viewer_sees_nothing_and_is_reported_once(klass, screen):
    paired(klass, screen)
    other = Screen(klass)
    other.opens()
    for _ in range(4):
        r = other.looks(screen.token)
        assert r.status_code == 403 and not any(c in r.text for c in (screen.sees()["code"], "店铺"))
    told = klass.people["吴老师"].hears("screen.second")
    assert len([r for r in klass.people["吴老师"].history() if r.key == "screen.second"]) == 1
    assert told.press("断开大屏").key == "screen.stopped"
    assert screen.looks().status_code == 404


def test_numbers_expire_and_wrong_ones_are_slowed(klass, screen):
    number, wu = screen.opens(), klass.people["吴老师"]
    klass.clock.to("2026-03-03T08:49:59")
    assert screen.sees()["left"] == 1
    klass.clock.to("2026-03-03T08:50:00")
    assert screen.looks().status_code == 404
    assert wu.says("投屏 " + number).key == "screen.wrong"
    number = screen.opens()
    wrong = str(1000 + (int(number) - 1000 + 1) % 9000)
    assert [wu.says("投屏 " + wrong).key for _ in range(2)] == ["screen.wrong"] * 2
    assert wu.says("投屏 " + number).key == "screen.slow"
    klass.clock.to("2026-03-03T08:51:01")
    assert wu.says("投屏 " + number).key == "screen.paired"
    assert wu.says("投屏 " + number).key == "screen.wrong", "a number serves once"


def test_only_teachers_pair(klass, screen):
    assert klass.people["张伟"].says("投屏 " + screen.opens()).key == "not_allowed"
    assert screen.sees()["state"] == "pairing"


def test_bad_requests_have_a_clear_answer(klass):
    post = klass.session.post
    assert post(klass.url + "/screen/open", data="{}").status_code == 415
    assert klass.post("/screen/open", data="[", headers={"Content-Type": "application/json"}).status_code == 400
    assert klass.get("/screen/qr.svg?code=12345").status_code == 400
    assert klass.get("/s/12345x").status_code == 404 and klass.get("/s/123456/other").status_code == 404
    assert klass.get("/s/123456").status_code == 200
    svg = klass.get("/screen/qr.svg?code=123456")
    assert svg.headers["Content-Type"] == "image/svg+xml" and "<script" not in svg.text


def test_screens_cannot_be_opened_without_end(klass):
    def opens(times, through=None):
        headers = {"X-Forwarded-For": through} if through else {}
        return {klass.post("/screen/open", json={}, headers=headers).status_code for _ in range(times)}
    assert opens(90, "203.0.113.9") == {200, 429}, "two minutes may be met"
    for another in ("203.0.113.10", "203.0.113.9, 198.51.100.7", "2001:db8::1", None):
        assert opens(1, another) == {200}, "one address keeps no other out"
    assert opens(90, "2001:db8:1:2::7") == {200, 429} and opens(1, "2001:db8:1:3::7") == {200}
    assert opens(900) == {200, 429}
    assert klass.db().execute("SELECT count(*) FROM screen").fetchone()[0] <= 1000, "the oldest number gives way"


# --- what the QR says

def test_the_address_signs_in_however_it_arrives(klass, screen):
    code = paired(klass, screen)["code"]
    url = klass.settings["public_url"]
    assert klass.people["张伟"].says(f"{url}/s/{code}").key == "signin.ontime"
    assert klass.people["李娜"].says(f"签到 {url.upper()}/s/{code}?from=wechat").key == "signin.ontime"
    for text in (f"{url}/s/{code}1", f"https://other.example/s/{code}", f"{url}/x/{code}"):
        assert not klass.people["张伟"].says(text).key.startswith("signin")


def test_wecom_signs_in_by_its_scanner(serve, wecom):
    bot = serve(classes=[Klass(people=PEOPLE)], wecom=wecom)
    wu, zhang = wecom.user("WuLaoshi", "吴老师"), wecom.user("ZhangWei", "张伟")
    bot.clock.to("2026-03-03T08:40:00")
    screen = Screen(bot)
    wu.says("投屏 " + screen.opens())
    eventually(lambda: screen.sees()["state"] == "on", what="the screen is paired")
    zhang.scans(f"{bot.settings['public_url']}/s/{screen.sees()['code']}")
    zhang.hears("签到成功")
    assert bot.get(f"/s/{screen.sees()['code']}/ways").json() == {"telegram": None, "wecom": True}


def test_telegram_signs_in_by_the_deep_link(serve, telegram):
    bot = serve(telegram=telegram)
    user = telegram.user()
    user.joins(bot, "张伟")
    teacher = join(bot, "吴老师")
    bot.clock.to("2026-03-03T08:40:00")
    code = teacher.says("开始签到").code()
    ways = eventually(lambda: bot.get(f"/s/{code}/ways").json()["telegram"], what="the bot knows its name")
    assert ways == f"https://t.me/{telegram.me['username']}?start=s_{code}"
    assert user.starts("s_" + code) == 200
    user.hears("签到")
