"""The one-time upload page: what is uploaded there is handed in as if it had been sent in the chat."""

import base64
import hashlib
import os
import tarfile

import pytest

from harness import Klass, Person, eventually, join
from harness.homework import ONE_THEME
from harness.upload import UploadPage

PEOPLE = [("1", "张伟", "学员"), ("2", "李娜", "学员"), ("3", "王芳", "学员"),
          ("t1", "吴老师", "带班老师"), ("m1", "周导师", "导师"), ("o1", "孙主办", "承办")]
PDF = b"%PDF-1.7\n" + b"shop plan " * 60000


def stored(server, data):
    path = server.data_dir / "files" / hashlib.sha256(data).hexdigest()[:2] / hashlib.sha256(data).hexdigest()
    return path.exists() and path.read_bytes() == data


@pytest.fixture
def klass(serve):
    server = serve(classes=[Klass(people=PEOPLE, syllabus=ONE_THEME)], limits={"file": 1 << 20, "files_of_person": 2 << 20})
    people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师")}
    server.clock.to("2026-03-02T12:00")
    people["吴老师"].hears("homework.offer")
    for reply in people["吴老师"].history():
        if "按默认发布" in reply.labels:
            reply.press("按默认发布")
    return server, people


def page_of(person, label="在网页上传"):
    """Opens a hand-in and asks for its page."""
    reply = person.says("交作业 1").last
    return UploadPage(person.server, reply.press(label).text)


def test_files_from_the_page_are_the_hand_in_and_the_chat_gets_the_receipt(klass):
    server, people = klass
    zhang = people["张伟"]
    page = page_of(zhang)
    assert page.state().json()["label"].startswith("作业1") and page.state().json()["name"] == "张伟"
    page.uploads("店铺计划.pdf", PDF)
    page.uploads("说明.txt", "第一步".encode())
    assert page.hands_over().json() == {"sent": True}
    assert "2 个文件" in zhang.hears("submit.ontime").text
    assert stored(server, PDF)
    assert page.hands_over().json() == {"sent": True}, "the answer may have been lost: once more is the same"
    assert [r.key for r in zhang.history()].count("submit.ontime") == 1
    assert page.state().status_code == 409


def test_what_the_open_hand_in_holds_already_goes_with_it(klass):
    zhang = klass[1]["张伟"]
    page = page_of(zhang)
    zhang.says("我的思路写在这里，文件在网页上")
    page.uploads("a.pdf", PDF)
    page.hands_over()
    receipt = zhang.hears("submit.ontime")
    assert "1 个文件" in receipt.text
    with klass[0].db() as db:
        assert db.execute("SELECT text FROM submission").fetchone()[0].startswith("我的思路")


def test_a_broken_upload_goes_on_where_it_stopped_and_doubles_nothing(klass):
    server, people = klass
    page = page_of(people["张伟"])
    id = page.announce("a.pdf", len(PDF)).json()["id"]
    assert page.put(id, 0, PDF[:1000]).json() == {"have": 1000, "done": False}
    again = page.announce("a.pdf", len(PDF)).json()
    assert again == {"id": id, "have": 1000, "done": False}
    wrong = page.put(id, 500, PDF[500:1500])
    assert wrong.status_code == 409 and wrong.json()["have"] == 1000
    server.restart(kill=True)
    assert page.announce("a.pdf", len(PDF)).json()["have"] == 1000
    assert page.put(id, 1000, PDF[1000:]).json() == {"have": len(PDF), "done": True}
    assert page.put(id, len(PDF), b"").status_code == 409
    assert len(page.state().json()["files"]) == 1
    page.hands_over()
    assert "1 个文件" in people["张伟"].hears("submit.ontime").text
    assert stored(server, PDF)


def test_the_type_is_told_by_content_and_a_lying_name_is_set_right(klass):
    server, people = klass
    page = page_of(people["张伟"])
    page.uploads("photo.jpg", PDF)
    page.uploads("virus.pdf", b"MZ\x90\0\3" + os.urandom(200))
    files = page.state().json()["files"]
    assert [(f["name"], f["renamed"]) for f in files] == [("photo.jpg.pdf", True), ("virus.pdf.bin", True)]
    page.hands_over()
    people["张伟"].hears("submit.ontime")
    with server.db() as db:
        assert [tuple(row) for row in db.execute("SELECT name, mime FROM file WHERE person > 0 ORDER BY id")] == [
            ("photo.jpg.pdf", "application/pdf"), ("virus.pdf.bin", "application/octet-stream")]


def test_too_large_too_many_and_too_much_are_refused_in_words(klass):
    page = page_of(klass[1]["张伟"])
    large = page.announce("film.mp4", 50 << 20)
    assert large.status_code == 413 and "最多 1 MB" in large.json()["error"]
    for n in range(2):
        assert page.announce(f"{n}.bin", 900 << 10).status_code == 200
    full = page.announce("more.bin", 900 << 10)
    assert full.status_code == 413 and "快满了" in full.json()["error"]
    for n in range(8):
        assert page.announce(f"s{n}", 10).status_code == 200
    many = page.announce("eleventh", 10)
    assert many.status_code == 413 and "10 个文件" in many.json()["error"]


def test_a_large_file_in_the_chat_is_refused_in_words(klass):
    zhang = klass[1]["张伟"]
    zhang.says("交作业 1")
    reply = zhang.sends_file("film.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * (2 << 20))[0]
    assert reply.key == "files.refused" and "最多 1 MB" in reply.text


def test_what_is_refused_in_the_chat_leaves_nothing_on_the_disk(klass):
    server, people = klass
    film = b"\0\0\0\x18ftypmp42" + b"\0" * (2 << 20)
    for _ in range(2):  # the second time as a repeat of the first
        large = people["张伟"].post(id="once", files=[{"name": "film.mp4", "mime": "video/mp4",
                                                       "base64": base64.b64encode(film).decode()}])
        assert large.json()["replies"][0]["key"] == "files.refused"
    stranger = Person(server, "nobody")
    assert stranger.sends_file("a.pdf", PDF)[0].key == "help"
    eventually(lambda: not server.files())
    with server.db() as db:
        assert db.execute("SELECT count(*) FROM file").fetchone()[0] == 0


def test_all_pages_of_a_person_and_what_was_sent_in_the_chat_count_together(klass):
    server, people = klass
    assert people["吴老师"].sends_file("a.pdf", PDF + b"1")[0].key == "nothing_open"
    first, second = (UploadPage(server, people["吴老师"].says("上传").text) for _ in range(2))
    first.uploads("b.pdf", PDF + b"2")
    assert second.announce("c.pdf", 900 << 10).status_code == 413
    assert second.announce("d.pdf", 300 << 10).status_code == 200
    assert second.announce("e.pdf", 700 << 10).status_code == 413


def test_a_page_is_one_persons_and_dies_with_its_day(klass):
    server, people = klass
    page = page_of(people["张伟"])
    id = page.uploads("a.pdf", PDF[:1000])
    assert server.get("/u/" + "A" * 24 + "/state").status_code == 404
    assert server.get("/u/x/state").status_code == 404
    stale = people["李娜"].post(action="upload:send:1").json()["replies"][0]
    assert stale["key"] == "stale"
    server.clock.to("2026-03-02T12:20")
    unsent = people["张伟"].hears("upload.unsent")
    assert "1 个文件" in unsent.text
    server.clock.to("2026-03-03T12:01")
    over = page.state()
    assert over.status_code == 404 and "发“上传”" in over.json()["error"]
    assert page.put(id, 0, b"x").status_code == 404
    assert not list((server.data_dir / "files").glob("part-*"))


def test_what_is_taken_off_the_page_or_left_on_it_is_not_kept(klass):
    server, people = klass
    page = page_of(people["张伟"])
    taken_off, left = PDF[:1000], PDF[:2000]
    id = page.uploads("a.pdf", taken_off)
    page.uploads("b.pdf", left)
    assert stored(server, taken_off)
    page.drops(id)
    assert not stored(server, taken_off)
    server.run("backup", str(server.data_dir / "b.tar"))
    with tarfile.open(server.data_dir / "b.tar") as tar:
        assert any(hashlib.sha256(left).hexdigest() in name for name in tar.getnames()), "what is on a page is kept safe"
    server.clock.to("2026-03-03T12:01")
    eventually(lambda: not stored(server, left))


def test_a_file_on_a_page_stays_when_the_same_one_of_somebody_else_goes(klass):
    server, people = klass
    mine, other = page_of(people["张伟"]), page_of(people["李娜"])
    mine.uploads("a.pdf", PDF)
    other.drops(other.uploads("a.pdf", PDF))
    assert stored(server, PDF)
    assert mine.hands_over().json() == {"sent": True}
    assert stored(server, PDF)


def test_what_was_left_behind_can_be_handed_over_in_the_chat(klass):
    server, people = klass
    page = page_of(people["张伟"])
    page.uploads("a.pdf", PDF[:1000])
    server.clock.to("2026-03-02T12:20")
    reply = people["张伟"].hears("upload.unsent").press("交上去")
    assert reply.key == "submit.ontime"


def test_upload_by_a_word_asks_what_the_files_are_for(klass):
    zhang = klass[1]["张伟"]
    page = UploadPage(zhang.server, zhang.says("上传").text)
    page.uploads("a.pdf", PDF)
    page.hands_over()
    meant = zhang.hears("homework.meant")
    assert meant.press(meant.labels[0]).key == "submit.ontime"


def test_malformed_requests_are_told_apart(klass):
    server, people = klass
    page = page_of(people["张伟"])
    id = page.announce("a", 10).json()["id"]
    assert server.post(page.path + "/files", data="x").status_code == 415
    assert server.post(page.path + "/files", json={"key": "k"}).status_code == 400
    assert server.post(page.path + "/files", json={"key": "k", "name": "n", "size": 0}).status_code == 400
    assert server.post(page.path + "/files", json={"key": "k", "name": "n", "size": -5}).status_code == 400
    assert server.post(page.path + "/other", json={}).status_code == 404
    assert server.http("PUT", f"{page.path}/{id}", data=b"x").status_code == 400
    assert server.http("PUT", f"{page.path}/x?at=0", data=b"x").status_code == 400
    assert page.put(id, 0, b"x" * 11).status_code == 409
    assert page.put(999, 0, b"x").status_code == 404
    assert page.put(id, 0, b"x" * (3 << 20)).status_code == 413
    assert page.hands_over().status_code == 200
    people["张伟"].hears("upload.nothing")
    assert page.put(id, 0, b"x" * 10).json()["done"]


def test_a_wecom_member_uploads_the_document_that_the_app_cannot_take(serve, wecom):
    bot = serve(classes=[Klass(people=[("1", "张伟", "学员", "", "", "ZhangWei"), ("t1", "吴老师", "带班老师", "", "", "WuLaoshi")],
                               syllabus=ONE_THEME)], wecom=wecom)
    wu, zhang = wecom.user("WuLaoshi", "吴老师"), wecom.user("ZhangWei", "张伟")
    bot.clock.to("2026-03-02T12:00:00+08:00")
    wu.presses("按默认发布")
    zhang.presses("交作业")
    zhang.presses("在网页上传")
    link = zhang.hears("/u/")
    page = UploadPage(bot, getattr(link, "text", str(link)))
    page.uploads("店铺计划.docx", PDF)
    page.hands_over()
    zhang.hears("按时交了")
    assert eventually(lambda: stored(bot, PDF))


def test_files_for_which_nothing_is_open_wait_on_their_page(klass):
    server, people = klass
    wu = people["吴老师"]
    page = UploadPage(server, wu.says("上传").text)
    assert page.hands_over().json() == {"sent": False}
    page.uploads("a.pdf", PDF)
    assert page.hands_over().json() == {"sent": False}
    wu.hears("nothing_open").press("交上去")
    assert len([r for r in wu.history() if r.key == "nothing_open"]) == 2
    wu.says("通知 讲义在附件里")
    assert page.hands_over().json() == {"sent": True}
    assert "附 1 个文件" in [r for r in wu.history() if r.key == "notice.preview"][-1].text
    assert page.state().status_code == 409


def test_files_added_from_the_receipt_keep_the_text(klass):
    server, people = klass
    zhang = people["张伟"]
    receipt = zhang.says("交作业 1 思路都写在这里了")
    page = UploadPage(server, receipt.press("在网页上传").text)
    page.uploads("a.pdf", PDF)
    assert page.hands_over().json() == {"sent": True}
    again = [r for r in zhang.history() if r.key == "submit.ontime"][-1]
    assert "1 个文件，文字还是上次写的" in again.text
    with server.db() as db:
        assert tuple(db.execute("SELECT version, text FROM submission ORDER BY version DESC").fetchone()) == (2, "思路都写在这里了")
