"""/me: a trainee with nothing but a phone's browser."""

import struct
import zlib

import requests
from harness import Klass, eventually

from chatpage import ChatPage, join_by_link


def png(path, width, height, noise=None):
    """Writes a picture; noise(bytes) → bytes makes it large."""
    row = (lambda: b"\0" + noise(width * 3)) if noise else (lambda: b"\0" + bytes([90, 140, 180]) * width)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    raw = zlib.compress(b"".join(row() for _ in range(height)), 1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", raw) + chunk(b"IEND", b""))
    return path


def test_a_link_asks_who_one_is_and_opens_the_chat(server, phone):
    page = join_by_link(phone, server, "张伟")
    page.shows("张伟")
    page.says("帮助")
    page.hears(key="help")
    assert page.said[-1] == "帮助"


def test_somebody_elses_link_binds_nobody(server, phone):
    before = server.invites()["李娜"]["code"]
    page = ChatPage(phone).open(f"{server.url}/j/{before}")
    page.presses("不是")
    page.shows("还给老师")
    assert server.invites()["李娜"]["code"] == before


def test_a_wrong_link_says_what_to_do(server, phone):
    ChatPage(phone).open(server.url + "/j/ZZZZZZZZZZ").shows("向老师要一条新的")


def test_an_unknown_browser_is_told_how_to_get_in(server, phone):
    page = ChatPage(phone).open(server.url + "/me")
    page.shows("向带班老师要您的专属链接")
    page.waits_for(".code").send_keys(server.invites()["王芳"]["code"].lower())
    page.presses("加入班级")
    page.shows("王芳")


def test_a_push_comes_by_itself(server, phone):
    page = join_by_link(phone, server, "张伟")
    server.clock.to("2026-03-02T08:41")
    assert page.hears(key="reminder")["text"]


def test_a_button_is_pressed_once_and_shown_as_said(server, phone):
    page = join_by_link(phone, server, "张伟")
    page.says("帮助")
    label = eventually(lambda: page.hears(key="help")["buttons"])[0]
    page.presses(label)
    eventually(lambda: page.said[-1] == label)
    page.all_sent()


def test_a_bad_line_neither_loses_nor_doubles_nor_shuffles(server, phone, bad_line):
    line = bad_line(server)
    page = join_by_link(phone, server, "张伟", line.url)
    line.faults = ["lost", "answer lost", (503, 1), (429, 1), "answer lost"]
    words = ["第一句", "第二句", "第三句"]
    for word in words:
        page.says(word)
    page.all_sent()
    assert [w for w in page.said if w in words] == words
    assert len(set(line.taken)) == 3 and line.taken == sorted(line.taken)
    page.open(line.url + "/me")
    eventually(lambda: [w for w in page.said if w in words] == words)


def test_what_was_written_without_a_line_is_sent_when_it_is_back(server, phone, bad_line):
    line = bad_line(server)
    page = join_by_link(phone, server, "张伟", line.url)
    page.hears(key="join.welcome")
    line.cut = True
    page.says("断网时写的")
    page.shows("会自动")
    assert line.taken == []
    line.cut = False
    page.all_sent()
    assert page.said.count("断网时写的") == 1


def test_a_waiting_message_and_a_draft_survive_a_reload(server, phone, bad_line):
    line = bad_line(server)
    page = join_by_link(phone, server, "张伟", line.url)
    line.faults = [(503, 60)]
    page.says("没发完的")
    eventually(lambda: not line.faults)
    page.find(".field")[0].send_keys("草稿")
    page.open(line.url + "/me")
    page.waits_for(".field")
    page.all_sent()
    eventually(lambda: page.said.count("没发完的") == 1)
    assert page.find(".field")[0].get_property("value") == "草稿"


def test_a_message_that_is_refused_can_be_sent_again_or_dropped(server, phone, bad_line):
    line = bad_line(server)
    page = join_by_link(phone, server, "张伟", line.url)
    line.faults = [(413, 0), (400, 0)]
    page.says("第一条")
    page.presses("再发一次")
    page.presses("删掉")
    eventually(lambda: "第一条" not in page.said)
    assert line.taken == []


def test_a_large_photo_is_made_smaller_and_kept(server, phone, tmp_path):
    import os
    page = join_by_link(phone, server, "张伟")
    page.chooses(png(tmp_path / "作业.png", 2400, 1300, os.urandom))
    page.presses("发送")
    page.all_sent()
    page.open(server.url + "/me")
    picture = eventually(lambda: [f for m in page.messages if m["mine"] for f in m["files"]], 15)[0]
    size = eventually(lambda: phone.execute_script(
        "const i = document.querySelector('.mine .picture img'); return i.complete && i.naturalWidth"))
    assert size == 2000
    assert requests.get(picture, timeout=10).status_code != 200, "a stranger may not see it"


def test_a_document_arrives_as_it_is(server, phone, tmp_path):
    page = join_by_link(phone, server, "张伟")
    path = tmp_path / "选品表.csv"
    path.write_text("商品,理由\n帽子,夏天\n", encoding="utf-8")
    page.chooses(path, photo=False)
    page.presses("发送")
    page.all_sent()
    assert "选品表.csv" in page.words


def test_what_people_write_is_text_and_never_markup(server, phone):
    page = join_by_link(phone, server, "张伟")
    text = "<img src=x onerror=\"document.title='broken'\"> <b>粗</b> https://a.example/x?y=1). javascript:alert(1)"
    page.says(text)
    page.all_sent()
    assert page.said[-1] == text
    assert phone.title != "broken"
    links = [a.get_attribute("href") for a in page.find(".mine .text a")]
    assert links == ["https://a.example/x?y=1"]


def test_a_very_long_text_is_folded(server, phone):
    page = join_by_link(phone, server, "张伟")
    field = page.waits_for(".field")
    phone.execute_script("arguments[0].value = '长'.repeat(4096); arguments[0].dispatchEvent(new Event('input'))",
                         field)
    page.presses("发送")
    page.presses("展开全文")
    page.shows("收起")
    page.all_sent()


def test_the_page_fits_a_small_phone(server, phone):
    page = join_by_link(phone, server, "张伟")
    page.says("帮助")
    page.hears(key="help")
    for width in (320, 390, 768):
        phone.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                              {"width": width, "height": 640, "deviceScaleFactor": 2, "mobile": True})
        wide, high = phone.execute_script(
            "const r = document.documentElement; return [r.scrollWidth - innerWidth, r.scrollTop]")
        assert wide <= 0 and high == 0
        small = phone.execute_script("""return Array.from(document.querySelectorAll('button')).filter(
            (b) => b.offsetParent && b.offsetHeight < 40).map((b) => b.className)""")
        assert small == [], f"too small to touch: {small}"


def test_what_is_older_comes_when_one_scrolls_up(server, phone):
    page = join_by_link(phone, server, "张伟")
    for number in range(1, 331):
        page.driver.execute_async_script(
            "fetch('/me/messages', {method: 'POST', headers: {'Content-Type': 'application/json'},"
            " body: JSON.stringify({id: 'k' + arguments[0], text: '语言'})}).then(arguments[1])", number)
    phone.refresh()
    page.waits_for(".msg")
    assert page.find(".earlier")[0].is_displayed()
    first = page.messages[0]["id"]
    seen, key = len(page.messages), page.messages[0]["id"]
    assert seen == 200                                          # one page, not the whole past
    top = "return document.querySelector(`[data-id='${arguments[0]}']`).getBoundingClientRect().top"
    for place in (5000, 200):  # as a finger does: frame by frame
        phone.execute_async_script("document.querySelector('.scroll').scrollTop = arguments[0];"
                                   "requestAnimationFrame(() => requestAnimationFrame(arguments[1]))", place)
    eventually(lambda: len(page.messages) == 400, 10, "the page before")
    before = phone.execute_script(top, key)
    assert page.messages[200]["id"] == first and -400 < before < 400        # what was read stays in sight
    for _ in range(3):
        phone.execute_script("document.querySelector('.scroll').scrollTop = 5000")
        phone.execute_script("document.querySelector('.scroll').scrollTop = 0")
        eventually(lambda: page.find(".earlier")[0].is_enabled())
    eventually(lambda: not page.find(".earlier")[0].is_displayed(), 10, "nothing is older")
    ids = [int(m["id"]) for m in page.messages]
    assert ids == sorted(set(ids)) and len(ids) > 650
    page.says("帮助")
    page.hears(key="help")


def test_a_phone_tells_where_it_is(serve, browse):
    server = serve(classes=[Klass(place={"lat": 30.27, "lon": 120.15})])
    phone = browse()
    page = join_by_link(phone, server, "张伟")
    server.clock.to("2026-03-03T08:55")
    phone.execute_cdp_cmd("Browser.grantPermissions", {"origin": server.url, "permissions": ["geolocation"]})
    for lat, key in ((30.27, "place.here"), (30.4, "place.far")):
        phone.execute_cdp_cmd("Emulation.setGeolocationOverride", {"latitude": lat, "longitude": 120.15, "accuracy": 10})
        page.waits_for(".plus").click()
        page.presses("位置")
        page.hears(key=key)
    assert page.said[-1] == "📍 我的位置"


def test_without_leave_to_know_the_place_it_says_what_to_do(server, phone):
    page = join_by_link(phone, server, "张伟")
    phone.execute_cdp_cmd("Browser.setPermission", {"origin": server.url, "setting": "denied",
                                                    "permission": {"name": "geolocation"}})
    page.waits_for(".plus").click()
    page.presses("位置")
    page.shows("没有定位权限")
