"""A strict fake of the Telegram Bot API server: it refuses what the real one refuses, in its words."""

import json
import re
import time

from .fake import Answer, Bucket, FakeHttp, eventually
from .telegram_checks import Sent, TgError
from .telegram_methods import Methods
from .telegram_people import TgGroup, TgUser

TOKEN = "7000000001:AAfake-token_for_the_tests_of_banzhang0"
SECRET = "fake_Secret-0123456789"


class FakeTelegram(Methods, FakeHttp):
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

    # The HTTP side of the Bot API

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

    def confirmed(self, timeout=10):
        """Waits until the poller confirmed everything that was queued."""
        return eventually(lambda: not self.queue, timeout, "all queued updates confirmed")
