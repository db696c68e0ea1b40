"""The fakes refuse what the real platforms refuse. Runs without the server."""

import json
import socket
import threading

import pytest
import requests

from harness import FakeTelegram, FakeWecom, Klass, eventually
from harness.fake import utf16_len
from harness.server import parse_metrics
from harness.telegram_people import PNG, entities
from harness.wecom_crypto import aes_key, decrypt, encrypt, signature

from .vectors import VECTORS


class Hook:
    """A stand-in for the server: keeps what the fakes post to it."""

    sandbox_on = False

    def __init__(self, status=200, content=b""):
        self.posts, self.status, self.content = [], status, content

    def post(self, path, data=None, headers=None):
        self.posts.append((path, data, headers))
        r = requests.Response()
        r.status_code, r._content = self.status, self.content
        return r

    get = post


@pytest.fixture
def tg(telegram):
    telegram.attach(Hook())
    return telegram


def api(tg, method, token=None, **params):
    r = requests.post(f"{tg.url}/bot{token or tg.token}/{method}", json=params, timeout=20)
    assert r.json()["ok"] == (r.status_code == 200)
    return r


def refused(r, status, words):
    body = r.json()
    assert (r.status_code, body["error_code"]) == (status, status), body
    assert words in body["description"], body
    return body


# Telegram

def test_token_and_method(tg):
    refused(api(tg, "getMe", token="1:wrong"), 401, "Unauthorized")
    refused(api(tg, "sendGift"), 404, "Not Found")
    assert api(tg, "getMe").json()["result"]["is_bot"]


def test_text_limits(tg):
    u = tg.user()
    refused(api(tg, "sendMessage", chat_id=u.id, text=" "), 400, "Bad Request: message text is empty")
    refused(api(tg, "sendMessage", chat_id=u.id), 400, "message text is empty")
    refused(api(tg, "sendMessage", chat_id=u.id, text="字" * 4097), 400, "message is too long")
    refused(api(tg, "sendMessage", chat_id=u.id, text="😀" * 2049), 400, "message is too long")
    refused(api(tg, "sendMessage", chat_id=u.id, text=["x"]), 400, "must be of type String")
    api(tg, "sendMessage", chat_id=u.id, text="😀" * 2048, unknown_field=1)
    assert [utf16_len(s.text) for s in tg.sent(u)] == [4096]


def test_unknown_blocked_kicked_migrated(tg):
    refused(api(tg, "sendMessage", chat_id=1, text="x"), 400, "Bad Request: chat not found")
    refused(api(tg, "sendMessage", text="x"), 400, "chat_id is empty")
    stranger = tg.user(started=False)
    refused(api(tg, "sendMessage", chat_id=stranger.id, text="x"), 400, "chat not found")
    u, g = tg.user(), tg.group(kind="group")
    u.blocks()
    refused(api(tg, "sendMessage", chat_id=u.id, text="x"), 403, "Forbidden: bot was blocked by the user")
    u.blocks(False)
    assert api(tg, "sendMessage", chat_id=str(u.id), text="x").status_code == 200
    new = g.migrates(u)
    body = refused(api(tg, "sendMessage", chat_id=g.id, text="x"), 400, "upgraded to a supergroup chat")
    assert body["parameters"] == {"migrate_to_chat_id": new.id}
    assert api(tg, "sendMessage", chat_id=new.id, text="x").status_code == 200
    new.kicks_bot(u)
    refused(api(tg, "sendMessage", chat_id=new.id, text="x"), 403, "bot was kicked from the supergroup chat")


@pytest.mark.parametrize("markup, words", [
    ({"inline_keyboard": [[{"text": "a", "callback_data": "x" * 65}]]}, "BUTTON_DATA_INVALID"),
    ({"inline_keyboard": [[{"text": "a", "callback_data": "字" * 22}]]}, "BUTTON_DATA_INVALID"),
    ({"inline_keyboard": [[{"text": "a", "callback_data": ""}]]}, "BUTTON_DATA_INVALID"),
    ({"inline_keyboard": [[{"text": "a"}]]}, "Text buttons are unallowed"),
    ({"inline_keyboard": [[{"text": " ", "callback_data": "x"}]]}, "non-empty text"),
    ({"inline_keyboard": [{"text": "a", "callback_data": "x"}]}, "Array of Arrays"),
    ({"inline_keyboard": [[{"text": "a", "callback_data": "x"}] * 101]}, "reply markup is too long"),
    ({"inline_keyboard": [[{"text": "a", "url": "javascript:x"}]]}, "is invalid"),
    ([], "object expected as reply_markup"),
])
def test_markup(tg, markup, words):
    refused(api(tg, "sendMessage", chat_id=tg.user().id, text="x", reply_markup=markup), 400, words)


@pytest.mark.parametrize("mode, text, words", [
    ("HTML", "<b>x", "Can't find end tag"), ("HTML", "<h1>x</h1>", "Unsupported start tag"),
    ("HTML", "a</b>", "Unmatched end tag"), ("MarkdownV2", "1. x", "must be escaped"), ("XML", "x", "parse_mode")])
def test_parse_modes(tg, mode, text, words):
    refused(api(tg, "sendMessage", chat_id=tg.user().id, text=text, parse_mode=mode), 400, words)


def test_edit(tg):
    u = tg.user()
    keys = {"inline_keyboard": [[{"text": "同意", "callback_data": "y"}]]}
    m = api(tg, "sendMessage", chat_id=u.id, text="x", reply_markup=keys).json()["result"]
    same = dict(chat_id=u.id, message_id=m["message_id"], text="x", reply_markup=keys)
    refused(api(tg, "editMessageText", **same), 400, "message is not modified: specified new message content and")
    assert api(tg, "editMessageText", **dict(same, text="y")).status_code == 200
    assert api(tg, "editMessageReplyMarkup", chat_id=u.id, message_id=m["message_id"]).status_code == 200
    refused(api(tg, "editMessageReplyMarkup", chat_id=u.id, message_id=m["message_id"]), 400, "not modified")
    refused(api(tg, "editMessageText", **dict(same, message_id=999)), 400, "message to edit not found")
    u.says("mine")
    refused(api(tg, "editMessageText", **dict(same, message_id=u.last_message["message_id"])), 400, "can't be edited")
    assert tg.sent(u)[0].text == "y" and tg.sent(u)[0].buttons == [] and len(tg.sent(u)[0].history) == 2


def test_callback_once_and_in_time(tg):
    u = tg.user()
    keys = {"inline_keyboard": [[{"text": "同意", "callback_data": "y:1"}]]}
    api(tg, "sendMessage", chat_id=u.id, text="x", reply_markup=keys)
    assert u.presses("同意") == 200
    update = json.loads(tg.server.posts[-1][1])
    assert update["callback_query"]["data"] == "y:1" and update["callback_query"]["message"]["text"] == "x"
    qid = update["callback_query"]["id"]
    refused(api(tg, "answerCallbackQuery", callback_query_id=qid, text="x" * 201), 400, "MESSAGE_TOO_LONG")
    assert api(tg, "answerCallbackQuery", callback_query_id=qid).status_code == 200
    assert u.answered()["callback_query_id"] == qid
    refused(api(tg, "answerCallbackQuery", callback_query_id=qid), 400, "query is too old and response timeout")
    u.presses("同意")
    tg.expire_callbacks()
    refused(api(tg, "answerCallbackQuery", callback_query_id=u.last_callback), 400, "query is too old")


def test_limits_and_retry_after(tg):
    g = tg.group()
    for n in range(20):
        assert api(tg, "sendMessage", chat_id=g.id, text=f"{n}").status_code == 200
    r = api(tg, "sendMessage", chat_id=g.id, text="one too many")
    seconds = refused(r, 429, "Too Many Requests: retry after ")["parameters"]["retry_after"]
    assert r.headers["Retry-After"] == str(seconds) and tg.refused_429 == 1
    u = tg.user()
    tg.limit(u, retry_after=344)
    assert api(tg, "sendMessage", chat_id=u.id, text="x").json()["parameters"] == {"retry_after": 344}
    assert api(tg, "sendMessage", chat_id=tg.user().id, text="x").status_code == 200
    tg.unlimit()
    assert api(tg, "sendMessage", chat_id=u.id, text="x").status_code == 200


def test_faults(tg):
    u = tg.user()
    tg.fail(next=2, status=500)
    assert [api(tg, "sendMessage", chat_id=u.id, text="x").status_code for _ in range(3)] == [500, 500, 200]
    tg.garbage()
    with pytest.raises(ValueError):
        api(tg, "getMe").json()
    tg.cut()
    with pytest.raises(requests.RequestException):
        api(tg, "sendMessage", chat_id=u.id, text="half")
    assert [s.text for s in tg.sent(u)] == ["x", "half"]
    tg.reset()
    with pytest.raises(requests.RequestException):
        api(tg, "getMe")
    tg.slow(0.05, next=1)
    assert api(tg, "getMe").status_code == 200
    assert tg.eventually(lambda: tg.calls[-1].done) - tg.calls[-1].time >= 0.05


def test_hang_holds_one_chat_only(tg):
    a, b = tg.user(), tg.user()
    tg.hang(a)
    with pytest.raises(requests.Timeout):
        requests.post(f"{tg.url}/bot{tg.token}/sendMessage", json={"chat_id": a.id, "text": "x"}, timeout=0.2)
    assert api(tg, "sendMessage", chat_id=b.id, text="x").status_code == 200
    assert tg.calls[0].fault.kind == "hang" and tg.sent(a) == []


def test_files(tg):
    u = tg.user()
    url = f"{tg.url}/bot{tg.token}/"
    png = {"photo": ("qr.png", PNG, "image/png")}
    r = requests.post(url + "sendPhoto", data={"chat_id": u.id, "caption": "码"}, files=png, timeout=9)
    assert r.json()["result"]["photo"][0]["file_size"] == len(PNG) and tg.sent(u)[0].file == ("qr.png", PNG)
    text = {"photo": ("qr.png", b"no picture", "image/png")}
    refused(requests.post(url + "sendPhoto", data={"chat_id": u.id}, files=text, timeout=9), 400, "IMAGE_PROCESS")
    refused(requests.post(url + "sendPhoto", data={"chat_id": u.id, "caption": "x" * 1025}, files=png, timeout=9),
            400, "message caption is too long")
    refused(api(tg, "sendDocument", chat_id=u.id), 400, "there is no document in the request")
    refused(requests.post(url + "sendDocument", data={"chat_id": u.id}, files={"document": ("x", b"")}, timeout=9),
            400, "file must be non-empty")
    u.sends_document("作业.txt", b"hello", "text/plain")
    doc = json.loads(tg.server.posts[-1][1])["message"]["document"]
    path = api(tg, "getFile", file_id=doc["file_id"]).json()["result"]["file_path"]
    assert requests.get(f"{tg.url}/file/bot{tg.token}/{path}", timeout=9).content == b"hello"
    assert requests.get(f"{tg.url}/file/bot1:wrong/{path}", timeout=9).status_code == 401
    u.sends_document("film.mov", b"x", size=21 << 20)
    big = json.loads(tg.server.posts[-1][1])["message"]["document"]["file_id"]
    refused(api(tg, "getFile", file_id=big), 400, "file is too big")
    refused(api(tg, "getFile", file_id="nonsense"), 400, "wrong file_id")


def test_commands_and_webhook(tg):
    good = [{"command": "signin", "description": "签到"}]
    assert api(tg, "setMyCommands", commands=good, language_code="zh").json()["result"] is True
    assert tg.commands["default", None, "zh"] == good
    refused(api(tg, "setMyCommands", commands=[{"command": "签到", "description": "x"}]), 400, "BOT_COMMAND_INVALID")
    refused(api(tg, "setMyCommands", commands=[{"command": "a", "description": ""}]), 400, "DESCRIPTION_INVALID")
    refused(api(tg, "setMyCommands", commands=good * 101), 400, "BOT_COMMANDS_TOO_MUCH")
    refused(api(tg, "setMyCommands", commands=good, language_code="zh-CN"), 400, "LANG_CODE_INVALID")
    refused(api(tg, "setWebhook", url="http://example.org/"), 400, "An HTTPS URL must be provided for webhook")
    refused(api(tg, "setWebhook", url="https://example.org:8080/"), 400, "80, 88, 443 or 8443")
    refused(api(tg, "setWebhook", url="https://e.org/", secret_token="a b"), 400, "unallowed characters")
    assert api(tg, "setWebhook", url="https://e.org/", secret_token="ab").json()["description"] == "Webhook was set"
    refused(api(tg, "getUpdates"), 409, "can't use getUpdates method while webhook is active")
    assert api(tg, "getWebhookInfo").json()["result"]["url"] == "https://e.org/"
    api(tg, "deleteWebhook")
    assert api(tg, "getUpdates").json()["result"] == []


def test_polling(tg):
    tg.mode = "polling"
    u = tg.user()
    assert [u.says("1"), u.says("2"), u.says("3")] == [None] * 3
    first = api(tg, "getUpdates", limit=2).json()["result"]
    assert [x["message"]["text"] for x in first] == ["1", "2"]
    again = api(tg, "getUpdates", offset=first[0]["update_id"]).json()["result"]
    assert [x["message"]["text"] for x in again] == ["1", "2", "3"]
    assert api(tg, "getUpdates", offset=again[-1]["update_id"] + 1, timeout=0).json()["result"] == []
    tg.confirmed()
    got = {}

    def poll(name):
        got[name] = api(tg, "getUpdates", timeout=20)
    threads = [threading.Thread(target=poll, args=(n,)) for n in "ab"]
    threads[0].start()
    tg.eventually(lambda: tg.pollers == 4)
    threads[1].start()
    threads[0].join(10)
    refused(got["a"], 409, "terminated by other getUpdates request")
    u.says("4")
    threads[1].join(10)
    assert [x["message"]["text"] for x in got["b"].json()["result"]] == ["4"]


def test_polling_ids_that_began_anew(tg):
    tg.mode, u = "polling", tg.user()
    tg.next_update = 900_000_000
    u.says("old")
    api(tg, "getUpdates", offset=900_000_001)
    tg.next_update = 12_345
    u.says("new")
    assert api(tg, "getUpdates", offset=900_000_001).json()["result"][0]["update_id"] == 12_345
    api(tg, "getUpdates", offset=12_346)
    assert tg.queue == []


def test_updates_look_real(tg):
    u, g = tg.user("张伟", username="zhangwei"), tg.group()
    u.says("😀 /signin@banzhang_test_bot 483920")
    path, body, headers = tg.server.posts[-1]
    m = json.loads(body)["message"]
    assert path == "/telegram/webhook" and headers["X-Telegram-Bot-Api-Secret-Token"] == tg.secret
    assert headers["Content-Type"] == "application/json"
    assert m["entities"] == [{"offset": 3, "length": 25, "type": "bot_command"}]
    assert m["from"]["language_code"] == "zh-hans" and m["chat"]["type"] == "private"
    ids = [x["update_id"] for x in tg.updates]
    assert ids == sorted(set(ids))
    assert u.says("hello all", group=g) is None
    assert u.says("/signin@other_bot 1", group=g) is None
    assert u.says("/signin 1", group=g) == 200 and u.says("@banzhang_test_bot 签到", group=g) == 200
    u.edits("签到 2")
    assert "edited_message" in tg.updates[-1] and tg.updates[-1]["edited_message"]["edit_date"]
    u.sends_photo()
    sizes = [p["width"] for p in tg.updates[-1]["message"]["photo"]]
    assert sizes == sorted(sizes)
    assert entities("字 https://a.b/c") == [{"offset": 2, "length": 13, "type": "url"}]


def test_reply_in_the_webhooks_answer(tg):
    u = tg.user()
    tg.attach(Hook(content=json.dumps({"method": "sendMessage", "chat_id": u.id, "text": "hi"}).encode()))
    u.says("x")
    assert tg.sent(u)[0].text == "hi"


# WeCom

@pytest.fixture
def wx(wecom):
    wecom.attach(Hook())
    wecom.user("ZhangWei")
    wecom.user("LiNa")
    return wecom


def token(wx):
    r = requests.get(f"{wx.url}/cgi-bin/gettoken", params={"corpid": wx.corp, "corpsecret": wx.secret}, timeout=9)
    return r.json()["access_token"]


def call(wx, method, body=None, access_token=None, **query):
    query["access_token"] = access_token or token(wx)
    url = f"{wx.url}/cgi-bin/{method}"
    return (requests.get(url, params=query, timeout=9) if body is None else
            requests.post(url, params=query, data=json.dumps(body).encode(), timeout=9)).json()


def text(content="x", to="zhangwei", **more):
    return {"touser": to, "agentid": 1000002, "msgtype": "text", "text": {"content": content}, **more}


def card(task="t-1", buttons=None, **more):
    buttons = buttons if buttons is not None else [{"text": "同意", "key": "y"}, {"text": "驳回", "key": "n"}]
    return {"touser": "ZhangWei", "agentid": 1000002, "msgtype": "template_card", "template_card": {
        "card_type": "button_interaction", "main_title": {"title": "请假"}, "task_id": task,
        "button_list": buttons, **more}}


@pytest.mark.parametrize("name", VECTORS)
def test_official_vectors(name):
    v = VECTORS[name]
    key = aes_key(v["key"])
    assert signature(v["token"], v["timestamp"], v["nonce"], v["encrypt"]) == v["signature"]
    message, receiver, pad = decrypt(key, v["encrypt"])
    assert receiver == v["receiveid"] and pad == v["pad"]
    assert message.decode() == v["plain"] if "plain" in v else (len(message) == 284 and b"hello" in message)
    assert decrypt(key, encrypt(key, message, receiver))[:2] == (message, receiver)


def test_padding_is_to_32():
    key, seen = aes_key(VECTORS["B1"]["key"]), set()
    for n in range(32):
        seen.add(decrypt(key, encrypt(key, b"x" * n, "ww"))[2])
    assert seen == set(range(1, 33))


def test_wecom_token(wx):
    url = f"{wx.url}/cgi-bin/gettoken"
    assert requests.get(url, params={"corpid": "x", "corpsecret": wx.secret}, timeout=9).json()["errcode"] == 40013
    for _ in range(10):
        r = requests.get(url, params={"corpid": wx.corp, "corpsecret": "wrong"}, timeout=9).json()
        assert r["errcode"] == 40001
    assert requests.get(url, params={"corpid": wx.corp, "corpsecret": wx.secret}, timeout=9).json()["errcode"] == 45009
    wx.wrong_secrets = 0
    good = token(wx)
    assert token(wx) == good
    assert call(wx, "message/send", text(), access_token="nope")["errcode"] == 40014
    wx.expire_token()
    assert call(wx, "message/send", text(), access_token=good)["errcode"] == 42001
    assert token(wx) != good
    good = token(wx)
    wx.invalidate_token()
    assert call(wx, "getcallbackip", access_token=good)["errcode"] == 40014
    assert requests.get(f"{wx.url}/cgi-bin/getcallbackip", timeout=9).json()["errcode"] == 41001


@pytest.mark.parametrize("body, errcode", [
    (text(agentid="1000002"), 40058), (text(agentid=7), 40056), (text(to=""), 82001), (text(to="a b"), 40003),
    (text(to="nobody"), 81013), (text(content=""), 44004), (text("字" * 1707), 40058), (text(msgtype="odd"), 40008),
    (text(msgtype="image", image={"media_id": "gone"}), 40007), (text(to="|".join(["u"] * 1001)), 40058),
    (text(msgtype="markdown", markdown={"content": "字" * 683}), 45002),
    (card(buttons=[]), 42040), (card(buttons=[{"text": str(n), "key": str(n)} for n in range(7)]), 42040),
    (card(buttons=[{"text": "a", "key": "k" * 1025}]), 42042), (card(task="a b"), 42045), (card(task="x" * 129), 42045),
    (card(buttons=[{"text": "a", "key": "k"}] * 2), 42044), (card(card_type="odd"), 42027),
    (card(main_title={}), 42028)])
def test_wecom_refuses(wx, body, errcode):
    assert call(wx, "message/send", body)["errcode"] == errcode
    assert wx.deliveries == []


def test_wecom_send(wx):
    r = call(wx, "message/send", text("字" * 682, to="zhangwei|NoBody|LINA"))
    assert r["errcode"] == 0 and r["invaliduser"] == "nobody"
    assert [d.fate for d in wx.sent("zhangwei")] == ["shown"] and len(wx.sent("LiNa")) == 1
    call(wx, "message/send", text("字" * 683))
    assert wx.lost()[0].fate == "truncated"


def test_wecom_swallows_and_drops(wx):
    check = {"enable_duplicate_check": 1, "duplicate_check_interval": 60}
    assert [call(wx, "message/send", text("同", **check))["errcode"] for _ in range(2)] == [0, 0]
    assert [d.fate for d in wx.sent("ZhangWei", all=True)] == ["shown", "swallowed"]
    wx.pass_time(61)
    call(wx, "message/send", text("同", **check))
    for n in range(30):
        assert call(wx, "message/send", text(f"{n}"))["errcode"] == 0
    assert [d.fate for d in wx.lost()] == ["swallowed", "dropped"]
    assert call(wx, "message/send", text("x", to="lina"))["errcode"] == 0 and wx.sent("lina")


def test_wecom_cards(wx):
    r = call(wx, "message/send", card())
    assert r["errcode"] == 0 and r["response_code"]
    assert call(wx, "message/send", card())["errcode"] == 42046
    u = wx.members["zhangwei"]
    assert u.presses("同意") == 200
    update = {"userids": ["ZhangWei"], "agentid": 1000002, "response_code": r["response_code"],
              "button": {"replace_name": "已同意"}}
    assert call(wx, "message/update_template_card", dict(update, button={}))["errcode"] == 40058
    assert call(wx, "message/update_template_card", update)["errcode"] == 0
    assert wx.sent(u)[0].replaced == "已同意"
    assert call(wx, "message/update_template_card", update)["errcode"] == 42048
    late = call(wx, "message/send", card("t-2"))["response_code"]
    wx.pass_time(72 * 3600 + 1)
    assert call(wx, "message/update_template_card", dict(update, response_code=late))["errcode"] == 42048


def test_wecom_media(wx):
    url = f"{wx.url}/cgi-bin/media/upload"
    q = {"access_token": token(wx), "type": "image"}
    r = requests.post(url, params=q, files={"media": ("qr.png", PNG, "image/png")}, timeout=9).json()
    assert r["errcode"] == 0 and isinstance(r["created_at"], str)
    assert call(wx, "message/send", text(msgtype="image", image={"media_id": r["media_id"]}))["errcode"] == 0
    assert wx.sent("zhangwei")[0].data == ("qr.png", "image/png", PNG)
    small = requests.post(url, params=q, files={"media": ("x.png", b"12345")}, timeout=9).json()
    assert small["errcode"] == 40006
    assert requests.post(url, params=q, data={"a": 1}, timeout=9).json()["errcode"] == 41005
    got = requests.get(f"{wx.url}/cgi-bin/media/get", params={**q, "media_id": r["media_id"]}, timeout=9)
    assert got.content == PNG and 'filename="qr.png"' in got.headers["Content-disposition"]
    wx.pass_time(3 * 86400 + 1)
    assert call(wx, "media/get", media_id=r["media_id"])["errcode"] == 40007


def test_wecom_menu(wx):
    leaf = {"type": "click", "name": "课表", "key": "k"}
    good = {"button": [{"name": "签到", "sub_button": [leaf, dict(leaf, type="scancode_waitmsg")]}, leaf]}
    for code, body in ((40016, {"button": [leaf] * 4}), (40018, {"button": [dict(leaf, name="六个汉字太长")]}),
                       (40023, {"button": [{"name": "a", "sub_button": [leaf] * 6}]}),
                       (40019, {"button": [dict(leaf, key="k" * 129)]}), (40017, {"button": [dict(leaf, type="x")]})):
        assert call(wx, "menu/create", body, agentid=1000002)["errcode"] == code
    assert call(wx, "menu/create", good, agentid=1000002)["errcode"] == 0 and wx.menu == good


def test_wecom_robot(wx):
    def say(content, key="robot-key-0001"):
        return requests.post(wx.robot_url(key), json={"msgtype": "text", "text": {"content": content}},
                             timeout=9).json()["errcode"]
    assert say("x", key="gone") == 93000 and say("字" * 683) == 40058
    assert [say("x") for _ in range(20)] == [0] * 19 + [45009]


def test_wecom_on_demand(wx):
    wx.errcode(60020, errmsg="not allow to access from your ip", method="message/send")
    wx.errcode(45009, method="message/send")
    assert [call(wx, "message/send", text())["errcode"] for _ in range(3)] == [60020, 45009, 0]
    wx.fail(status=502)
    assert requests.get(f"{wx.url}/cgi-bin/getcallbackip", timeout=9).status_code == 502


def test_wecom_callbacks(wx):
    u = wx.members["zhangwei"]

    def opened():
        from urllib.parse import parse_qs, urlsplit
        from xml.etree import ElementTree
        path, body, _ = wx.server.posts[-1]
        q = {k: v[0] for k, v in parse_qs(urlsplit(path).query).items()}
        cipher = ElementTree.fromstring(body).findtext("Encrypt")
        assert q["msg_signature"] == signature(wx.callback_token, q["timestamp"], q["nonce"], cipher)
        message, receiver, _ = decrypt(aes_key(wx.callback_key), cipher)
        assert receiver == wx.corp
        return ElementTree.fromstring(message)
    assert u.says("签到 ]]> 1 <a>") == 200
    x = opened()
    assert x.findtext("Content") == "签到 ]]> 1 <a>" and x.findtext("FromUserName") == "ZhangWei"
    u.card_event("k", "t", selected={"q": ["1", "2"]}, typo=True)
    assert opened().find("SelectedItems/SelectedItem/OpitonIds/OpitonId").text == "1"
    u.card_event("k", "t", selected={"q": ["1"]})
    assert opened().findtext("SelectedItems/SelectedItem/OptionIds/OptionId") == "1"
    for act in (u.sends_photo, u.sends_voice, u.sends_video, u.sends_location, u.sends_link, u.subscribes,
                u.unsubscribes, u.enters, u.reports_location, u.picks_photos, u.selects_location):
        assert act() == 200 and opened().findtext("MsgType")
    u.scans("签到 1")
    assert opened().findtext("ScanCodeInfo/ScanResult") == "签到 1"
    for broken in (u.unsigned, u.wrongly_signed, u.from_other_corp, u.with_doctype):
        assert broken() == 200


# The rest of the ground

def test_eventually_gives_up_and_says_why():
    with pytest.raises(AssertionError, match="not within 0.05 s: the moon .*no cheese"):
        eventually(lambda: (_ for _ in ()).throw(LookupError("no cheese")), 0.05, "the moon")
    n = iter([0, 0, 7])
    assert eventually(lambda: next(n)) == 7


def test_fakes_stop_with_a_client_hanging():
    fake = FakeTelegram()
    fake.hang()
    s = socket.create_connection(("127.0.0.1", fake.port))
    s.sendall(f"POST /bot{fake.token}/getMe HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    fake.eventually(lambda: fake.calls)
    fake.stop()
    s.settimeout(5)
    assert s.recv(1) == b""
    s.close()


def test_a_fake_that_breaks_says_so():
    fake = FakeWecom()
    fake.handle = lambda call: 1 / 0
    assert requests.get(fake.url + "/cgi-bin/gettoken", timeout=9).status_code == 500
    with pytest.raises(AssertionError, match="division"):
        fake.stop()


def test_metrics_parser():
    m = parse_metrics('# HELP x\nx{a="1",b="c d"} 2\nx{a="2"} 3\ny 4e2\n')
    assert m["x", (("a", "1"), ("b", "c d"))] == 2 and m.value("x") == 5 and m.value("x", a="2") == 3
    assert m["y", ()] == 400
    with pytest.raises(AssertionError):
        parse_metrics("x{a=1} 2 3 4")


def test_class_file(tmp_path):
    path = Klass(syllabus=[("平台", "大纲", "讲授", "作业")], robot="http://127.0.0.1/").write(tmp_path)
    assert "syllabus: demo-syllabus.csv" in path.read_text() and "robot:" in path.read_text()
    assert (tmp_path / "demo-roster.csv").read_text().splitlines()[1] == "1,张伟,学员"
