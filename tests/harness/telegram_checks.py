"""What the Bot API checks before it does anything: the refusals of the fake, in the real one's words."""

import html.parser
import json
import re
import time

from .fake import Bucket, utf16_len


class TgError(Exception):
    """A refusal: HTTP status, the words after "Bad Request: " and so on, more response parameters."""

    def __init__(self, status, description, **parameters):
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


def bad(description, **parameters):
    return TgError(400, "Bad Request: " + description, **parameters)


class Sent:
    """One message the bot sent, as it stands now (edits applied)."""

    def __init__(self, chat, message, files):
        self.chat, self.message, self.files, self.history, self.time = chat, message, files, [], time.monotonic()
        self.deleted = False

    id = property(lambda self: self.message["message_id"])
    text = property(lambda self: self.message.get("text", self.message.get("caption", "")))
    markup = property(lambda self: self.message.get("reply_markup") or {})

    @property
    def buttons(self):
        """(label, callback_data or None) of each inline button, flat."""
        return [(b["text"], b.get("callback_data")) for row in self.markup.get("inline_keyboard", []) for b in row]

    @property
    def labels(self):
        return [label for label, _ in self.buttons]

    @property
    def file(self):
        """(name, bytes) of what was uploaded with it, or None."""
        return self.files[0] if self.files else None

    def __repr__(self):
        return f"<{self.chat}#{self.id} {self.text!r} {self.labels}>"


class Html(html.parser.HTMLParser):
    """Checks and strips parse_mode=HTML."""
    TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "span",
            "tg-spoiler", "tg-emoji", "blockquote"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.plain = [], ""

    def handle_starttag(self, tag, attrs):
        if tag not in self.TAGS:
            raise bad(f"can't parse entities: Unsupported start tag \"{tag}\" at byte offset 0")
        self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise bad(f"can't parse entities: Unmatched end tag at byte offset 0, expected \"</{tag}>\"")

    def handle_data(self, data):
        self.plain += data


def json_of(p, field, kind, default):
    """A parameter that is JSON: an object in a JSON body, a string of JSON in a form."""
    value = p.get(field)
    if value is None or value == "":
        return default
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise bad(f"can't parse {field} JSON object") from None
    if not isinstance(value, kind):
        raise bad(f"object expected as {field}" if kind is dict else f"expected an Array as {field}")
    return value


class Checks:
    """Checks shared by the methods; of the fake it needs chats, messages, buckets and what is blocked."""

    def _chat(self, p):
        """The chat a message may go to, as the real server would let it."""
        raw = p.get("chat_id")
        if raw is None or raw == "":
            raise bad("chat_id is empty")
        if isinstance(raw, bool) or not isinstance(raw, (int, str)):
            raise bad("chat_id must be a number or a string")
        try:
            cid = int(raw)
        except ValueError:
            raise bad("chat not found") from None
        if cid in self.migrated:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.migrated[cid])
        if cid not in self.chats:
            raise bad("chat not found")
        if cid in self.blocked:
            raise TgError(403, "Forbidden: bot was blocked by the user")
        if cid in self.deactivated:
            raise TgError(403, "Forbidden: user is deactivated")
        if cid in self.kicked:
            raise TgError(403, f"Forbidden: bot was kicked from the {self.kicked[cid]} chat")
        return cid

    def _spend(self, cid):
        """Takes from the limits; 429 when there is none left."""
        if cid not in self.buckets:
            self.buckets[cid] = Bucket(self.burst, 1) if cid > 0 else Bucket(self.group_minute, self.group_minute / 60)
        wait = max(self.buckets[cid].take(), self.all_bucket.take())
        if wait:
            raise TgError(429, "", retry_after=max(1, int(wait + 0.999)))

    def _text(self, p, field, most, empty):
        text = p.get(field)
        if text is None and empty is None:
            return ""
        if not isinstance(text, str):
            raise bad(empty if text is None else f"field \"{field}\" must be of type String")
        mode = p.get("parse_mode")
        if mode == "HTML":
            parser = Html()
            parser.feed(text)
            parser.close()
            if parser.open:
                raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{parser.open[-1]}\"")
            text = parser.plain
        elif mode == "MarkdownV2":
            if m := re.search(r"(?<!\\)([.!#+\-={}>|])", text):
                raise bad(f"can't parse entities: Character '{m[1]}' is reserved and must be escaped with the "
                          f"preceding '\\'")
        elif mode not in (None, "", "Markdown"):
            raise bad("unsupported parse_mode")
        if any(0xD800 <= ord(c) < 0xE000 for c in text):
            raise bad("strings must be encoded in UTF-8")
        text = text.strip()
        if not text and empty is not None:
            raise bad(empty)
        if utf16_len(text) > most:
            raise bad("message is too long" if field == "text" else "message caption is too long")
        for e in json_of(p, "entities" if field == "text" else "caption_entities", list, []):
            if not isinstance(e, dict) or not isinstance(e.get("offset"), int) or not isinstance(e.get("length"), int):
                raise bad("can't parse MessageEntity")
            if e["offset"] < 0 or e["length"] <= 0 or e["offset"] + e["length"] > utf16_len(text):
                raise bad(f"entity beginning at UTF-16 offset {e['offset']} ends after the end of the text")
        return text

    def _markup(self, p):
        m = json_of(p, "reply_markup", dict, None)
        if m is None:
            return None
        if "inline_keyboard" in m:
            rows = m["inline_keyboard"]
            if not isinstance(rows, list) or not all(isinstance(r, list) for r in rows):
                raise bad("object expected as reply markup: inline_keyboard must be an Array of Arrays")
            if sum(map(len, rows)) > 100:
                raise bad("reply markup is too long")
            for b in (b for row in rows for b in row):
                self._button(b)
            rows = [r for r in rows if r]
            return {"inline_keyboard": rows} if rows else None
        if not {"keyboard", "remove_keyboard", "force_reply"} & set(m):
            raise bad("object expected as reply markup")
        return m

    def _button(self, b):
        if not isinstance(b, dict) or not isinstance(b.get("text"), str):
            raise bad("can't parse inline keyboard button: Field \"text\" must be of type String")
        if not b["text"].strip():
            raise bad("can't parse inline keyboard button: Text buttons must have non-empty text")
        acts = [k for k in ("callback_data", "url", "web_app", "login_url", "switch_inline_query", "pay",
                            "switch_inline_query_current_chat", "copy_text", "callback_game") if k in b]
        if len(acts) != 1:
            raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if "callback_data" in b:
            data = b["callback_data"]
            if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
        if "url" in b and not re.match(r"(https?|tg)://[^\s/]", str(b["url"])):
            raise bad(f"inline keyboard button URL '{b['url']}' is invalid: Wrong HTTP URL")

    def _message(self, cid, files=(), **content):
        """Puts a message of the bot into the chat; returns it as the API would."""
        markup = content.pop("reply_markup", None)
        message = {"message_id": self.message_id(), "from": {k: self.me[k] for k in
                   ("id", "is_bot", "first_name", "username")}, "chat": self.chats[cid],
                   "date": int(time.time()), **content}
        if markup and "inline_keyboard" in markup:
            message["reply_markup"] = markup
        self.messages.setdefault(cid, {})[message["message_id"]] = Sent(cid, message, list(files))
        return message

    def _own(self, p, verb):
        """The bot's own message that is to be edited or deleted."""
        cid = self._chat(p)
        try:
            mid = int(p.get("message_id"))
        except (TypeError, ValueError):
            raise bad("message identifier is not specified") from None
        m = self.messages.get(cid, {}).get(mid)
        if m is None or isinstance(m, Sent) and m.deleted:
            raise bad(f"message to {verb} not found")
        if not isinstance(m, Sent):
            raise bad(f"message can't be {verb}ed")
        return cid, m

    def _reply_to(self, p, cid):
        r = json_of(p, "reply_parameters", dict, None)
        mid = r.get("message_id") if r else p.get("reply_to_message_id")
        lenient = (r or p).get("allow_sending_without_reply")
        if mid is not None and int(mid) not in self.messages.get(cid, {}) and not lenient:
            raise bad("message to be replied not found")
