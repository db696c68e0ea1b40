"""/screen on the classroom wall and /s/CODE on the phones before it, in a real browser."""

import re
import subprocess

import pytest
from harness import Klass, eventually, join

from chatpage import ChatPage, join_by_link

SIZES = {"hd": (1280, 720), "full hd": (1920, 1080), "portrait": (1080, 1920), "old": (1024, 768)}
# What stands out of the window or is cut off inside its own box.
OUTSIDE = """
const bad = [];
for (const e of document.querySelectorAll('section:not([hidden]) *, .line:not([hidden])')) {
    const r = e.getBoundingClientRect();
    if (r.width && (r.left < -1 || r.top < -1 || r.right > innerWidth + 1 || r.bottom > innerHeight + 1)) {
        bad.push((e.id || e.className || e.tagName) + ' ' + [r.left, r.top, r.right, r.bottom].map(Math.round));
    }
}
for (const [a, b] of [['#code span:last-child', '#qr'], ['#typed', '#names'], ['#typed', '#qr'], ['#qr', '#here'],
                      ['#scan', '#who-label'], ['#expected', '#names'], ['#class', '#clock']]) {
    const x = document.querySelector(a).getBoundingClientRect(), y = document.querySelector(b).getBoundingClientRect();
    if (x.width && y.width && x.left < y.right && y.left < x.right && x.top < y.bottom - 1 && y.top < x.bottom - 1) {
        bad.push(a + ' over ' + b);
    }
}
return bad;
"""


class Wall(ChatPage):
    """The wall as the room sees it."""

    def text(self, name):
        return self.driver.execute_script("return document.getElementById(arguments[0]).textContent", name)

    @property
    def number(self):
        return eventually(lambda: re.fullmatch(r"\d{4}", self.text("number")), what="a number")[0]

    @property
    def code(self):
        return self.text("code") if len(self.text("code")) == 6 else None

    def size(self, name):
        width, height = SIZES[name]
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def picture(self, path):
        self.driver.save_screenshot(str(path))
        return path


@pytest.fixture
def lesson(serve):
    """A class of thirty, twenty minutes before its sitting."""
    names = "张伟 李娜 王芳 刘洋 陈静 杨帆 赵敏 黄磊 周涛 吴倩 徐杰 孙丽 马超 朱琳 胡军 郭靖 林晓 何平 高翔 欧阳文静".split()
    people = [(str(i + 1), n, "学员") for i, n in enumerate(names)] + [("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]
    sessions = [("2026-03-03", "09:00", "12:00", "跨境电商平台规则与店铺注册"), ("2026-03-05", "09:00", "12:00", "选品")]
    server = serve(classes=[Klass(title="宿州市跨境电商就业培训班（速卖通第一期）", people=people, sessions=sessions)])
    server.people = {"吴老师": join(server, "吴老师")}
    server.clock.to("2026-03-03T08:40:00")
    return server


def on_wall(browse, server, base=None, query=""):
    """A wide browser whose screen is paired."""
    wall = Wall(browse(phone=False))
    wall.open((base or server.url) + "/screen" + query)
    assert server.people["吴老师"].says("投屏 " + wall.number).key == "screen.paired"
    eventually(lambda: wall.code, what="the code on the wall")
    return wall


def read_qr(path):
    """What a phone reads in the picture."""
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", str(path)], capture_output=True,
                          text=True, timeout=30)
    return done.stdout.strip()


@pytest.mark.parametrize("size", SIZES)
def test_it_fits_the_wall_and_its_qr_is_read_from_the_picture(browse, lesson, tmp_path, size):
    wall = Wall(browse(phone=False))
    wall.size(size)
    wall.open(lesson.url + "/screen")
    number = wall.number
    assert wall.driver.execute_script(OUTSIDE) == []
    wall.picture(tmp_path / f"pairing {size}.png")
    lesson.people["吴老师"].says("投屏 " + number)
    code = eventually(lambda: wall.code)
    assert read_qr(wall.picture(tmp_path / f"before {size}.png")) == f"{lesson.settings['public_url']}/s/{code}"
    assert wall.driver.execute_script(OUTSIDE) == []
    lesson.clock.to("2026-03-03T09:00:40")
    wall.shows("另有 8 人")
    code = eventually(lambda: wall.code != code and wall.code)
    assert read_qr(wall.picture(tmp_path / f"after {size}.png")) == f"{lesson.settings['public_url']}/s/{code}"
    assert wall.driver.execute_script(OUTSIDE) == []
    high = wall.driver.execute_script("return document.getElementById('code').offsetHeight / innerHeight")
    assert high > 0.12, "digits that the last row can read"


def test_the_wall_counts_and_turns_its_code(browse, lesson):
    wall = on_wall(browse, lesson)
    first = wall.code
    assert (wall.text("here"), wall.text("expected").strip()) == ("0", "/ 20")
    trainee = join(lesson, "张伟")
    assert trainee.says("签到 " + first).key == "signin.ontime"
    eventually(lambda: wall.text("here") == "1")
    lesson.clock.to("2026-03-03T08:40:30")
    eventually(lambda: wall.code and wall.code != first)


@pytest.mark.parametrize("size", SIZES)
def test_a_spot_check_shows_its_number(browse, lesson, size):
    wall = Wall(browse(phone=False))
    wall.size(size)
    wall.open(lesson.url + "/screen")
    teacher = lesson.people["吴老师"]
    teacher.says("投屏 " + wall.number)
    trainee = join(lesson, "张伟")
    assert trainee.says("签到 " + eventually(lambda: wall.code)).key == "signin.ontime"
    assert not wall.driver.execute_script("return document.getElementById('check').offsetHeight")
    assert teacher.says("抽查").key == "flags.started_screen"
    number = eventually(lambda: wall.text("check-number"), what="the number on the wall")
    assert wall.driver.execute_script(OUTSIDE) == []
    assert wall.driver.execute_script("return document.getElementById('check-number').offsetHeight / innerHeight") > 0.04
    assert trainee.hears("flags.press").press(number).key == "flags.pressed"
    lesson.clock.to("2026-03-03T08:51:00")
    assert "全部按对" in teacher.hears("flags.result*").text
    eventually(lambda: not wall.text("check-number"), what="the number gone")


def test_a_sitting_put_off_keeps_its_wall(browse, lesson):
    wall = on_wall(browse, lesson)
    teacher = lesson.people["吴老师"]
    teacher.says("推迟 10:30 停电").press("确定")
    wall.shows("10:00 起签到")
    assert not wall.code and "跨境电商平台规则" in wall.words
    lesson.clock.to("2026-03-03T10:00:00")
    code = eventually(lambda: wall.code, what="the code again")
    assert join(lesson, "张伟").says("签到 " + code).key == "signin.ontime"


def test_a_lost_line_is_said_and_mended(browse, lesson, bad_line):
    line = bad_line(lesson)
    wall = on_wall(browse, lesson, line.url)
    line.cut = True
    wall.shows("正在重连", 20)
    assert wall.code
    line.cut = False
    eventually(lambda: "正在重连" not in wall.words, 20, "the wall is back")
    assert wall.code


def test_a_reload_keeps_the_wall_and_the_end_of_the_sitting_takes_it(browse, lesson):
    wall = on_wall(browse, lesson)
    wall.driver.refresh()
    eventually(lambda: wall.code)
    lesson.clock.to("2026-03-03T12:00:01")
    wall.shows("签到结束了")
    assert len(wall.number) == 4


def test_another_browser_sees_nothing(browse, lesson):
    wall = on_wall(browse, lesson)
    token = wall.driver.execute_script("return sessionStorage.getItem('banzhang.screen')")
    other = Wall(browse(phone=False))
    other.open(lesson.url + "/healthz")
    other.driver.execute_script("sessionStorage.setItem('banzhang.screen', arguments[0])", token)
    other.open(lesson.url + "/screen")
    other.shows("换了浏览器")
    assert other.number and "跨境电商" not in other.words
    assert lesson.people["吴老师"].hears("screen.second")


def test_it_speaks_english(browse, lesson):
    wall = on_wall(browse, lesson, query="?lang=en")
    wall.shows("Scan to sign in")
    assert not re.search("[一-鿿]", wall.text("count-label") + wall.text("who-label") + wall.text("typed"))


def test_a_phone_that_joined_signs_in_by_scanning(browse, phone, lesson):
    page = join_by_link(phone, lesson, "张伟")
    wall = on_wall(browse, lesson)
    page.open(f"{lesson.url}/s/{wall.code}")
    page.shows("签到成功")
    eventually(lambda: wall.text("here") == "1")


def test_a_phone_we_do_not_know_is_told_how(phone, lesson):
    code = lesson.people["吴老师"].says("开始签到").code()
    page = ChatPage(phone).open(f"{lesson.url}/s/{code}")
    page.shows("签到 " + code)
    page.shows("还没有加入班级")
