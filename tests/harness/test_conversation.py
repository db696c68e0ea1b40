"""Persons, the clock and conversations, against a class of three sentences. Runs without the server."""

import datetime as dt
import json

import pytest
import requests

from harness import Clock, Person, conversation
from harness.fake import Answer, FakeHttp


class Parrot(FakeHttp):
    """A sandbox that repeats what it hears, asks when told to, and reminds everybody when the clock moves."""

    def __init__(self):
        super().__init__()
        self.said, self.now, self.people, self.clock = [], "2026-03-02T08:00:00+08:00", {}, Clock(self)

    def get(self, path, **kw):
        return requests.get(self.url + path, timeout=9, **kw)

    def post(self, path, **kw):
        return requests.post(self.url + path, **{"timeout": 9, **kw})

    def person(self, name):
        return self.people.setdefault(name, Person(self, name))

    def say(self, to, key, text, labels=()):
        row = [{"text": x, "action": "a:" + x} for x in labels]
        self.said.append({"id": len(self.said) + 1, "to": to, "key": key, "text": text,
                          "buttons": [row] if row else [], "files": [], "edits": None})
        return self.said[-1]

    def handle(self, call):
        p = call.params
        if call.path == "/sandbox/clock":
            if call.verb == "POST":
                if dt.datetime.fromisoformat(p["now"]) < dt.datetime.fromisoformat(self.now):
                    return Answer({"error": "back", "now": self.now}, 409)
                self.now = p["now"]
                for person in self.people.values():
                    self.say(person.id, "reminder.sitting", f"it is {self.now}")
            return Answer({"now": self.now})
        if call.verb == "GET":
            after = int(call.query["after"])
            return Answer({"messages": [m for m in self.said if m["to"] == call.query["to"] and m["id"] > after]})
        if "action" in p:
            return Answer({"replies": [self.say(p["from"], "pressed", p["action"])]})
        if p.get("text") == "ask":
            return Answer({"replies": [self.say(p["from"], "asked", "really? code 483 920", ["同意", "驳回"])]})
        return Answer({"replies": [self.say(p["from"], "echo", json.dumps(p, ensure_ascii=False)),
                                   self.say(p["from"], "echo.more", "and more")]})


@pytest.fixture
def parrot():
    with Parrot() as p:
        yield p


def test_a_conversation_reads_as_it_goes(parrot):
    names = conversation(parrot, """
        # a teacher could read this
        张伟> 签到 {code}
        < echo ~ 483920
        < echo.more ~ /and (?P<what>[m]\\w+)/
        < nothing
        张伟> ask
        < ask* ~ really [同意] [驳回]
        clock 2026-03-02T08:40
        张伟< reminder.* ~ 08:40
        张伟> [驳回]
        < pressed ~ a:驳回
        张伟> {what}\\nmore
        < echo ~ more\\nmore
        张伟> <file 作业.txt hello>
        < echo ~ aGVsbG8=
        张伟@g1> <location 30.2 120.1>
        < echo ~ "group": "g1"
        张伟< nothing reminder.*
        clock +10m
        张伟< reminder.sitting ~ 08:50
        """, code="483920")
    assert names["what"] == "more"


@pytest.mark.parametrize("line, why", [
    ("< signin.ontime", "expected signin.ontime, heard echo"), ("< echo ~ nothing of this", "expected the text"),
    ("< echo ~ /^x/", "expected /"), ("< echo ~ he [同意]", "expected the button"), ("< nothing", "expected nothing more"),
    ("张伟> [驳回]", "no button"), ("张伟< reminder.*", "never heard"), ("what is this", "not a line"),
    ("clock 2026-03-01T08:00", "409")])
def test_a_mismatch_prints_the_conversation(parrot, line, why):
    with pytest.raises(AssertionError) as e:
        conversation(parrot, f"张伟> hello\n{line}")
    assert why in str(e.value) and "张伟> hello" in str(e.value) and "< echo ~ {" in str(e.value)


def test_pushes_are_told_from_replies(parrot):
    u = parrot.person("u1")
    u.says("x")
    assert u.heard() == []
    assert parrot.clock.to("+1d") == {"now": "2026-03-03T08:00:00+08:00"}
    assert [r.key for r in u.heard()] == ["reminder.sitting"] and u.heard() == []
    assert u.says("ask").code() == "483920"
    assert u.last.press("同意").key == "pressed"
    assert u.presses("同意").text == "a:同意"
