"""Telegram's users and groups: they write to the bot in updates shaped like the real ones."""

import re
import time

from .fake import eventually, utf16_len

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8"
                    "cfc0000003010100c9fe92ef0000000049454e44ae426082")


def entities(text):
    """The entities Telegram marks by itself: commands, mentions, links; offsets in UTF-16 units."""
    found = []
    for kind, pattern in (("bot_command", r"(?<!\S)/[A-Za-z0-9_]{1,32}(@\w+)?"), ("mention", r"(?<!\S)@\w{4,32}"),
                          ("url", r"https?://\S+")):
        for m in re.finditer(pattern, text):
            found.append({"offset": utf16_len(text[:m.start()]), "length": utf16_len(m[0]), "type": kind})
    return sorted(found, key=lambda e: e["offset"])


class TgUser:
    """A person on Telegram. Each act returns the webhook's HTTP status (None: queued, or unseen in a group)."""

    def __init__(self, fake, id, name, lang, username):
        self.fake, self.id, self.name, self.lang, self.username = fake, id, name, lang, username
        self.last_message = self.last_callback = None

    def __repr__(self):
        return f"TgUser({self.name}, {self.id})"

    def user(self):
        """The API's User."""
        u = {"id": self.id, "is_bot": False, "first_name": self.name}
        if self.username:
            u["username"] = self.username
        if self.lang:
            u["language_code"] = self.lang
        return u

    def chat(self):
        """The API's Chat of the private talk with this user."""
        c = {"id": self.id, "first_name": self.name, "type": "private"}
        return dict(c, username=self.username) if self.username else c

    def _place(self, group):
        return group.chat() if group is not None else self.chat()

    def _send(self, group, content, date=None, reply_to=None, kind="message", **how):
        fake = self.fake
        if group is None:
            fake.chats.setdefault(self.id, self.chat())
        message = {"message_id": fake.message_id(), "from": self.user(), "chat": self._place(group),
                   "date": fake.now() if date is None else int(date)}
        if reply_to is not None:
            message["reply_to_message"] = reply_to.message
        message.update(content)
        with fake.changed:
            fake.messages.setdefault(message["chat"]["id"], {})[message["message_id"]] = message
        self.last_message = message
        if group is not None and not group.visible(message):
            return None
        return fake.deliver(kind, message, **how)

    def says(self, text, group=None, **how):
        """Writes a text. date=: Telegram's time of it; reply_to=: a Sent; update_id=, secret=, headers=."""
        content = {"text": text}
        if marks := entities(text):
            content["entities"] = marks
        return self._send(group, content, **how)

    def starts(self, payload=""):
        """Opens the bot by a deep link."""
        return self.says(f"/start {payload}".strip())

    def joins(self, server, name):
        """Joins by the deep link of an invitation and agrees; what was asked."""
        assert self.starts("j_" + server.invites()[name]["code"]) == 200
        asked = self.hears(name)
        assert asked.buttons, asked
        assert self.presses("是我") == 200
        self.answered()
        return asked

    def edits(self, text, message=None, **how):
        """Edits an earlier text (the last one)."""
        old = dict(message or self.last_message)
        new = dict(old, text=text, edit_date=self.fake.now())
        new.pop("entities", None)
        if marks := entities(text):
            new["entities"] = marks
        self.last_message = new
        return self.fake.deliver("edited_message", new, **how)

    def sends_photo(self, data=PNG, caption=None, group=None, **how):
        """Sends a picture: two sizes, the larger last."""
        small, large = (self.fake.add_file(d, "photo.jpg", "image/jpeg") for d in (PNG, data))
        content = {"photo": [self._file(small, width=90, height=67), self._file(large, width=1280, height=960)]}
        return self._send(group, self._caption(content, caption), **how)

    def sends_document(self, name, data, mime="application/octet-stream", caption=None, group=None, size=None, **how):
        """Sends a file; size= claims another size than it has (over 20 MB the bot cannot fetch it)."""
        f = self._file(self.fake.add_file(data, name, mime, size), file_name=name, mime_type=mime)
        return self._send(group, self._caption({"document": f}, caption), **how)

    def sends_voice(self, data=b"OggS" + b"\0" * 60, seconds=3, group=None, **how):
        """Sends a voice message."""
        f = self._file(self.fake.add_file(data, "voice.oga", "audio/ogg"), duration=seconds, mime_type="audio/ogg")
        return self._send(group, {"voice": f}, **how)

    def sends_video(self, data=b"\0\0\0\x18ftypmp42" + b"\0" * 60, caption=None, group=None, **how):
        """Sends a video."""
        f = self._file(self.fake.add_file(data, "video.mp4", "video/mp4"), duration=3, width=640, height=360,
                       mime_type="video/mp4")
        return self._send(group, self._caption({"video": f}, caption), **how)

    def sends_location(self, lat=30.27, lon=120.15, group=None, **how):
        """Sends a place."""
        return self._send(group, {"location": {"latitude": lat, "longitude": lon}}, **how)

    def sends_sticker(self, group=None, **how):
        """Sends a sticker."""
        f = self._file(self.fake.add_file(b"RIFF", "s.webp", "image/webp"), type="regular", width=512, height=512,
                       is_animated=False, is_video=False, emoji="👍", set_name="x")
        return self._send(group, {"sticker": f}, **how)

    def sends_contact(self, group=None, **how):
        """Sends a contact card."""
        return self._send(group, {"contact": {"phone_number": "+8613800000000", "first_name": self.name}}, **how)

    def _file(self, file_id, **more):
        f = self.fake.files[file_id]
        return {"file_id": file_id, "file_unique_id": f["unique"], "file_size": f["size"], **more}

    def _caption(self, content, caption):
        if caption is None:
            return content
        marks = entities(caption)
        return {**content, "caption": caption, **({"caption_entities": marks} if marks else {})}

    def button(self, label, group=None):
        """(Sent, callback_data) of the newest button of this label in the chat."""
        for s in reversed(self.fake.sent(group or self)):
            for text, data in s.buttons:
                if label in text and data is not None:
                    return s, data
        raise AssertionError(f"no button {label!r}; the chat shows {self.fake.sent(group or self)}")

    def presses(self, label, group=None, timeout=10, message=None, data=None, inaccessible=False, **how):
        """Presses the newest button of this label, waiting for it to appear; message= and data= press a stale one."""
        sent = message
        if data is None:
            sent, data = eventually(lambda: self.button(label, group), timeout, f"a button {label!r}")
        shown = {"chat": sent.message["chat"], "message_id": sent.id, "date": 0} if inaccessible else sent.message
        with self.fake.changed:
            self.fake.next_id += 1
            qid = str(4_382_000_000_000 + self.fake.next_id)
            self.fake.callbacks[qid] = {"answered": False, "time": time.monotonic(), "chat": sent.chat, "data": data}
        self.last_callback = qid
        return self.fake.deliver("callback_query", {"id": qid, "from": self.user(), "message": shown,
                                                    "chat_instance": str(sent.chat * 7), "data": data}, **how)

    def answered(self, timeout=10):
        """Waits until the last press was answered; returns the answer's parameters."""
        qid = self.last_callback
        self.fake.eventually(lambda: self.fake.callbacks[qid]["answered"], timeout, f"press {qid} answered")
        return [c for c in self.fake.answers() if c["callback_query_id"] == qid][-1]

    def hears(self, text, timeout=10):
        """Waits until the bot said something with this text in the private chat; returns the Sent."""
        return self.fake.hears(self, text, timeout)

    def blocks(self, blocked=True):
        """Blocks the bot (or lets it in again) and Telegram tells it."""
        self.fake.block(self, blocked)
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        return self.fake.deliver("my_chat_member", _membership(self.fake, self.chat(), self, old, new))


class TgGroup:
    """A group the bot sits in, with the privacy mode every bot has."""

    def __init__(self, fake, id, title, kind):
        self.fake, self.id, self.title, self.kind = fake, id, title, kind

    def chat(self):
        """The API's Chat."""
        c = {"id": self.id, "title": self.title, "type": self.kind}
        return dict(c, all_members_are_administrators=False) if self.kind == "group" else c

    def visible(self, message):
        """Whether privacy mode shows this message to the bot: commands, mentions, replies to it, service notes."""
        text, me = message.get("text", message.get("caption", "")), self.fake.me
        if not text and not any(k in message for k in ("photo", "document", "voice", "video", "location", "sticker",
                                                       "contact")):
            return True
        if message.get("reply_to_message", {}).get("from", {}).get("id") == me["id"]:
            return True
        if "@" + me["username"].lower() in text.lower():
            return True
        m = re.match(r"/[A-Za-z0-9_]{1,32}(@\w+)?", text)
        return bool(m) and m[1] is None

    def adds_bot(self, by):
        """The bot is put into the group by this user."""
        self.fake.chats[self.id] = self.chat()
        self.fake.kicked.pop(self.id, None)
        return self.fake.deliver("my_chat_member", _membership(self.fake, self.chat(), by, "left", "member"))

    def kicks_bot(self, by):
        """The bot is thrown out by this user."""
        self.fake.kick(self)
        return self.fake.deliver("my_chat_member", _membership(self.fake, self.chat(), by, "member", "kicked"))

    def migrates(self, by, tell=True):
        """The group becomes a supergroup; returns the new TgGroup. tell: the two service messages are sent."""
        new = TgGroup(self.fake, -1_002_000_000_000 + self.id, self.title, "supergroup")
        self.fake.migrate(self, new)
        if tell:
            by._send(self, {"migrate_to_chat_id": new.id})
            by._send(new, {"migrate_from_chat_id": self.id})
        return new


def _membership(fake, chat, by, old, new):
    me = {k: fake.me[k] for k in ("id", "is_bot", "first_name", "username")}
    states = [{"user": me, "status": s, **({"until_date": 0} if s == "kicked" else {})} for s in (old, new)]
    return {"chat": chat, "from": by.user(), "date": fake.now(), "old_chat_member": states[0],
            "new_chat_member": states[1]}
