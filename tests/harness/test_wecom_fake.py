"""The fake of WeCom refuses and drops what the real one does. Runs without the server."""

import json
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
import requests

from harness.telegram_people import PNG
from harness.wecom_crypto import aes_key, decrypt, encrypt, signature

from .hook import Hook
from .vectors import VECTORS


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
