"""A strict fake of the Telegram Bot API server: it refuses what the real one refuses, in its words."""

import html.parser
import json
import re
import time
from urllib.parse import urlsplit

from .fake import Answer, Bucket, FakeHttp, eventually, utf16_len
from .telegram_people import TgGroup, TgUser

TOKEN = "7000000001:AAfake-token_for_the_tests_of_banzhang0"
SECRET = "fake_Secret-0123456789"
MAX_DOWNLOAD, MAX_UPLOAD, MAX_PHOTO = 20 << 20, 50 << 20, 10 << 20
OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = ("message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message")
ACTIVE_WEBHOOK = ("Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete "
                  "the webhook first")
OTHER_POLLER = ("Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
                "running")


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


class _Html(html.parser.HTMLParser):
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


class FakeTelegram(FakeHttp):
    """The fake. mode "webhook" posts updates to the attached server, "polling" queues them for getUpdates.

    burst, group_minute, all_second are the limits behind 429; callback_ttl how long a press may be answered.
    """

    def __init__(self, mode="webhook", username="banzhang_test_bot", burst=40, group_minute=20, all_second=30,
                 callback_ttl=30):
        super().__init__()
        self.mode, self.token, self.secret, self.callback_ttl = mode, TOKEN, SECRET, callback_ttl
        self.me = {"id": 7000000001, "is_bot": True, "first_name": "班长", "username": username,
                   "can_join_groups": True, "can_read_all_group_messages": False,
                   "supports_inline_queries": False}
        self.burst, self.group_minute = burst, group_minute
        self.all_bucket, self.buckets = Bucket(all_second * 2, all_second), {}
        self.server, self.server_url, self.last_response = None, None, None
        self.chats, self.blocked, self.kicked, self.migrated, self.deactivated = {}, set(), {}, {}, set()
        self.messages, self.callbacks, self.files, self.limited_chats = {}, {}, {}, {}
        self.next_message, self.next_update, self.next_id, self.refused_429 = 1, 845_000_000, 1, 0
        self.webhook, self.commands, self.menu_buttons, self.bot_texts = {"url": ""}, {}, {}, {}
        self.queue, self.pollers, self.updates = [], 0, []

    def section(self):
        """The `telegram` section of a configuration that talks to this fake."""
        return {"token": self.token, "secret": self.secret, "mode": self.mode, "api_base": self.url}

    def attach(self, server):
        """Names the server whose webhook gets the updates."""
        self.server = server

    # What tests look at

    def sent(self, chat):
        """What the bot said in this chat (user, group or id), in order, as it stands now; deleted ones left out."""
        chat = getattr(chat, "id", chat)
        with self.changed:
            return [s for s in self.messages.get(chat, {}).values() if isinstance(s, Sent) and not s.deleted]

    def hears(self, chat, text, timeout=10):
        """Waits until the bot said something that contains this text in the chat; returns the newest such."""
        return self.eventually(lambda: next((s for s in reversed(self.sent(chat)) if text in s.text), None),
                               timeout, f"{chat} hears {text!r}; heard {[s.text for s in self.sent(chat)]}")

    def answers(self, chat=None):
        """The answerCallbackQuery calls that were accepted: parameters, in order."""
        return [c.params for c in self.called("answerCallbackQuery") if c.status == 200]

    # What tests do

    def user(self, name="张伟", id=None, lang="zh-hans", username=None, started=True):
        """A new Telegram user; started=False: never wrote to the bot, which may not write either."""
        self.next_id += 1
        u = TgUser(self, id or 5_000_000_000 + self.next_id, name, lang, username)
        if started:
            self.chats[u.id] = u.chat()
        return u

    def group(self, title="速卖通一期", id=None, kind="supergroup", member=True):
        """A new group with the bot in it."""
        self.next_id += 1
        g = TgGroup(self, id or (-1_001_000_000_000 - self.next_id if kind == "supergroup" else -400_000 - self.next_id),
                    title, kind)
        if member:
            self.chats[g.id] = g.chat()
        return g

    def limit(self, chat=None, retry_after=344, next=None):
        """This chat (all without one) is answered 429 until unlimit(), or for the next calls only."""
        self._fault("answer", next, False, {"chat": chat}, make=lambda call: self._too_many(retry_after))

    unlimit = FakeHttp.calm

    def block(self, user, blocked=True):
        """Sending to this user is refused with 403 from now on."""
        (self.blocked.add if blocked else self.blocked.discard)(getattr(user, "id", user))

    def kick(self, group):
        """The bot was kicked: sending there is refused with 403."""
        gid = getattr(group, "id", group)
        self.kicked[gid] = self.chats[gid]["type"]

    def migrate(self, chat, new):
        """The group became a supergroup of that id: sending to the old one is refused with the new id."""
        old, new = getattr(chat, "id", chat), getattr(new, "id", new)
        self.migrated[old] = new
        self.chats[new] = dict(self.chats[old], id=new, type="supergroup")

    def expire_callbacks(self):
        """All presses so far are too old to be answered."""
        for c in self.callbacks.values():
            c["time"] = -1e9

    def add_file(self, data, name="file.bin", mime="application/octet-stream", size=None):
        """Puts a file on Telegram's side; returns its file_id."""
        self.next_id += 1
        file_id = f"BQACAgUAAxkBAAI{self.next_id:06d}"
        folder = "photos" if mime.startswith("image/") else "documents"
        self.files[file_id] = {"data": data, "path": f"{folder}/file_{self.next_id}.{name.rsplit('.', 1)[-1]}",
                               "size": len(data) if size is None else size, "name": name, "mime": mime,
                               "unique": f"AgAD{self.next_id:06d}"}
        return file_id

    def deliver(self, kind, content, secret=None, update_id=None, headers=None, mode=None):
        """Hands one update to the server; returns the webhook's HTTP status, or None when it waits in the queue."""
        with self.changed:
            if update_id is None:
                update_id = self.next_update
                self.next_update += 1
            update = {"update_id": update_id, kind: content}
            self.updates.append(update)
            if (mode or self.mode) == "polling":
                self.queue.append(update)
                self.changed.notify_all()
                return None
        return self.post(update, secret, headers)

    def post(self, update, secret=None, headers=None):
        """POSTs an update (a dict, or bytes as they are) to the webhook as Telegram does; the HTTP status."""
        body = update if isinstance(update, bytes) else json.dumps(update, ensure_ascii=False).encode()
        head = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret or self.secret,
                "Accept-Encoding": "gzip, deflate", **(headers or {})}
        r = self.server.post("/telegram/webhook", data=body,
                             headers={k: v for k, v in head.items() if v is not None})
        self.last_response = r
        if 200 <= r.status_code < 300 and r.content:
            self._reply_in_answer(r)
        return r.status_code

    def redeliver(self, update=None):
        """Sends an update (the last one) again, as Telegram does when it saw no 2xx."""
        return self.post(update or self.updates[-1])

    def now(self):
        """Telegram's time: the class clock where the attached server has one that stands still."""
        try:
            if self.server is not None and self.server.sandbox_on:
                return int(self.server.clock.now.timestamp())
        except (OSError, AssertionError):
            pass
        return int(time.time())

    def message_id(self):
        with self.changed:
            self.next_message += 1
            return self.next_message

    # The Bot API

    def failure(self, status, description):
        return Answer({"ok": False, "error_code": status, "description": description}, status)

    def chat_of(self, call):
        return call.params.get("chat_id", call.query.get("chat_id"))

    def _too_many(self, seconds):
        self.refused_429 += 1
        return Answer({"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {seconds}",
                       "parameters": {"retry_after": seconds}}, 429, {"Retry-After": str(seconds)})

    def handle(self, call):
        if m := re.fullmatch(r"/file/bot([^/]+)/(.+)", call.path):
            return self._download(m[1], m[2])
        m = re.fullmatch(r"/bot([^/]+)/([A-Za-z]+)", call.path)
        if not m:
            return self.failure(404, "Not Found")
        if m[1] != self.token:
            return self.failure(401, "Unauthorized")
        if call.bad:
            return self.failure(400, f"Bad Request: can't parse the request: {call.bad}")
        method = getattr(self, "do_" + m[2].lower(), None)
        if method is None:
            return self.failure(404, "Not Found")
        params = {**call.query, **call.params}
        try:
            if method == self.do_getupdates:
                result = self.do_getupdates(params, {})
            else:
                with self.changed:
                    result = method(params, call.files)
        except TgError as e:
            if e.status == 429:
                return self._too_many(e.parameters["retry_after"])
            body = {"ok": False, "error_code": e.status, "description": e.description}
            return Answer({**body, "parameters": e.parameters} if e.parameters else body, e.status)
        if isinstance(result, tuple):
            return Answer({"ok": True, "result": result[0], "description": result[1]})
        return Answer({"ok": True, "result": result})

    def _reply_in_answer(self, r):
        """Runs a method that came in the answer to an update."""
        try:
            params = r.json()
        except ValueError:
            return
        if not isinstance(params, dict) or "method" not in params:
            return
        name = params.pop("method")
        if name.lower() in ("deletewebhook", "setwebhook", "close", "logout") or name.lower().startswith("get"):
            return
        method = getattr(self, "do_" + name.lower(), None)
        try:
            with self.changed:
                method(params, {}) if method else None
                self.changed.notify_all()
        except TgError:
            pass  # its result is never reported back

    def _download(self, token, path):
        if token != self.token:
            return self.failure(401, "Unauthorized")
        for f in self.files.values():
            if f["path"] == path:
                return Answer(f["data"], mime="application/octet-stream")
        return self.failure(404, "Not Found")

    # Shared checks

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
            parser = _Html()
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
        for e in _json(p, "entities" if field == "text" else "caption_entities", list, []):
            if not isinstance(e, dict) or not isinstance(e.get("offset"), int) or not isinstance(e.get("length"), int):
                raise bad("can't parse MessageEntity")
            if e["offset"] < 0 or e["length"] <= 0 or e["offset"] + e["length"] > utf16_len(text):
                raise bad(f"entity beginning at UTF-16 offset {e['offset']} ends after the end of the text")
        return text

    def _markup(self, p):
        m = _json(p, "reply_markup", dict, None)
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
        r = _json(p, "reply_parameters", dict, None)
        mid = r.get("message_id") if r else p.get("reply_to_message_id")
        lenient = (r or p).get("allow_sending_without_reply")
        if mid is not None and int(mid) not in self.messages.get(cid, {}) and not lenient:
            raise bad("message to be replied not found")

    # Methods

    def do_getme(self, p, files):
        return self.me

    def do_sendmessage(self, p, files):
        cid = self._chat(p)
        text = self._text(p, "text", 4096, "message text is empty")
        markup = self._markup(p)
        self._reply_to(p, cid)
        self._spend(cid)
        return self._message(cid, text=text, reply_markup=markup)

    def do_editmessagetext(self, p, files):
        cid, m = self._own(p, "edit")
        text, markup = self._text(p, "text", 4096, "message text is empty"), self._markup(p)
        if "text" not in m.message:
            raise bad("there is no text in the message to edit")
        return self._edit(cid, m, text=text, reply_markup=markup)

    def do_editmessagecaption(self, p, files):
        cid, m = self._own(p, "edit")
        return self._edit(cid, m, caption=self._text(p, "caption", 1024, None), reply_markup=self._markup(p))

    def do_editmessagereplymarkup(self, p, files):
        cid, m = self._own(p, "edit")
        return self._edit(cid, m, reply_markup=self._markup(p))

    def _edit(self, cid, m, **new):
        if all((m.message.get(k) or None) == (v or None) for k, v in new.items()):
            raise bad(NOT_MODIFIED)
        self._spend(cid)
        m.history.append(dict(m.message))
        for k, v in new.items():
            m.message.pop(k, None)
            if v:
                m.message[k] = v
        m.message["edit_date"] = int(time.time())
        return m.message

    def do_deletemessage(self, p, files):
        _, m = self._own(p, "delete")
        m.deleted = True
        return True

    def do_answercallbackquery(self, p, files):
        c = self.callbacks.get(p.get("callback_query_id"))
        text = p.get("text", "")
        if not isinstance(text, str) or utf16_len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        if c is None or c["answered"] or time.monotonic() - c["time"] > self.callback_ttl:
            raise bad(OLD_QUERY)
        c["answered"] = True
        return True

    def _send_file(self, p, files, field, most, caption_most=1024):
        cid = self._chat(p)
        caption, markup = self._text(p, "caption", caption_most, None), self._markup(p)
        value, upload = p.get(field), files.get(field)
        if isinstance(value, str) and value.startswith("attach://"):
            upload = files.get(value[9:])
        if upload is None and not value:
            raise bad(f"there is no {field} in the request")
        if upload is not None:
            name, mime, data = upload
            if not data:
                raise bad("file must be non-empty")
            if len(data) > most:
                raise TgError(413, "Request Entity Too Large")
        elif value in self.files:
            name, mime, data = (self.files[value][k] for k in ("name", "mime", "data"))
        elif value.startswith(("http://", "https://")):
            raise bad("wrong type of the web page content")
        else:
            raise bad("wrong remote file identifier specified: Wrong padding in the string")
        if field == "photo" and not data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")):
            raise bad("IMAGE_PROCESS_FAILED")
        self._reply_to(p, cid)
        self._spend(cid)
        file_id = value if value in self.files else self.add_file(data, name, mime)
        shape = {"file_id": file_id, "file_unique_id": self.files[file_id]["unique"], "file_size": len(data)}
        content = [dict(shape, width=640, height=640)] if field == "photo" else \
            dict(shape, file_name=name, mime_type=mime)
        more = {"caption": caption} if caption else {}
        return self._message(cid, [(name, data)], reply_markup=markup, **{field: content}, **more)

    def do_sendphoto(self, p, files):
        return self._send_file(p, files, "photo", MAX_PHOTO)

    def do_senddocument(self, p, files):
        return self._send_file(p, files, "document", MAX_UPLOAD)

    def do_sendlocation(self, p, files):
        cid = self._chat(p)
        self._spend(cid)
        return self._message(cid, location={k: float(p[k]) for k in ("latitude", "longitude")})

    def do_sendchataction(self, p, files):
        self._chat(p)
        if p.get("action") not in ("typing", "upload_photo", "upload_document"):
            raise bad("wrong parameter action in request")
        return True

    def do_setmycommands(self, p, files):
        commands = _json(p, "commands", list, None)
        if commands is None:
            raise bad("parameter \"commands\" is required")
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for c in commands:
            if not isinstance(c, dict) or not re.fullmatch(r"/?[a-z0-9_]{1,32}", str(c.get("command"))):
                raise bad("BOT_COMMAND_INVALID")
            if not isinstance(c.get("description"), str) or not 1 <= utf16_len(c["description"].strip()) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(p)] = commands
        return True

    def do_deletemycommands(self, p, files):
        self.commands.pop(self._scope(p), None)
        return True

    def do_getmycommands(self, p, files):
        return self.commands.get(self._scope(p), [])

    def _scope(self, p):
        """(scope, chat, language) under which commands are kept."""
        scope = _json(p, "scope", dict, {"type": "default"})
        kind, lang = scope.get("type"), p.get("language_code", "")
        if kind not in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat",
                        "chat_administrators", "chat_member"):
            raise bad("can't parse BotCommandScope: Unsupported type specified")
        cid = self._chat(scope) if kind.startswith("chat") else None
        if not isinstance(lang, str) or not re.fullmatch(r"([a-z]{2})?", lang):
            raise bad("LANG_CODE_INVALID")
        return kind, cid, lang

    def do_setchatmenubutton(self, p, files):
        button = _json(p, "menu_button", dict, {"type": "default"})
        if button.get("type") not in ("commands", "web_app", "default"):
            raise bad("can't parse MenuButton: Unsupported type specified")
        self.menu_buttons[self._chat(p) if p.get("chat_id") else None] = button
        return True

    def do_getchatmenubutton(self, p, files):
        return self.menu_buttons.get(p.get("chat_id"), {"type": "commands"})

    def _bot_text(self, p, field, most):
        text = p.get(field, "")
        if not isinstance(text, str) or utf16_len(text) > most:
            raise bad(f"{field} is too long")
        self.bot_texts[field, p.get("language_code", "")] = text
        return True

    def do_setmydescription(self, p, files):
        return self._bot_text(p, "description", 512)

    def do_setmyshortdescription(self, p, files):
        return self._bot_text(p, "short_description", 120)

    def do_setmyname(self, p, files):
        return self._bot_text(p, "name", 64)

    def do_getchat(self, p, files):
        return self.chats[self._chat(p)]

    def do_leavechat(self, p, files):
        self.kick(self._chat(p))
        return True

    def do_getfile(self, p, files):
        f = self.files.get(p.get("file_id"))
        if f is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if f["size"] > MAX_DOWNLOAD:
            raise bad("file is too big")
        return {"file_id": p["file_id"], "file_unique_id": f["unique"], "file_size": f["size"],
                "file_path": f["path"]}

    def do_setwebhook(self, p, files):
        url, secret = p.get("url", ""), p.get("secret_token", "")
        if not url:
            return self.do_deletewebhook(p, files)
        u = urlsplit(url)
        if u.scheme != "https":
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if (u.port or 443) not in (443, 80, 88, 8443):
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        if not isinstance(secret, str) or len(secret) > 256:
            raise bad("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad("secret token contains unallowed characters")
        if not 1 <= int(p.get("max_connections", 40)) <= 100:
            raise bad("max_connections must be between 1 and 100")
        if str(p.get("drop_pending_updates", "")).lower() == "true":
            self.queue.clear()
        self.webhook = {"url": url, "secret_token": secret, "max_connections": int(p.get("max_connections", 40)),
                        "allowed_updates": _json(p, "allowed_updates", list, None),
                        "dropped": str(p.get("drop_pending_updates", "")).lower() == "true"}
        return True, "Webhook was set"

    def do_deletewebhook(self, p, files):
        was = self.webhook["url"]
        if str(p.get("drop_pending_updates", "")).lower() == "true":
            self.queue.clear()
        self.webhook = {"url": ""}
        return (True, "Webhook was deleted") if was else (True, "Webhook is already deleted")

    def do_getwebhookinfo(self, p, files):
        info = {"url": self.webhook["url"], "has_custom_certificate": False,
                "pending_update_count": len(self.queue)}
        if self.webhook["url"]:
            info.update(max_connections=self.webhook["max_connections"], ip_address="203.0.113.7")
            if self.webhook["allowed_updates"] is not None:
                info["allowed_updates"] = self.webhook["allowed_updates"]
        return info

    def do_getupdates(self, p, files):
        """Long polling: confirms what lies below offset, waits for more, one poller at a time."""
        with self.changed:
            if self.webhook["url"]:
                raise TgError(409, ACTIVE_WEBHOOK)
            self.pollers += 1
            mine = self.pollers
            self.changed.notify_all()  # an older poller is thrown out
            offset = int(p.get("offset", 0))
            if offset < 0:
                del self.queue[:max(0, len(self.queue) + offset)]
            elif offset > 0:
                self.queue = [u for u in self.queue if u["update_id"] >= offset
                              or u["update_id"] < offset - 1_000_000]  # ids that began anew
            limit = min(max(int(p.get("limit", 100)), 1), 100)
            deadline = time.monotonic() + min(max(int(p.get("timeout", 0)), 0), 50)
            while not self.queue and time.monotonic() < deadline and not self.stopping and mine == self.pollers:
                self.changed.wait(min(0.2, deadline - time.monotonic()))
            if mine != self.pollers:
                raise TgError(409, OTHER_POLLER)
            return self.queue[:limit]

    def confirmed(self, timeout=10):
        """Waits until the poller confirmed everything that was queued."""
        return eventually(lambda: not self.queue, timeout, "all queued updates confirmed")


def _json(p, field, kind, default):
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


__all__ = ["FakeTelegram", "Sent", "TgGroup", "TgUser"]
