"""People in the sandbox, its clock, and conversations written down as a teacher would read them."""

import base64
import datetime as dt
import fnmatch
import re

from .fake import PATIENCE, eventually

ZONE = dt.timezone(dt.timedelta(hours=8))


class Reply:
    """One message that was said to somebody."""

    def __init__(self, person, raw):
        for field in ("id", "to", "key", "text", "buttons", "files", "edits"):
            assert field in raw, f"a reply without {field!r}: {raw}"
        assert isinstance(raw["id"], int) and isinstance(raw["buttons"], list) and isinstance(raw["files"], list)
        for button in (b for row in raw["buttons"] for b in row):
            assert button["text"] and isinstance(button["action"], str), raw
        self.person, self.raw = person, raw
        self.id, self.to, self.key, self.text = raw["id"], raw["to"], raw["key"], raw["text"]
        self.buttons, self.files, self.edits = raw["buttons"], raw["files"], raw["edits"]

    @property
    def labels(self):
        """The buttons' labels, flat."""
        return [b["text"] for row in self.buttons for b in row]

    def button(self, label):
        """The button whose label is, starts with, or contains this."""
        flat = [b for row in self.buttons for b in row]
        for fits in (str.__eq__, str.startswith, str.__contains__):
            for b in flat:
                if fits(b["text"], label):
                    return b
        raise AssertionError(f"no button {label!r} among {self.labels} under {self.text!r}")

    def press(self, label, **more):
        """Presses the button of this label; returns the replies."""
        return self.person.send(action=self.button(label)["action"], **more)

    def file(self, n=0):
        """The bytes of the n-th file."""
        r = self.person.server.get(self.files[n]["url"]) if self.files[n]["url"].startswith("/") else \
            self.person.server.session.get(self.files[n]["url"], timeout=30 * PATIENCE)
        assert r.status_code == 200, r.text
        return r.content

    def code(self):
        """The six-digit code that stands in the text."""
        m = re.search(r"(?<!\d)(\d{3} ?\d{3})(?!\d)", self.text)
        assert m, f"no code in {self.text!r}"
        return m[1].replace(" ", "")

    def __repr__(self):
        buttons = "".join(f" [{b}]" for b in self.labels)
        files = "".join(f" 📎{f['name']}" for f in self.files)
        edits = f" (edits {self.edits})" if self.edits is not None else ""
        return f"{self.key} ~ {self.text}{buttons}{files}{edits}"


class Replies(list):
    """The replies of one turn; key, text, press, code of the only or the last one at hand."""

    @property
    def keys(self):
        return [r.key for r in self]

    @property
    def last(self):
        assert self, "there was no reply"
        return self[-1]

    @property
    def key(self):
        return self.last.key

    @property
    def text(self):
        return "\n".join(r.text for r in self)

    def press(self, label, **more):
        """Presses the button of this label on the last reply that has it."""
        for r in reversed(self):
            if any(label in b for b in r.labels):
                return r.press(label, **more)
        raise AssertionError(f"no button {label!r} in {list(self)}")

    def code(self):
        return next(r.code() for r in self if re.search(r"\d{3} ?\d{3}", r.text))


class Person:
    """Somebody who writes to the sandbox under an account of his own."""

    def __init__(self, server, name, id=None):
        self.server, self.name = server, name
        self.id = id or (name if name.isascii() else "u" + "".join(f"{ord(c):x}" for c in name))
        self.seen, self.cursor, self.last = set(), 0, Replies()

    def post(self, **body):
        """POST /sandbox/messages as this person; the raw response."""
        return self.server.post("/sandbox/messages", json={"from": self.id, **body})

    def send(self, **body):
        """POST /sandbox/messages, asserts 200, returns the replies."""
        r = self.post(**body)
        assert r.status_code == 200, f"{r.status_code}: {r.text}"
        self.last = Replies(Reply(self, x) for x in r.json()["replies"])
        self.seen.update(x.id for x in self.last)
        return self.last

    def says(self, text, **more):
        """Sends a text."""
        return self.send(text=text, **more)

    def presses(self, label, **more):
        """Presses the button of this label on the newest message that carries it, pushes included."""
        for r in reversed(self.history()):
            if any(label in b for b in r.labels):
                return r.press(label, **more)
        raise AssertionError(f"{self.name} has no button {label!r}")

    def sends_file(self, name, data, mime="application/octet-stream", **more):
        """Sends one file."""
        return self.send(files=[{"name": name, "mime": mime, "base64": base64.b64encode(data).decode()}], **more)

    def sends_location(self, lat=30.27, lon=120.15, **more):
        """Sends where this person is."""
        return self.send(location={"lat": lat, "lon": lon}, **more)

    def history(self, after=0):
        """Everything ever said to this person after that id."""
        r = self.server.get("/sandbox/messages", params={"to": self.id, "after": after})
        assert r.status_code == 200, r.text
        return Replies(Reply(self, x) for x in r.json()["messages"])

    def heard(self, after=None):
        """What was pushed since the last call (or after that id), without the replies already returned."""
        fresh = self.history(self.cursor if after is None else after)
        if fresh:
            self.cursor = max(self.cursor, max(r.id for r in fresh))
        return Replies(r for r in fresh if after is not None or r.id not in self.seen)

    def hears(self, key, text="", timeout=10):
        """Waits for a push of this key (shell pattern) with this text, and returns it."""
        def look():
            for r in self.history():
                if r.id not in self.seen and fnmatch.fnmatchcase(r.key, key) and text in r.text:
                    self.seen.add(r.id)
                    return r
            return None
        return eventually(look, timeout, f"{self.name} hears {key} {text}")


class Clock:
    """The class clock of the sandbox."""

    def __init__(self, server):
        self.server = server

    @property
    def now(self):
        """What the class clock shows."""
        r = self.server.get("/sandbox/clock")
        assert r.status_code == 200, r.text
        return dt.datetime.fromisoformat(r.json()["now"])

    def post(self, when):
        """POST /sandbox/clock; the raw response."""
        return self.server.post("/sandbox/clock", json={"now": when}, timeout=120 * PATIENCE)

    def to(self, when):
        """Moves it: a datetime, "2026-03-02T08:40" (in the class's zone), or "+10m", "+1d", "+90s", "+2h", "+1w"."""
        if isinstance(when, str) and when.startswith("+"):
            unit = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[when[-1]]
            when = self.now + dt.timedelta(seconds=float(when[1:-1]) * unit)
        elif isinstance(when, str):
            when = dt.datetime.fromisoformat(when)
        when = when if when.tzinfo else when.replace(tzinfo=ZONE)
        r = self.post(when.isoformat())
        assert r.status_code == 200, f"{r.status_code}: {r.text}"
        return r.json()


def join(server, name, klass="demo", person=None):
    """Takes the code from `banzhang invites`, says 加入 CODE, presses 是我. Returns the Person, now bound."""
    rows = server.invites(klass)
    assert name in rows, f"{name} is not among those to be invited: {list(rows)}"
    p = person or server.person(name)
    welcome = p.says(f"加入 {rows[name]['code']}").press("是我")
    assert "join.welcome" in welcome.keys, welcome
    return p


def sign_in(server, teacher, *people, at="2026-03-02T09:00"):
    """Has these trainees sign in at that time with the code that the teacher reads aloud."""
    server.clock.to(at)
    code = teacher.says("口令").code()
    for person in people:
        assert person.says(f"签到 {code}").key.startswith("signin."), person.last


class _Talk:
    """The state of one conversation: who is who, what was said, what is still to be read."""

    def __init__(self, server, names):
        self.server, self.names, self.said = server, dict(names), []
        self.left, self.replies = [], Replies()

    def fill(self, text):
        return re.sub(r"\{(\w+)\}", lambda m: str(self.names.get(m[1], m[0])), text)

    def fail(self, line, why):
        story = "\n".join(self.said)
        raise AssertionError(f"{why}\n  at: {line}\n--- the conversation so far\n{story}\n---")

    def person(self, name):
        known = self.names.get(name)
        return known if isinstance(known, Person) else self.server.person(name)

    def check(self, line, reply, want):
        """Holds the reply against `key ~ text [button] [button]`; named groups of a /regex/ become names."""
        want, tail = re.fullmatch(r"(.*?)((?:(?:^|\s+)\[[^\]]+\])*)", want).groups()
        labels = re.findall(r"\[([^\]]+)\]", tail)
        key, _, text = (x.strip() for x in want.partition("~"))
        if key and not fnmatch.fnmatchcase(reply.key, key):
            self.fail(line, f"expected {key}, heard {reply}")
        if len(text) > 1 and text[0] == text[-1] == "/":
            m = re.search(text[1:-1], reply.text, re.S)
            if not m:
                self.fail(line, f"expected {text}, heard {reply}")
            self.names.update(m.groupdict())
        elif text not in reply.text:
            self.fail(line, f"expected the text {text!r}, heard {reply}")
        for label in labels:
            if not any(label in b for b in reply.labels):
                self.fail(line, f"expected the button [{label}], heard {reply}")

    def says(self, line, name, text):
        who, _, group = name.partition("@")
        person, more = self.person(who), {"group": group} if group else {}
        try:
            if m := re.fullmatch(r"\[(.+)\]", text):
                self.replies = person.presses(m[1], **more)
            elif m := re.fullmatch(r"<file (\S+)(?: (.*))?>", text):
                self.replies = person.sends_file(m[1], (m[2] or "x").encode(), "text/plain", **more)
            elif m := re.fullmatch(r"<location ([\d.-]+) ([\d.-]+)>", text):
                self.replies = person.sends_location(float(m[1]), float(m[2]), **more)
            else:
                self.replies = person.says(text.replace("\\n", "\n"), **more)
        except AssertionError as e:
            self.fail(line, str(e))
        self.left = list(self.replies)
        self.said += [f"{name}> {text}", *(f"  < {r}" for r in self.replies)]
        self.names.setdefault("last", None)
        self.names["last"] = self.replies

    def expects(self, line, want):
        if want == "nothing":
            if self.left:
                self.fail(line, f"expected nothing more, heard {self.left[0]}")
            return
        if not self.left:
            self.fail(line, "expected another reply, heard nothing more")
        self.check(line, self.left.pop(0), want)

    def pushed(self, line, name, want):
        person, key = self.person(name), re.sub(r"\[.*", "", want.partition("~")[0]).strip()
        if want.startswith("nothing"):
            what = want[len("nothing"):].strip() or "*"
            wrong = [r for r in person.history() if r.id not in person.seen and fnmatch.fnmatchcase(r.key, what)]
            if wrong:
                self.fail(line, f"{name} was to hear nothing, heard {wrong[0]}")
            return
        try:
            reply = person.hears(key or "*", timeout=5)
        except AssertionError:
            heard = "\n".join(f"  {r}" for r in person.history()[-8:])
            self.fail(line, f"{name} never heard {want}; the last messages were\n{heard}")
        self.said.append(f"  {name}< {reply}")
        self.check(line, reply, want)


def conversation(server, script, **names):
    """Plays a conversation and checks it. Returns the names, with what the script captured.

        张伟> 签到 {code}            says it; {code} is a keyword given here or captured above
        < signin.ontime ~ 签到成功     the next reply: key (shell pattern), then text or /regex/, then [buttons]
        < nothing                    no further reply
        张伟> [同意]                  presses that button on the newest message that has it
        张伟@g1> /signin 1            in the group g1
        张伟> <file 作业.txt words>   sends a file; <location 30.2 120.1> a place
        张伟< reminder.* ~ 还没签到    a push to 张伟 (张伟< nothing reminder.* : none of that kind)
        clock 2026-03-02T08:40       moves the class clock (also +10m)

    (?P<x>…) in a /regex/ captures {x}. Replies that no line asks for are let pass. Lines with # are comments.
    """
    talk = _Talk(server, names)
    for raw in script.splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        filled = talk.fill(line)
        if filled.startswith("clock "):
            try:
                server.clock.to(filled[6:].strip())
            except AssertionError as e:
                talk.fail(line, str(e))
            talk.said.append(filled)
        elif filled.startswith("<"):
            talk.expects(line, filled[1:].strip())
        elif m := re.match(r"([^\s<>]+)> ?(.*)$", filled):
            talk.says(line, m[1], m[2])
        elif m := re.match(r"([^\s<>]+)< ?(.*)$", filled):
            talk.pushed(line, m[1], m[2].strip())
        else:
            talk.fail(line, "not a line of a conversation")
    return talk.names
