"""What WeCom checks in a message before it takes it, and what becomes of it afterwards."""

import json
import re
import time

CARD_TYPES = ("text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction")


class WxError(Exception):
    """A refusal by errcode; more are further fields of the answer."""

    def __init__(self, errcode, errmsg, **more):
        super().__init__(errmsg)
        self.errcode, self.errmsg, self.more = errcode, errmsg, more


class Delivery:
    """One accepted message for one member. fate: shown, truncated, dropped (30 a minute) or swallowed (repeat)."""

    def __init__(self, member, kind, body, fate, text):
        self.member, self.kind, self.body, self.fate, self.text = member, kind, body, fate, text
        self.time, self.card, self.replaced = time.monotonic(), body.get("template_card"), None
        self.response_code, self.data = None, None

    @property
    def buttons(self):
        """(label, key) of the card's buttons."""
        return [(b["text"], b.get("key")) for b in (self.card or {}).get("button_list", [])]

    @property
    def labels(self):
        return [label for label, _ in self.buttons]

    def __repr__(self):
        return f"<{self.kind} to {self.member} {self.fate}: {self.text!r} {self.labels}>"


class Checks:
    """The checks of message/send; of the fake it needs members, media, cards and the time."""

    def _receivers(self, p):
        for field, most in (("touser", 1000), ("toparty", 100), ("totag", 100)):
            value = p.get(field, "")
            if not isinstance(value, str):
                raise WxError(40058, f"{field}: a string is expected")
            if len(value.split("|")) > most:
                raise WxError(40058, f"{field}: too many receivers")
        users = [u for u in p.get("touser", "").split("|") if u]
        if not users and not p.get("toparty") and not p.get("totag"):
            raise WxError(82001, "touser, toparty and totag are all empty")
        if users == ["@all"]:
            return [u.id for u in self.members.values()]
        for u in users:
            if not re.fullmatch(r"[A-Za-z0-9._@-]{1,64}", u):
                raise WxError(40003, "invalid userid")
        return users

    def _content(self, kind, c):
        """(text as shown, fate) of a message's content."""
        if kind in ("text", "markdown"):
            text = c.get("content")
            if not isinstance(text, str) or not text:
                raise WxError(44004, "content is empty")
            size = len(text.encode())
            if kind == "markdown" and size > 2048:
                raise WxError(45002, "content size out of limit")
            if size > 5120:
                raise WxError(40058, "content: longer than 5120 bytes")
            if size > 2048:
                return text.encode()[:2048].decode("utf-8", "replace"), "truncated"
            return text, "shown"
        if kind in ("image", "file", "voice", "video"):
            self._live_media(c.get("media_id"))
            return self.media[c["media_id"]][0], "shown"
        if kind == "textcard":
            for f in ("title", "description", "url"):
                if not isinstance(c.get(f), str) or not c[f]:
                    raise WxError(40058, f"textcard.{f} missing")
            if len(c["url"].encode()) > 2048:
                raise WxError(40058, "textcard.url too long")
            cut = len(c["title"]) > 128 or len(c["description"]) > 512
            return c["title"] + "\n" + c["description"], "truncated" if cut else "shown"
        if kind == "news":
            if not isinstance(c.get("articles"), list) or not 1 <= len(c["articles"]) <= 8:
                raise WxError(40058, "news.articles: 1 to 8")
            return "\n".join(a["title"] for a in c["articles"]), "shown"
        return self._card(c), "shown"

    def _card(self, c):
        """Checks a template card; its text as shown. The codes lie in WeCom's range for card faults."""
        kind, title = c.get("card_type"), c.get("main_title") or {}
        if kind not in CARD_TYPES:
            raise WxError(42027, "template_card.card_type invalid")
        if not isinstance(title, dict) or not (title.get("title") or c.get("sub_title_text")):
            raise WxError(42028, "template_card: main_title.title or sub_title_text is needed")
        if kind in ("text_notice", "news_notice"):
            if (c.get("card_action") or {}).get("type") not in (1, 2):
                raise WxError(42030, "template_card.card_action is needed")
        else:
            self._task_id(c.get("task_id"))
        if kind == "button_interaction":
            self._card_buttons(c.get("button_list"))
        for field, most in (("horizontal_content_list", 6), ("jump_list", 3)):
            if len(c.get(field) or []) > most:
                raise WxError(42031, f"template_card.{field}: at most {most}")
        if "action_menu" in c:
            self._task_id(c.get("task_id"))
            if not 1 <= len(c["action_menu"].get("action_list", [])) <= 3:
                raise WxError(42032, "template_card.action_menu.action_list: 1 to 3")
        quote = (c.get("quote_area") or {}).get("quote_text", "")
        items = [f"{h.get('keyname', '')} {h.get('value', '')}" for h in c.get("horizontal_content_list") or []]
        return "\n".join(x for x in (title.get("title"), title.get("desc"), c.get("sub_title_text"), quote, *items) if x)

    def _task_id(self, task_id):
        if not isinstance(task_id, str) or not task_id or len(task_id.encode()) > 128 or \
                not re.fullmatch(r"[0-9A-Za-z_\-@]+", task_id):
            raise WxError(42045, "template_card.task_id invalid")

    def _card_buttons(self, buttons):
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 6:
            raise WxError(42040, "template_card.button_list: 1 to 6")
        keys = [b.get("key") for b in buttons]
        for b in buttons:
            if not isinstance(b.get("text"), str) or not b["text"]:
                raise WxError(42041, "template_card.button_list.text missing")
            if b.get("type", 0) == 0 and not (isinstance(b.get("key"), str) and 1 <= len(b["key"].encode()) <= 1024):
                raise WxError(42042, "template_card.button_list.key: 1 to 1024 bytes")
            if b.get("style", 1) not in (1, 2, 3, 4):
                raise WxError(42043, "template_card.button_list.style invalid")
        if len(set(keys)) != len(keys):
            raise WxError(42044, "template_card.button_list.key repeated")

    def _register_card(self, p):
        """Notes the card's task_id (unique per app) and makes its response code."""
        card = p["template_card"]
        task = card.get("task_id")
        if task is not None:
            if task in self.task_ids and not self._is_repeat(p):
                raise WxError(42046, "template_card.task_id has been used")
            self.task_ids.add(task)
        if card["card_type"] not in ("button_interaction", "vote_interaction", "multiple_interaction"):
            return None
        return self.new_response_code(card)

    def new_response_code(self, card):
        """A response_code for this card, good once and for 72 hours."""
        self.counter += 1
        code = f"fake_response_code_{self.counter:06d}"
        self.cards[code] = {"card": card, "time": self.time(), "used": False}
        return code

    def _fingerprint(self, p):
        return json.dumps(p, sort_keys=True, ensure_ascii=False)

    def _is_repeat(self, p):
        """Whether the duplicate check swallows this message."""
        interval = min(int(p.get("duplicate_check_interval", 1800)), 14400)
        last = self.seen.get(self._fingerprint(p))
        return p.get("enable_duplicate_check") == 1 and last is not None and self.time() - last < interval

    def _repeat(self, p):
        if p.get("enable_duplicate_check", 0) not in (0, 1):
            raise WxError(40058, "enable_duplicate_check: 0 or 1")
        repeat = self._is_repeat(p)
        if not repeat:
            self.seen[self._fingerprint(p)] = self.time()
        return repeat

    def _over_minute(self, member):
        times = self.minutes.setdefault(member, [])
        times[:] = [t for t in times if self.time() - t < 60]
        if len(times) >= self.minute_limit:
            return True
        times.append(self.time())
        return False
