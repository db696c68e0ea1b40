"""Bad input: whatever a stranger's machine sends, there is a clear answer, never a 500, and the server goes on."""

import json
import socket

import pytest

from harness import FakeTelegram, FakeWecom, Server, join
from harness.wecom_people import xml

DEEP = b"[" * 100_000
JSON = {
    "empty": (b"", 400),
    "blank": (b"   ", 400),
    "malformed": (b"{\"from\":\"u1\",\"text\"", 400),
    "trailing comma": (b'{"from":"u1","text":"a",}', 400),
    "trailing garbage": (b'{"from":"u1","text":"a"} x', 400),
    "two documents": (b'{"from":"u1","text":"a"}{"from":"u1","text":"a"}', 400),
    "single quotes": (b"{'from':'u1'}", 400),
    "comment": (b'{"from":"u1",/* */"text":"a"}', 400),
    "deep arrays": (DEEP, 400),
    "deep objects": (b'{"a":' * 50_000, 400),
    "deep and closed": (b"[" * 2000 + b"]" * 2000, 400),
    "not utf-8": (b'{"from":"u1","text":"\xff\xfe"}', 400),
    "overlong utf-8": (b'{"from":"u1","text":"\xc0\xaf"}', 400),
    "surrogate in utf-8": (b'{"from":"u1","text":"\xed\xa0\x80"}', 400),
    "lone surrogate escape": (b'{"from":"u1","text":"\\ud800"}', 400),
    "utf-16": ('{"from":"u1","text":"a"}'.encode("utf-16"), 400),
    "duplicate key": (b'{"from":"u1","text":"a","text":"b"}', 400),
    "duplicate sender": (b'{"from":"u1","from":"u2","text":"b"}', 400),
    "nul byte": (b'{"from":"u1","text":"a\0b"}', 400),
    "nul escape": (b'{"from":"u1","text":"a\\u0000b"}', 400),
    "bare control": (b'{"from":"u1","text":"a\x01b"}', 400),
    "nan": (b'{"from":"u1","text":NaN}', 400),
    "huge number": (b'{"from":"u1","location":{"lat":1e999,"lon":1}}', 400),
    "long number": (b'{"from":"u1","location":{"lat":' + b"9" * 5000 + b',"lon":1}}', 400),
    "ten megabytes": (b'{"from":"u1","text":"' + b"a" * (10 << 20) + b'"}', (400, 413)),
    "thirty megabytes": (b'{"from":"u1","text":"' + b"a" * (30 << 20) + b'"}', 413),
}
TELEGRAM = {k: v for k, v in JSON.items() if k not in ("thirty megabytes", "huge number", "long number")}


@pytest.fixture(scope="module")
def world():
    with FakeTelegram() as telegram, FakeWecom() as wecom:
        with Server(telegram=telegram, wecom=wecom) as s:
            s.zhang = wecom.user("ZhangWei")
            s.trainee = join(s, "张伟")
            s.stranger = 0
            yield s


@pytest.fixture(autouse=True)
def goes_on(world):
    yield
    assert world.alive() and world.get("/healthz").status_code == 200
    assert not any("panic" in x.lower() or "assert" in x.lower() for x in world.log()[-20:])


def as_expected(r, status):
    assert r.status_code in (status if isinstance(status, tuple) else (status,)), f"{r.status_code}: {r.text[:200]}"
    if r.status_code >= 400:
        assert r.json()["error"]


def send(world, path, body, headers=None):
    """POSTs these bytes. A server that answers 413 early may cut the connection: then the answer is read raw."""
    port = int(world.url.rsplit(":", 1)[1])
    head = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body)),
            "Connection": "close", **(headers or {})}
    with socket.create_connection(("127.0.0.1", port), 30) as s:
        s.sendall((f"POST {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in head.items()) + "\r\n").encode())
        try:
            s.sendall(body)
        except OSError:
            pass
        got = b""
        try:
            while chunk := s.recv(65536):
                got += chunk
        except OSError:
            pass
    assert got, "no answer at all"
    return Raw(got)


class Raw:
    """An answer read from the socket."""

    def __init__(self, data):
        self.head, _, self.content = data.partition(b"\r\n\r\n")
        self.status_code, self.text = int(self.head.split()[1]), self.content.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.content)


# JSON

@pytest.mark.parametrize("name", JSON)
def test_json_to_the_sandbox(world, name):
    body, status = JSON[name]
    as_expected(send(world, "/sandbox/messages", body), status)


@pytest.mark.parametrize("name", JSON)
def test_json_to_the_clock(world, name):
    as_expected(send(world, "/sandbox/clock", JSON[name][0]), (400, 413))


@pytest.mark.parametrize("name", TELEGRAM)
def test_json_to_the_telegram_webhook(world, name):
    body = TELEGRAM[name][0]
    r = send(world, "/telegram/webhook", body, {"X-Telegram-Bot-Api-Secret-Token": world.telegram.secret})
    as_expected(r, (400, 413))


def message(**fields):
    return {"message_id": 5, "from": {"id": 77, "is_bot": False, "first_name": "x"},
            "chat": {"id": 77, "type": "private"}, "date": 1772409600, "text": "帮助", **fields}


ODD = {
    "no message": {}, "message is a text": {"message": "x"}, "message is null": {"message": None},
    "message is a list": {"message": [1]}, "empty message": {"message": {}},
    "text is a number": {"message": message(text=5)}, "text is an object": {"message": message(text={})},
    "chat is missing": {"message": message(chat=None)}, "chat id is a text": {"message": message(chat={"id": "77"})},
    "chat id is half": {"message": message(chat={"id": 7.5, "type": "private"})},
    "chat id is too large": {"message": message(chat={"id": 2 ** 60, "type": "private"})},
    "from is missing": {"message": message(**{"from": None})}, "from is a text": {"message": message(**{"from": "x"})},
    "date is a text": {"message": message(date="yesterday")}, "date is negative": {"message": message(date=-1)},
    "date is far away": {"message": message(date=2 ** 52)}, "photo is empty": {"message": message(text=None, photo=[])},
    "photo is a text": {"message": message(text=None, photo="x")},
    "document without id": {"message": message(text=None, document={})},
    "location without lat": {"message": message(text=None, location={"longitude": 1})},
    "location of texts": {"message": message(text=None, location={"latitude": "1", "longitude": "2"})},
    "entities are wrong": {"message": message(text="/help", entities=[{"offset": -5, "length": 10 ** 9,
                                                                       "type": "bot_command"}])},
    "entities are a text": {"message": message(entities="x")},
    "entity splits a surrogate": {"message": message(text="😀/help", entities=[{"offset": 1, "length": 5,
                                                                              "type": "bot_command"}])},
    "callback without data": {"callback_query": {"id": "1", "from": {"id": 77, "first_name": "x"}}},
    "callback without from": {"callback_query": {"id": "1", "data": "x"}},
    "callback data is long": {"callback_query": {"id": "1", "from": {"id": 77, "first_name": "x"},
                                                 "data": "x" * 5000, "message": message()}},
    "callback id is a number": {"callback_query": {"id": 1, "from": {"id": 77, "first_name": "x"}, "data": "x"}},
    "unknown kind": {"quantum_message": {"x": 1}}, "poll": {"poll": {"id": "1"}},
    "inline query": {"inline_query": {"id": "1", "from": {"id": 7, "first_name": "x"}, "query": "", "offset": ""}},
    "membership is odd": {"my_chat_member": {"chat": 1}}, "reaction": {"message_reaction": {}},
    "a name of a megabyte": {"message": message(**{"from": {"id": 77, "first_name": "名" * 100_000}})},
}


@pytest.mark.parametrize("name", ODD)
def test_odd_telegram_updates(world, name):
    """Authentic and well-formed, but nothing one can read: 200 (else Telegram repeats it for a day) or 400."""
    world.stranger += 1
    status = world.telegram.post({"update_id": 900_000 + world.stranger, **ODD[name]})
    assert status in (200, 400, 413), name


@pytest.mark.parametrize("update_id", [None, "1", -1, 1.5, 2 ** 60, {}, True])
def test_odd_update_ids(world, update_id):
    assert world.telegram.post({"update_id": update_id, "message": message()}) in (200, 400)


@pytest.mark.parametrize("secret", ["", "x", "fake_Secret-0123456788", "fake_Secret-0123456789x", "fake_Secret-012345678",
                                    None])
def test_telegram_without_the_secret(world, secret):
    head = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    before = world.metrics().value("banzhang_updates_total", platform="telegram")
    r = send(world, "/telegram/webhook", json.dumps({"update_id": 1, "message": message()}).encode(), head)
    assert r.status_code in (401, 403)
    assert world.metrics().value("banzhang_updates_total", platform="telegram") == before


# XML

def test_wecom_verification(world):
    r = world.wecom.verify_callback("1616140317555161061")
    assert r.status_code == 200 and r.content == b"1616140317555161061"
    for broken in ({"signed": "0" * 40}, {"receiveid": "wwother"}, {"token": "wrong"}):
        assert world.wecom.verify_callback(**broken).status_code == 403
    assert world.get("/wecom/callback").status_code in (400, 403)


def test_wecom_messages_nobody_should_believe(world):
    before = world.metrics().value("banzhang_updates_total", platform="wecom")
    z = world.zhang
    assert z.unsigned() == 403 and z.wrongly_signed() == 403 and z.from_other_corp() == 403
    assert z.with_doctype(inner=False) in (400, 403) and z.with_doctype(inner=True) in (200, 400, 403)
    assert world.metrics().value("banzhang_updates_total", platform="wecom") == before


ENVELOPES = {
    "empty": b"", "no xml": b"hello", "cut": b"<xml><Encrypt>abc", "json": b"{}", "not utf-8": b"<xml>\xff\xfe</xml>",
    "no encrypt": b"<xml></xml>", "empty encrypt": b"<xml><Encrypt></Encrypt></xml>",
    "encrypt is no base64": b"<xml><Encrypt>***</Encrypt></xml>", "short": b"<xml><Encrypt>YWJj</Encrypt></xml>",
    "one block": b"<xml><Encrypt>AAAAAAAAAAAAAAAAAAAAAA==</Encrypt></xml>", "deep": b"<a>" * 50_000,
    "two blocks": b"<xml><Encrypt>" + b"A" * 43 + b"=</Encrypt></xml>",
    "doctype": b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml><Encrypt>abc</Encrypt></xml>',
    "laughs": b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'">]><xml>&b;</xml>',
    "long": b"<xml><Encrypt>" + b"A" * (10 << 20) + b"</Encrypt></xml>",
}


@pytest.mark.parametrize("name", ENVELOPES)
@pytest.mark.parametrize("signed", [True, False])
def test_wecom_envelopes(world, name, signed):
    body = ENVELOPES[name]
    cipher = body.partition(b"<Encrypt>")[2].partition(b"</Encrypt>")[0].decode("latin-1")
    query = world.zhang.query(cipher) if signed else {"msg_signature": "0" * 40, "timestamp": "1", "nonce": "1"}
    path = "/wecom/callback?" + "&".join(f"{k}={v}" for k, v in query.items())
    assert send(world, path, body, {"Content-Type": "text/xml"}).status_code in (400, 403, 413)


@pytest.mark.parametrize("query", [{}, {"msg_signature": "x"}, {"timestamp": "1", "nonce": "1"},
                                   {"msg_signature": "", "timestamp": "", "nonce": ""}])
def test_wecom_without_a_signature(world, query):
    z = world.zhang
    assert z.post("<xml/>", query=query) in (400, 403)


INNER = {
    "empty": "", "no xml": "hello", "cut": "<xml><MsgType>", "no fields": "<xml></xml>",
    "no sender": xml("xml", {"MsgType": "text", "Content": "帮助"}),
    "no kind": xml("xml", {"FromUserName": "ZhangWei", "Content": "帮助"}),
    "no content": xml("xml", {"FromUserName": "ZhangWei", "MsgType": "text", "MsgId": 91}),
    "unknown kind": xml("xml", {"FromUserName": "ZhangWei", "MsgType": "hologram", "MsgId": 92}),
    "unknown event": xml("xml", {"FromUserName": "ZhangWei", "MsgType": "event", "Event": "moonrise"}),
    "no event": xml("xml", {"FromUserName": "ZhangWei", "MsgType": "event"}),
    "time is a text": xml("xml", {"FromUserName": "ZhangWei", "MsgType": "text", "CreateTime": "soon",
                                  "Content": "帮助", "MsgId": 93}),
    "card without task": xml("xml", {"FromUserName": "ZhangWei", "MsgType": "event", "CreateTime": 1,
                                     "Event": "template_card_event"}),
    "scan without result": xml("xml", {"FromUserName": "ZhangWei", "MsgType": "event", "CreateTime": 2,
                                       "Event": "scancode_waitmsg", "EventKey": "x"}),
    "other corp inside": xml("xml", {"ToUserName": "wwother", "FromUserName": "ZhangWei", "MsgType": "text",
                                     "Content": "帮助", "MsgId": 94}),
    "sender too long": xml("xml", {"FromUserName": "z" * 5000, "MsgType": "text", "Content": "帮助", "MsgId": 95}),
    "twice the same field": "<xml><FromUserName>a</FromUserName><FromUserName>b</FromUserName></xml>",
    "entity": "<xml><FromUserName>&x;</FromUserName></xml>", "not utf-8": b"<xml><Content>\xff</Content></xml>",
}


@pytest.mark.parametrize("name", INNER)
def test_odd_wecom_messages(world, name):
    """Signed and decrypted, but nothing one can read: WeCom gets its 200, or a clear 400 or 403."""
    assert world.zhang.post(INNER[name]) in (200, 400, 403), name


# What people type

TEXTS = {
    "4096 characters": "长" * 4096, "8000 characters": "长" * 8000, "emoji only": "😀🎉👍🏽👨‍👩‍👧", "4096 emoji": "😀" * 4096,
    "blanks": "   \t ", "zero width": "\u200b\u200d\ufeff", "right to left": "\u202e签到 123456", "controls": "\x07\x1b[31m签到",
    "combining": "签" + "\u0301" * 2000, "lines": "\n" * 3000, "digits": "1" * 3000, "markup": "<b>签到</b> & *_`[x](y)",
    "quotes": "'; DROP TABLE people; --", "format": "%s%n%d {minutes} {0} {{", "regex": "(a+)+$" + "a" * 3000,
    "full width": "签到　１２３４５６", "traditional": "簽到 123456", "math": "𝟏𝟐𝟑𝟒𝟓𝟔", "arabic digits": "签到 ١٢٣٤٥٦",
    "private use": "\ue000\U0010ffff", "backslashes": "\\" * 4000, "slash": "/", "at": "/@banzhang_test_bot",
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_a_person_may_type(world, name):
    r = world.trainee.post(text=TEXTS[name])
    if r.status_code == 200:
        assert name in ("blanks", "lines", "zero width") or r.json()["replies"], name
        for reply in r.json()["replies"]:
            assert len(reply["text"]) < 4096 and "\x1b" not in reply["text"]
    else:
        assert r.status_code == 400, (name, r.text)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_from_telegram_and_wecom(world, name):
    u = world.telegram.user(name)
    assert u.says(TEXTS[name][:4096]) == 200
    if not any(ord(c) < 32 and c not in "\t\n\r" for c in TEXTS[name]):
        assert world.zhang.says(TEXTS[name].encode()[:2048].decode("utf-8", "ignore")) == 200


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\0b", "", "名" * 300, "con", ".hidden", "a/b\\c", "x" * 5000,
                                  "<script>.html", "\u202etxt.exe", "a\nb"])
def test_names_of_files(world, name):
    r = world.trainee.post(files=[{"name": name, "mime": "text/plain", "base64": "aGVsbG8="}])
    assert r.status_code in (200, 400), r.text


@pytest.mark.parametrize("mime", ["", "x", "text/plain\r\nX-Evil: 1", "a" * 3000, "text/html; charset=\"<\""])
def test_kinds_of_files(world, mime):
    r = world.trainee.post(files=[{"name": "a.txt", "mime": mime, "base64": "aGVsbG8="}])
    assert r.status_code in (200, 400), r.text


def test_many_files_at_once(world):
    one = {"name": "a.txt", "mime": "text/plain", "base64": "aGVsbG8="}
    assert world.trainee.post(files=[one] * 1000).status_code in (200, 400, 413)


# HTTP itself

@pytest.mark.parametrize("raw", [
    b"GARBAGE\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 100,
    b"POST /sandbox/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
    b"POST /sandbox/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: abc\r\n\r\n",
    b"POST /sandbox/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /sandbox/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /healthz?" + b"a=b&" * 5000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"])
def test_broken_http(world, raw):
    with socket.create_connection(("127.0.0.1", int(world.url.rsplit(":", 1)[1])), 15) as s:
        try:
            s.sendall(raw)
            s.shutdown(socket.SHUT_WR)
            got = s.recv(4096)
        except OSError:
            return
    assert not got or got.startswith(b"HTTP/1.1 ") and got.split()[1] != b"500"


def test_chunked_bodies_have_a_limit_too(world):
    with socket.create_connection(("127.0.0.1", int(world.url.rsplit(":", 1)[1])), 30) as s:
        s.sendall(b"POST /telegram/webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  b"X-Telegram-Bot-Api-Secret-Token: " + world.telegram.secret.encode() +
                  b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        got = b""
        try:
            for _ in range(40):
                s.sendall(b"100000\r\n" + b"a" * 0x100000 + b"\r\n")
            s.sendall(b"0\r\n\r\n")
            got = s.recv(4096)
        except OSError:
            try:
                got = s.recv(4096)
            except OSError:
                pass
    assert not got or got.split()[1] == b"413"


def test_a_client_that_goes_away_in_the_middle(world):
    for cut in (10, 60, 120, 200):
        raw = (b"POST /sandbox/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
               b"Content-Length: 500\r\n\r\n" + b'{"from":"u9","text":"' + b"a" * 400)
        with socket.create_connection(("127.0.0.1", int(world.url.rsplit(":", 1)[1])), 15) as s:
            s.sendall(raw[:cut])
    assert world.person("u9").history() == []
