"""The methods of the Bot API, each as do_<name in lower case>(parameters, files) → result."""

import re
import time
from urllib.parse import urlsplit

from .fake import utf16_len
from .telegram_checks import Checks, TgError, bad, json_of

MAX_DOWNLOAD, MAX_UPLOAD, MAX_PHOTO = 20 << 20, 50 << 20, 10 << 20
OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = ("message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message")
ACTIVE_WEBHOOK = ("Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete "
                  "the webhook first")
OTHER_POLLER = ("Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
                "running")


class Methods(Checks):
    """Every method the bot may call."""

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
        commands = json_of(p, "commands", list, None)
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
        scope = json_of(p, "scope", dict, {"type": "default"})
        kind, lang = scope.get("type"), p.get("language_code", "")
        if kind not in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat",
                        "chat_administrators", "chat_member"):
            raise bad("can't parse BotCommandScope: Unsupported type specified")
        cid = self._chat(scope) if kind.startswith("chat") else None
        if not isinstance(lang, str) or not re.fullmatch(r"([a-z]{2})?", lang):
            raise bad("LANG_CODE_INVALID")
        return kind, cid, lang

    def do_setchatmenubutton(self, p, files):
        button = json_of(p, "menu_button", dict, {"type": "default"})
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
                        "allowed_updates": json_of(p, "allowed_updates", list, None),
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
