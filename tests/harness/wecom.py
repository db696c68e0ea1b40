"""A strict fake of WeCom's API (qyapi.weixin.qq.com): it refuses what the real one refuses, by errcode,
and drops in silence what the real one drops in silence; both are on record here."""

import base64
import hashlib
import re
import time
from xml.etree import ElementTree

from .fake import Answer, FakeHttp
from .wecom_checks import Checks, Delivery, WxError
from .wecom_crypto import aes_key, decrypt, signature
from .wecom_people import WecomUser

CORP, AGENT, APP_SECRET = "ww1436e0e65a779aee", 1000002, "fake-app-secret-of-the-tests"
CALLBACK_TOKEN = "hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo"
CALLBACK_KEY = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"
MEDIA_LIMITS = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}
BUTTON_TYPES = {"click", "view", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album",
                "pic_weixin", "location_select", "view_miniprogram"}


class FakeWecom(Checks, FakeHttp):
    """The fake. minute_limit is the member's limit whose excess vanishes; robots are group robot keys."""

    def __init__(self, minute_limit=30, robots=("robot-key-0001",), secret_tries=10):
        super().__init__()
        self.corp, self.agent, self.secret = CORP, AGENT, APP_SECRET
        self.callback_token, self.callback_key = CALLBACK_TOKEN, CALLBACK_KEY
        self.minute_limit, self.secret_tries = minute_limit, secret_tries
        self.members, self.deliveries, self.robot_messages = {}, [], []
        self.robots, self.robot_times = set(robots), {}
        self.tokens, self.current, self.token_life, self.wrong_secrets, self.counter = {}, None, 7200, 0, 0
        self.media, self.cards, self.task_ids, self.seen, self.minutes = {}, {}, set(), {}, {}
        self.menu, self.offset, self.server, self.last_response = None, 0.0, None, None

    def section(self):
        """The `wecom` section of a configuration that talks to this fake."""
        return {"corp_id": self.corp, "agent_id": self.agent, "secret": self.secret,
                "token": self.callback_token, "encoding_aes_key": self.callback_key, "api_base": self.url}

    def attach(self, server):
        """Names the server whose callback gets the messages."""
        self.server = server

    def robot_url(self, key="robot-key-0001"):
        """The address of a group robot, as a class would have it."""
        return f"{self.url}/cgi-bin/webhook/send?key={key}"

    # What tests look at

    def sent(self, member, all=False):
        """What a member saw, in order (with all: what was dropped or swallowed too)."""
        member = getattr(member, "id", member).lower()
        with self.changed:
            return [d for d in self.deliveries if d.member.lower() == member
                    and (all or d.fate in ("shown", "truncated"))]

    def lost(self):
        """What was accepted with errcode 0 and never shown whole: dropped, swallowed, truncated."""
        return [d for d in self.deliveries if d.fate != "shown"]

    def hears(self, member, text, timeout=10):
        """Waits until the member saw something with this text; returns the newest such."""
        return self.eventually(lambda: next((d for d in reversed(self.sent(member)) if text in d.text), None),
                               timeout, f"{member} hears {text!r}; heard {[d.text for d in self.sent(member)]}")

    # What tests do

    def user(self, id="ZhangWei", name="张伟"):
        """A member of the corp in the app's scope."""
        self.members[id.lower()] = u = WecomUser(self, id, name)
        return u

    def expire_token(self):
        """The access token ran out: 42001 until a new one is fetched."""
        self.tokens = {t: "expired" for t in self.tokens}
        self.current = None

    def invalidate_token(self):
        """WeCom took the access token back early: 40014 until a new one is fetched."""
        self.tokens = {}
        self.current = None

    def errcode(self, code, next=1, errmsg="on demand", method=None, **more):
        """The next calls (all until calm() when None) are answered with this errcode."""
        def make(call):
            return Answer({"errcode": code, "errmsg": errmsg, **more})
        self._fault("answer", next, False, {"method": method}, make=make)

    def pass_time(self, seconds):
        """Moves the fake's own clock: minute limits, duplicate check, three-day media, 72-hour cards."""
        self.offset += seconds

    def time(self):
        return time.monotonic() + self.offset

    def now(self):
        """WeCom's CreateTime: the class clock where the attached server has one."""
        try:
            if self.server is not None and self.server.sandbox_on:
                return int(self.server.clock.now.timestamp())
        except (OSError, AssertionError):
            pass
        return int(time.time())

    def add_media(self, data, name="photo.jpg", mime="image/jpeg"):
        """Puts a member's media on WeCom's side; returns its media_id."""
        self.counter += 1
        media_id = f"1Gsm_member_media_{self.counter:06d}"
        self.media[media_id] = (name, mime, data, self.time())
        return media_id

    def verify_callback(self, echo="1616140317555161061", **broken):
        """GET URL verification as the admin page does it; the response."""
        return WecomUser(self, "verifier", "").verify(echo, **broken)

    # The API

    def failure(self, status, description):
        return Answer({"errcode": -1, "errmsg": "system error: " + description}, status)

    def method_of(self, path):
        return path.removeprefix("/cgi-bin/")

    def chat_of(self, call):
        return call.params.get("touser") or call.query.get("key")

    def handle(self, call):
        if not call.path.startswith("/cgi-bin/"):
            return Answer(b"not found", 404, mime="text/plain")
        method = {"gettoken": self.get_token, "message/send": self.send, "media/upload": self.upload,
                  "media/get": self.get_media, "message/update_template_card": self.update_card,
                  "message/recall": self.recall, "menu/create": self.create_menu, "menu/get": self.get_menu,
                  "menu/delete": self.delete_menu, "webhook/send": self.robot_send,
                  "webhook/upload_media": self.robot_upload, "getcallbackip": self.callback_ip,
                  "get_api_domain_ip": self.callback_ip, "agent/get": self.agent_get}.get(call.method)
        if method is None:
            return Answer({"errcode": 40066, "errmsg": "invalid url"})
        with self.changed:
            try:
                if call.bad or "" in call.params:
                    raise WxError(47001, "data format error")
                if call.method not in ("gettoken", "webhook/send", "webhook/upload_media"):
                    self._check_token(call)
                result = method(call)
            except WxError as e:
                return Answer({"errcode": e.errcode, "errmsg": e.errmsg, **e.more})
        return result if isinstance(result, Answer) else Answer({"errcode": 0, "errmsg": "ok", **(result or {})})

    def get_token(self, call):
        if self.wrong_secrets >= self.secret_tries:
            raise WxError(45009, "reach max api daily quota limit, the ip is blocked for an hour")
        if call.query.get("corpid") != self.corp:
            raise WxError(40013, "invalid corpid")
        if call.query.get("corpsecret") != self.secret:
            self.wrong_secrets += 1
            raise WxError(40001, "invalid credential")
        if self.current is None or self.tokens[self.current] < self.time():
            self.counter += 1
            self.current = f"fake-access-token-{self.counter:04d}-" + "x" * 180
            self.tokens[self.current] = self.time() + self.token_life
        return {"access_token": self.current, "expires_in": self.token_life}

    def _check_token(self, call):
        token = call.query.get("access_token")
        if not token:
            raise WxError(41001, "access_token missing")
        until = self.tokens.get(token)
        if until is None:
            raise WxError(40014, "invalid access_token")
        if until == "expired" or until < self.time():
            self.current = None
            raise WxError(42001, "access_token expired")

    def send(self, call):
        """message/send: checks the whole shape, then decides each receiver's fate."""
        p = call.params
        if not isinstance(p.get("agentid"), int) or isinstance(p["agentid"], bool):
            raise WxError(40058, "agentid: an int is expected")
        if p["agentid"] != self.agent:
            raise WxError(40056, "invalid agentid")
        receivers = self._receivers(p)
        kind = p.get("msgtype")
        if not isinstance(kind, str) or "_" + kind not in ("_text", "_markdown", "_textcard", "_news", "_image",
                                                           "_file", "_voice", "_video", "_template_card"):
            raise WxError(40008, "invalid message type")
        if not isinstance(p.get(kind), dict):
            raise WxError(40058, f"{kind} missing")
        text, fate = self._content(kind, p[kind])
        good = [m for m in receivers if m.lower() in self.members]
        wrong = "|".join(m.lower() for m in receivers if m.lower() not in self.members)
        if not good:
            raise WxError(81013, "user & party & tag all invalid", invaliduser=wrong)
        code = self._register_card(p) if kind == "template_card" else None
        swallowed = self._repeat(p)
        self.counter += 1
        for m in good:
            d = Delivery(self.members[m.lower()].id, kind, p, fate, text)
            if swallowed:
                d.fate = "swallowed"
            elif self._over_minute(m.lower()):
                d.fate = "dropped"
            d.response_code = code
            if kind in ("image", "file"):
                d.data = self.media[p[kind]["media_id"]][:3]
            self.deliveries.append(d)
        answer = {"msgid": f"fake-msgid-{self.counter}", **({"invaliduser": wrong} if wrong else {})}
        return dict(answer, response_code=code) if code else answer

    def update_card(self, call):
        p = call.params
        if p.get("agentid") != self.agent:
            raise WxError(40056, "invalid agentid")
        if not (p.get("userids") or p.get("partyids") or p.get("tagids") or p.get("atall")):
            raise WxError(82001, "no receiver")
        known = self.cards.get(p.get("response_code"))
        if known is None or known["used"] or self.time() - known["time"] > 72 * 3600:
            raise WxError(42048, "response_code invalid, used or expired")
        name, card = (p.get("button") or {}).get("replace_name"), p.get("template_card")
        if not isinstance(name, str) or not name:
            if not isinstance(card, dict):
                raise WxError(40058, "button.replace_name or template_card is needed")
            self._card(card)
        known["used"] = True
        users = {u.lower() for u in p.get("userids", [])}
        for d in self.deliveries:
            if d.card and d.card.get("task_id") == known["card"].get("task_id") and \
                    (p.get("atall") or d.member.lower() in users):
                d.replaced = name or card
        return {"invaliduser": [u for u in p.get("userids", []) if u.lower() not in self.members]}

    def recall(self, call):
        return {}

    def _live_media(self, media_id):
        m = self.media.get(media_id)
        if m is None or self.time() - m[3] > 3 * 86400:
            raise WxError(40007, "invalid media_id")
        return m

    def _store(self, call, kind, field="media"):
        if kind not in MEDIA_LIMITS:
            raise WxError(40004, "invalid media type")
        if field not in call.files:
            raise WxError(41005, "media data missing")
        name, mime, data = call.files[field]
        if not name:
            raise WxError(41005, "filename missing")
        if len(data) <= 5:
            raise WxError(40006, "invalid media size: at least 6 bytes")
        if len(data) > MEDIA_LIMITS[kind]:
            raise WxError(40009, "invalid media size")
        if kind == "image" and not data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
            raise WxError(40005, "invalid media file type")
        self.counter += 1
        media_id = f"1Gsm_upload_{self.counter:06d}"
        self.media[media_id] = (name, mime, data, self.time())
        return {"type": kind, "media_id": media_id, "created_at": str(int(time.time()))}

    def upload(self, call):
        return self._store(call, call.query.get("type"))

    def get_media(self, call):
        name, mime, data, _ = self._live_media(call.query.get("media_id"))
        headers, status = {"Content-disposition": f'attachment; filename="{name}"'.encode().decode("latin-1")}, 200
        if m := re.fullmatch(r"bytes=(\d+)-(\d*)", call.headers.get("Range", "")):
            first, last = int(m[1]), int(m[2] or len(data) - 1)
            headers["Content-Range"] = f"bytes {first}-{min(last, len(data) - 1)}/{len(data)}"
            data, status = data[first:last + 1], 206
        return Answer(data, status, headers, mime)

    def create_menu(self, call):
        if str(call.query.get("agentid")) != str(self.agent):
            raise WxError(40056, "invalid agentid")
        top = call.params.get("button")
        if not isinstance(top, list) or not 1 <= len(top) <= 3:
            raise WxError(40016, "invalid button count")
        for b in top:
            self._menu_button(b, 16)
            subs = b.get("sub_button")
            if subs is not None:
                if not isinstance(subs, list) or not 1 <= len(subs) <= 5:
                    raise WxError(40023, "invalid sub button count")
                for s in subs:
                    self._menu_button(s, 40)
            elif "type" not in b:
                raise WxError(40017, "invalid button type")
        self.menu = call.params
        return {}

    def _menu_button(self, b, most):
        if not isinstance(b.get("name"), str) or not 1 <= len(b["name"].encode()) <= most:
            raise WxError(40018, "invalid button name size")
        if b.get("sub_button"):
            return
        if b.get("type") not in BUTTON_TYPES:
            raise WxError(40017, "invalid button type")
        if b["type"] == "view":
            if not re.match(r"https?://", str(b.get("url"))) or len(b["url"].encode()) > 1024:
                raise WxError(40020, "invalid button url size")
        elif b["type"] != "view_miniprogram":
            if not isinstance(b.get("key"), str) or not 1 <= len(b["key"].encode()) <= 128:
                raise WxError(40019, "invalid button key size")

    def get_menu(self, call):
        if self.menu is None:
            raise WxError(46003, "menu does not exist")
        return dict(self.menu)

    def delete_menu(self, call):
        self.menu = None

    def robot_send(self, call):
        key, p = call.query.get("key"), call.params
        if key not in self.robots:
            raise WxError(93000, "invalid webhook url")
        times = self.robot_times.setdefault(key, [])
        times[:] = [t for t in times if self.time() - t < 60]
        if len(times) >= 20:
            raise WxError(45009, "api freq out of limit")
        times.append(self.time())
        kind = p.get("msgtype")
        content = p.get(kind) if isinstance(kind, str) else None
        if not isinstance(content, dict):
            raise WxError(40008, "invalid message type")
        most = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}.get(kind)
        if most is not None:
            text = content.get("content")
            if not isinstance(text, str) or not text:
                raise WxError(44004, "content is empty")
            if len(text.encode()) > most:
                raise WxError(40058, f"content exceed max length {most}")
        elif kind in ("file", "voice"):
            self._live_media(content.get("media_id"))
        elif kind == "template_card":
            self._card(content)
        elif kind == "image":
            data = base64.b64decode(content.get("base64", ""), validate=True)
            if not 0 < len(data) <= 2 << 20:
                raise WxError(40009, "invalid image size")
            if content.get("md5") != hashlib.md5(data).hexdigest():
                raise WxError(301019, "media md5 not match")
        elif kind != "news":
            raise WxError(40008, "invalid message type")
        self.robot_messages.append((key, kind, content.get("content", ""), p))

    def robot_upload(self, call):
        if call.query.get("key") not in self.robots:
            raise WxError(93000, "invalid webhook url")
        return self._store(call, call.query.get("type"))

    def callback_ip(self, call):
        return {"ip_list": ["127.0.0.1", "101.226.103.0/25"]}

    def agent_get(self, call):
        return {"agentid": self.agent, "name": "班长", "close": 0}

    # The callback side

    def open_passive(self, response):
        """The inner XML of an encrypted passive reply, its signature checked; None when the answer is none."""
        if not response.content.startswith(b"<xml"):
            return None
        x = ElementTree.fromstring(response.content)
        text = x.findtext("Encrypt")
        assert x.findtext("MsgSignature") == signature(self.callback_token, x.findtext("TimeStamp"),
                                                       x.findtext("Nonce"), text)
        message, receiver, _ = decrypt(aes_key(self.callback_key), text)
        assert receiver == self.corp
        return ElementTree.fromstring(message)
