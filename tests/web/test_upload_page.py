"""The one-time upload page in a phone's browser: several files, a bad line, a page opened anew."""

import os

from harness import eventually, join
from harness.upload import UploadPage

from chatpage import ChatPage


def open_page(phone, server, base=None):
    """The page of a fresh link of 张伟's."""
    zhang = join(server, "张伟")
    page = UploadPage(server, zhang.says("上传").text)
    seen = ChatPage(phone).open((base or server.url) + page.path)
    seen.shows("选文件或拍照")
    return zhang, page, seen


def chooses(seen, *paths):
    seen.waits_for("input[type=file]").send_keys("\n".join(str(p) for p in paths))


def made(tmp_path, name, size, head=b"%PDF-1.7\n"):
    path = tmp_path / name
    path.write_bytes(head + os.urandom(size))
    return path


def test_several_files_arrive_and_are_handed_over(server, phone, tmp_path):
    zhang, page, seen = open_page(phone, server)
    chooses(seen, made(tmp_path, "店铺计划.pdf", 300_000), made(tmp_path, "照片.jpg", 2000))
    seen.shows("交上去（2 个文件）")
    seen.shows("已按内容改名")
    width = phone.execute_script("return document.documentElement.scrollWidth")
    assert width <= 390, "nothing sticks out sideways"
    if os.environ.get("SHOTS"):
        phone.save_screenshot(os.environ["SHOTS"] + "/upload.png")
    seen.presses("交上去")
    seen.shows("还没有交上去")
    zhang.hears("nothing_open")
    phone.refresh()
    seen.shows("交上去（2 个文件）")


def test_a_bad_line_costs_time_and_doubles_nothing(server, phone, tmp_path, bad_line):
    line = bad_line(server)
    zhang, page, seen = open_page(phone, server, line.url)
    line.faults = ["answer lost", "lost", (503, 1), "answer lost"]
    path = made(tmp_path, "作业.pdf", 900_000)
    chooses(seen, path)
    eventually(lambda: "交上去（1 个文件）" in seen.words, 60, "the file arrives all the same")
    files = page.state().json()["files"]
    assert [(f["name"], f["have"], f["done"]) for f in files] == [("作业.pdf", path.stat().st_size, True)]


def test_a_page_opened_anew_goes_on_with_the_same_file(server, phone, tmp_path, bad_line):
    line = bad_line(server)
    zhang, page, seen = open_page(phone, server, line.url)
    path = made(tmp_path, "作业.pdf", 900_000)
    line.faults = [None, "lost", "lost", "lost", "lost", "lost"]
    chooses(seen, path)
    seen.shows("正在重试", 30)
    line.faults = []
    phone.get("about:blank")
    seen.open(line.url + page.path)
    seen.shows("再选一次这个文件就接着传")
    have = page.state().json()["files"][0]["have"]
    assert 0 < have < path.stat().st_size
    chooses(seen, path)
    seen.shows("交上去（1 个文件）", 30)
    assert len(page.state().json()["files"]) == 1


def test_what_is_too_large_is_said_before_anything_is_sent(serve, phone, tmp_path):
    server = serve(limits={"file": 1 << 20})
    zhang, page, seen = open_page(phone, server)
    chooses(seen, made(tmp_path, "大.pdf", 2 << 20))
    seen.shows("最多 1.0 MB")
    assert page.state().json()["files"] == []


def test_a_wrong_link_says_what_to_do(server, phone):
    for lang, words in (("zh-CN", "在聊天里发“上传”"), ("en", "Write “upload” in the chat")):
        ChatPage(phone).open(server.url + "/u/" + "A" * 24 + "?lang=" + lang).shows(words)
