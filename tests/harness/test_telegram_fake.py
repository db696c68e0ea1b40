"""The fake of Telegram refuses what the real one refuses. Runs without the server."""

import json
import threading

import pytest
import requests

from harness.fake import utf16_len
from harness.telegram_people import PNG, entities

from .hook import Hook


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
