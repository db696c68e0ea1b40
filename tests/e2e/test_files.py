"""Files of people: who may fetch them and for how long, and what is forgotten."""

import base64
import io
import re
import sqlite3
import zipfile

import requests

from harness import Klass, eventually, join
from harness.homework import ONE_THEME
from harness.telegram_people import PNG
from harness.upload import UploadPage

PEOPLE = [("1", "张伟", "学员"), ("t1", "吴老师", "带班老师"), ("m1", "周导师", "导师"), ("o1", "孙主办", "承办")]


def lying(server):
    """The names of all files on the disk."""
    return {f.name for f in server.files()}


def told_of_a_film(server, zhang, wu, zhou):
    """A film too large for Telegram is handed in and looked at there: its bytes, and its address."""
    server.clock.to("2026-03-02T12:00")
    wu.hears("homework.offer").press("按默认发布")
    film = b"\0\0\0\x18ftypmp42" + bytes(21 << 20)
    page = UploadPage(server, zhang.says("交作业 1").last.press("在网页上传").text)
    page.uploads("店铺视频.mp4", film, 1 << 20)
    page.hands_over()
    zhang.hears("submit.ontime")
    zhou.says("/grade 1")
    told = zhou.hears("/f/")
    return film, re.search(r"/f/\S+", getattr(told, "text", str(told))).group()


def test_a_file_too_large_for_the_chat_comes_as_an_address_that_ends_with_the_account(serve, telegram):
    server = serve(classes=[Klass(people=PEOPLE, syllabus=ONE_THEME)], telegram=telegram)
    zhang, wu, zhou = join(server, "张伟"), join(server, "吴老师"), telegram.user("周导师")
    zhou.says("/join " + server.invites()["周导师"]["code"])
    zhou.presses("是我，同意")
    film, path = told_of_a_film(server, zhang, wu, zhou)
    answer = server.get(path)
    assert answer.status_code == 200 and answer.content == film
    assert answer.headers["Content-Disposition"].startswith("attachment") and "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    sha, until, to, sign, name = re.match(r"/f/(\w+)\.(\d+)\.(\d+)\.(\w+)/(.*)", path).groups()
    for wrong in (f"/f/{sha}.{int(until) + 9}.{to}.{sign}/{name}", f"/f/{sha[::-1]}.{until}.{to}.{sign}/x", f"/f/{sha}",
                  "/f/", f"/f/{sha}.{until}.{int(to) + 1}.{sign}/x", f"/f/{sha}.{until}.{to}.{sign[:-1]}/x",
                  f"/f/{sha}.99999999999999999999.{to}.{sign}/x"):
        assert server.get(wrong).status_code == 404, wrong
    sun = join(server, "孙主办")
    sun.says("解绑 周导师")
    sun.presses("周导师")
    assert server.get(path).status_code == 404, "it ends with the account"
    zhou.says("/join " + server.invites()["周导师"]["code"])
    zhou.presses("是我，同意")
    assert server.get(path).status_code == 404, "and stays so for who joins again"


def test_an_address_of_a_file_is_over_after_three_days(serve, telegram):
    server = serve(classes=[Klass(people=PEOPLE, syllabus=ONE_THEME)], telegram=telegram)
    zhang, wu, zhou = join(server, "张伟"), join(server, "吴老师"), telegram.user("周导师")
    zhou.says("/join " + server.invites()["周导师"]["code"])
    zhou.presses("是我，同意")
    path = told_of_a_film(server, zhang, wu, zhou)[1]
    server.clock.to("2026-03-05T11:59")
    assert server.get(path).status_code == 200
    server.clock.to("2026-03-05T12:01")
    refused = server.get(path, headers={"Accept": "text/html"})
    assert refused.status_code == 404 and refused.headers["Content-Type"].startswith("text/html")
    assert "再要一次" in server.get(path).json()["error"] and "chat" in server.get(path + "?lang=en").json()["error"]


def test_what_is_nobodys_is_forgotten_after_the_messages_that_showed_it_and_peoples_files_stay(serve):
    server = serve(classes=[Klass(people=PEOPLE, syllabus=ONE_THEME)])
    sun, zhang, wu = join(server, "孙主办"), join(server, "张伟"), join(server, "吴老师")
    sun.says("导出 名单")
    sun.hears("export.ready")
    server.clock.to("2026-03-02T12:00")
    wu.hears("homework.offer").press("按默认发布")
    zhang.says("交作业 1")
    zhang.sends_file("a.pdf", b"%PDF-1.7 mine", "application/pdf")
    sun.sends_file("b.pdf", b"%PDF-1.7 for nobody", "application/pdf")
    left = UploadPage(server, sun.says("上传").text)
    left.uploads("c.pdf", b"%PDF-1.7 left behind")
    server.clock.to("2026-03-03T12:30")
    server.stop()
    before = lying(server)
    with sqlite3.connect(server.data_dir / "banzhang.db") as db:
        kept = {row[0] for row in db.execute("SELECT sha256 FROM file WHERE person <> 0")}
        assert before == {row[0] for row in db.execute("SELECT sha256 FROM file")} and len(before - kept) >= 3
        db.execute("UPDATE file SET made = made - 92 * 86400")
    server.start()
    eventually(lambda: lying(server) == kept, what="only what is somebody's is left")


def test_a_class_has_limits_of_its_own(serve):
    other = Klass(id="wide", people=[("1", "李娜", "学员"), ("t2", "郑老师", "带班老师")])
    server = serve(classes=[Klass(people=PEOPLE, limits={"file": 2 << 20, "files_of_person": 3 << 20}), other])
    zhang, li = join(server, "张伟"), join(server, "李娜", klass="wide")
    assert UploadPage(server, zhang.says("上传").text).state().json()["most"] == 2 << 20
    assert UploadPage(server, li.says("上传").text).state().json()["most"] == 40 << 20
    assert "最多 2 MB" in zhang.sends_file("a.mp4", b"\0\0\0\x18ftypmp42" + bytes(3 << 20))[0].text
    assert li.sends_file("a.mp4", b"\0\0\0\x18ftypmp42" + bytes(3 << 20))[0].key != "files.refused"


def test_what_the_platform_tells_no_size_of_is_counted_when_it_is_here(serve, wecom):
    people = [("1", "张伟", "学员", "", "", "ZhangWei"), ("t1", "吴老师", "带班老师", "", "", "WuLaoshi")]
    server = serve(classes=[Klass(people=people, syllabus=ONE_THEME, limits={"files_of_person": 1 << 20})], wecom=wecom)
    wu, zhang = wecom.user("WuLaoshi", "吴老师"), wecom.user("ZhangWei", "张伟")
    server.clock.to("2026-03-02T12:00:00+08:00")
    wu.presses("按默认发布")
    zhang.presses("交作业")
    zhang.hears("发完点")
    zhang.sends_photo(PNG + bytes(1 << 20))
    zhang.hears("快满了")
    assert not lying(server), "its bytes are gone"
    zhang.sends_photo(PNG + b"small")
    eventually(lambda: len(lying(server)) == 1, what="one that fits stays")


def test_a_piece_that_no_page_knows_goes_at_the_next_start(serve):
    server = serve(classes=[Klass(people=PEOPLE)])
    zhang = join(server, "张伟")
    page = UploadPage(server, zhang.says("上传").text)
    part = page.announce("a.bin", 100).json()["id"]
    page.put(part, 0, b"x" * 50)
    server.kill()
    (server.data_dir / "files" / "part-999").write_bytes(b"left by a crash")
    server.start()
    eventually(lambda: lying(server) == {f"part-{part}"}, what="only the piece that somebody is still sending stays")
    assert page.put(part, 50, b"x" * 50).json()["done"]


def browser_of(server, name):
    """A browser that has joined by the link of this person."""
    browser = requests.Session()
    code = server.invites()[name]["code"]
    assert browser.post(f"{server.url}/j/{code}", json={"agree": True}).status_code == 200
    return browser


def test_an_address_passed_on_opens_nothing_for_another_person(serve):
    """/files/ is checked at every request against whose chat the file stands in: the address alone is worth nothing."""
    server = serve(classes=[Klass(people=PEOPLE, syllabus=ONE_THEME)])
    zhang, wu = browser_of(server, "张伟"), browser_of(server, "吴老师")
    mine = b"%PDF-1.7 mine alone"
    file = {"name": "a.pdf", "mime": "application/pdf", "base64": base64.b64encode(mine).decode()}
    assert zhang.post(server.url + "/me/messages", json={"files": [file], "id": "k1"}).status_code == 200
    shown = [m for m in zhang.get(server.url + "/me/messages").json()["messages"] if m["files"]]
    address = server.url + shown[0]["files"][0]["url"]
    mine_again = zhang.get(address)
    assert mine_again.content == mine and mine_again.headers["Content-Disposition"].startswith("attachment")
    assert "private" in mine_again.headers["Cache-Control"]
    assert wu.get(address).status_code == 404
    assert requests.get(address, timeout=10).status_code == 404
    stranger = requests.Session()
    stranger.cookies.set("banzhang", "x" * 24)
    assert stranger.get(address).status_code == 404
    assert wu.get(re.sub(r"/files/\w+", "/files/../banzhang.db", address)).status_code == 404


def test_a_zip_bomb_under_a_lying_name_is_kept_and_never_opened(serve):
    server = serve(classes=[Klass(people=PEOPLE, syllabus=ONE_THEME)])
    zhang, wu = join(server, "张伟"), join(server, "吴老师")
    server.clock.to("2026-03-02T12:00")
    wu.hears("homework.offer").press("按默认发布")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("bomb", bytes(200 << 20))
    zhang.says("交作业 1")
    zhang.sends_file("我的作业.jpg", packed.getvalue(), "image/jpeg")
    assert zhang.presses("交好了").key == "submit.ontime"
    row = server.db().execute("SELECT name, mime, size FROM file").fetchone()
    assert tuple(row) == ("我的作业.jpg.zip", "application/zip", len(packed.getvalue()))
    out = server.dir / "a.zip"
    server.run("export", "demo", "-f", "zip", "-o", str(out))
    assert out.stat().st_size < 20 << 20, "the archive has it as it is"


def test_a_document_of_50_mb_in_a_chat_is_answered_with_the_page(serve, telegram):
    server = serve(classes=[Klass(people=PEOPLE, syllabus=ONE_THEME)], telegram=telegram)
    user = telegram.user()
    user.joins(server, "张伟")
    user.hears("欢迎")
    user.sends_document("店铺视频.mp4", b"\0\0\0\x18ftypmp42", size=50 << 20)
    user.hears("超过 20 MB")
    user.presses("在网页上传")
    user.hears("/u/")
    assert not telegram.called("getFile")
