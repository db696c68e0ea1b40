"""Members of a WeCom corp: their messages and events, encrypted and signed as WeCom sends them."""

import secrets
import time
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from .fake import eventually
from .telegram_people import PNG
from .wecom_crypto import aes_key, encrypt, signature


def xml(tag, value):
    """An element: text in CDATA, numbers bare, dicts and lists of (tag, value) nested."""
    if isinstance(value, dict):
        value = list(value.items())
    if isinstance(value, list):
        return f"<{tag}>" + "".join(xml(t, v) for t, v in value) + f"</{tag}>"
    if isinstance(value, (int, float)):
        return f"<{tag}>{value}</{tag}>"
    if "]]>" in value:
        return f"<{tag}>{escape(value)}</{tag}>"
    return f"<{tag}><![CDATA[{value}]]></{tag}>"


class WecomUser:
    """A member. Each act posts one callback and returns its HTTP status; .response is the whole answer."""

    def __init__(self, fake, id, name):
        self.fake, self.id, self.name, self.response, self.last_body = fake, id, name, None, None

    def __repr__(self):
        return f"WecomUser({self.id})"

    # Messages

    def message(self, kind, app="wxwork", create_time=None, msgid=None, **fields):
        """One message of this kind; msgid= repeats an earlier one, create_time= is WeCom's time of it."""
        self.fake.counter += 1
        self.last_msgid = msgid or 7_000_000_000_000_000_000 + self.fake.counter
        inner = self._common(kind, create_time) + [*fields.items(), ("MsgId", self.last_msgid),
                                                   ("AgentID", self.fake.agent)]
        return self.post(xml("xml", inner))

    def says(self, text, **how):
        return self.message("text", Content=text, **how)

    def sends_photo(self, data=PNG, name="photo.jpg", **how):
        media = self.fake.add_media(data, name)
        return self.message("image", PicUrl="https://wework.qpic.cn/x/0", MediaId=media, **how)

    def sends_voice(self, data=b"#!AMR\n" + b"\0" * 40, **how):
        return self.message("voice", MediaId=self.fake.add_media(data, "voice.amr", "audio/amr"), Format="amr", **how)

    def sends_video(self, data=b"\0\0\0\x18ftypmp42" + b"\0" * 40, **how):
        thumb = self.fake.add_media(PNG, "thumb.jpg")
        return self.message("video", MediaId=self.fake.add_media(data, "video.mp4", "video/mp4"),
                            ThumbMediaId=thumb, **how)

    def sends_location(self, lat=30.27, lon=120.15, label="杭州", app="wxwork", **how):
        fields = {"Location_X": lat, "Location_Y": lon, "Scale": 15, "Label": label}
        return self.message("location", **fields, **({"AppType": app} if app else {}), **how)

    def sends_link(self, title="我的店铺", url="https://example.com/shop", **how):
        return self.message("link", Title=title, Description="", Url=url, PicUrl="https://example.com/p.png", **how)

    # Events

    def event(self, name, fields=(), create_time=None):
        """One event; fields are (tag, value) after Event."""
        inner = [*self._common("event", create_time), ("Event", name), *fields, ("AgentID", self.fake.agent)]
        return self.post(xml("xml", inner))

    def subscribes(self):
        return self.event("subscribe", [("EventKey", "")])

    def unsubscribes(self):
        return self.event("unsubscribe", [("EventKey", "")])

    def enters(self):
        return self.event("enter_agent", [("EventKey", "")])

    def reports_location(self, lat=30.27, lon=120.15):
        return self.event("LOCATION", [("Latitude", lat), ("Longitude", lon), ("Precision", 20.5),
                                       ("AppType", "wxwork")])

    def clicks(self, key, spelling="click"):
        """Presses a menu entry."""
        return self.event(spelling, [("EventKey", key)])

    def views(self, url, spelling="view"):
        return self.event(spelling, [("EventKey", url)])

    def scans(self, result, key="scan", kind="scancode_waitmsg"):
        """Scans a QR code from the menu."""
        return self.event(kind, [("EventKey", key), ("ScanCodeInfo", [("ScanType", "qrcode"),
                                                                     ("ScanResult", result)])])

    def picks_photos(self, key="photo", kind="pic_photo_or_album"):
        item = [("PicMd5Sum", "1b5f7c23b5bf75682a53e7b6d163e185")]
        return self.event(kind, [("EventKey", key), ("SendPicsInfo", [("Count", 1), ("PicList", [("item", item)])])])

    def selects_location(self, key="place", lat=30.27, lon=120.15):
        info = [("Location_X", str(lat)), ("Location_Y", str(lon)), ("Scale", "15"), ("Label", "杭州"), ("Poiname", "")]
        return self.event("location_select", [("EventKey", key), ("SendLocationInfo", info), ("AppType", "wxwork")])

    def card_event(self, key, task_id, response_code=None, card_type="button_interaction", selected=None,
                   typo=False, name="template_card_event", create_time=None):
        """Presses a card. selected: {question: [option, …]}; typo: OpitonIds, as it occurs in the wild."""
        fields = [("EventKey", key), ("TaskId", task_id), ("CardType", card_type),
                  ("ResponseCode", response_code or self.fake.new_response_code({"task_id": task_id}))]
        ids, one = ("OpitonIds", "OpitonId") if typo else ("OptionIds", "OptionId")
        if selected:
            fields.append(("SelectedItems", [("SelectedItem", [("QuestionKey", q), (ids, [(one, o) for o in options])])
                                             for q, options in selected.items()]))
        return self.event(name, fields, create_time)

    def card(self, label):
        """(Delivery, key) of the newest card with this button that is not replaced."""
        for d in reversed(self.fake.sent(self)):
            for text, key in d.buttons:
                if label in text:
                    return d, key
        raise AssertionError(f"no button {label!r}; {self.id} saw {self.fake.sent(self)}")

    def presses(self, label, timeout=10, **how):
        """Presses the newest card button of this label, waiting for it to appear."""
        d, key = eventually(lambda: self.card(label), timeout, f"a card with {label!r}")
        with self.fake.changed:
            code = self.fake.new_response_code(d.card)
        return self.card_event(key, d.card["task_id"], code, **how)

    def hears(self, text, timeout=10):
        """Waits until this member saw something with this text; returns the Delivery."""
        return self.fake.hears(self, text, timeout)

    # The envelope, whole and broken

    def _common(self, kind, create_time):
        when = self.fake.now() if create_time is None else int(create_time)
        return [("ToUserName", self.fake.corp), ("FromUserName", self.id), ("CreateTime", when), ("MsgType", kind)]

    def query(self, text, timestamp=None, nonce=None, token=None, signed=None):
        """The signed query string's parameters for this ciphertext."""
        timestamp, nonce = timestamp or int(time.time()), nonce or str(secrets.randbelow(10 ** 10))
        return {"msg_signature": signed or signature(token or self.fake.callback_token, timestamp, nonce, text),
                "timestamp": str(timestamp), "nonce": nonce}

    def seal(self, inner, receiveid=None):
        """The ciphertext of an inner message (str or bytes)."""
        inner = inner.encode() if isinstance(inner, str) else inner
        return encrypt(aes_key(self.fake.callback_key), inner, self.fake.corp if receiveid is None else receiveid)

    def post(self, inner, receiveid=None, body=None, query=None, **sign):
        """POSTs an inner message in its envelope. receiveid: another corp's; body: instead of the envelope;
        signed=, token=, timestamp=, nonce=: of the signature."""
        text = self.seal(inner, receiveid)
        whole = body if body is not None else xml("xml", [("ToUserName", self.fake.corp),
                                                          ("AgentID", str(self.fake.agent)), ("Encrypt", text)])
        return self.post_raw(whole, self.query(text, **sign) if query is None else query)

    def post_raw(self, body, query):
        """POSTs these bytes to the callback with this query."""
        body = body.encode() if isinstance(body, str) else body
        self.last_body = (body, query)
        self.response = self.fake.last_response = self.fake.server.post(
            "/wecom/callback?" + urlencode(query), data=body, headers={"Content-Type": "text/xml"})
        return self.response.status_code

    def again(self):
        """Sends the last callback again, byte for byte, as WeCom does when it saw no 200 in time."""
        return self.post_raw(*self.last_body)

    def verify(self, echo="1616140317555161061", receiveid=None, **sign):
        """GET URL verification; the response."""
        text = self.seal(echo, receiveid)
        query = {**self.query(text, **sign), "echostr": text}
        self.response = self.fake.server.get("/wecom/callback?" + urlencode(query))
        return self.response

    # Messages nobody should believe

    def unsigned(self, text="签到 123456"):
        """Plaintext XML without Encrypt."""
        inner = self._common("text", None) + [("Content", text), ("MsgId", 1), ("AgentID", self.fake.agent)]
        plain = xml("xml", inner)
        return self.post_raw(plain, self.query(plain))

    def wrongly_signed(self, text="签到 123456"):
        return self.post(xml("xml", self._common("text", None) + [("Content", text), ("MsgId", 2)]), signed="0" * 40)

    def from_other_corp(self, text="签到 123456"):
        return self.post(xml("xml", self._common("text", None) + [("Content", text), ("MsgId", 3)]),
                         receiveid="wwffffffffffffffff")

    def with_doctype(self, inner=True):
        """A DOCTYPE with an entity, inside the ciphertext or around it."""
        evil = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        if inner:
            return self.post(evil + xml("xml", self._common("text", None) + [("MsgId", 4)])[:-6]
                             + "<Content>&b;</Content></xml>")
        text = self.seal("<xml/>")
        return self.post_raw(evil + f"<xml><Encrypt>{text}</Encrypt></xml>", self.query(text))
