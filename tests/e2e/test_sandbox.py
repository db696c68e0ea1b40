"""The sandbox, sentence by sentence as the contract has it."""

import base64
import datetime as dt
import json
import socket

import pytest

from harness import eventually, join
from harness.server import FIRST_MORNING, binary

EVENING = "2026-03-02T20:30:00+08:00"
FIELDS = {"id", "to", "key", "text", "buttons", "files", "edits"}


def said(server, to, after=0, **more):
    r = server.get("/sandbox/messages", params={"to": to, "after": after, **more})
    assert r.status_code == 200, r.text
    return r.json()["messages"]


# Messages

def test_a_message_is_answered_with_all_fields(server):
    r = server.person("u1").post(text="帮助")
    assert r.status_code == 200 and r.headers["Content-Type"].startswith("application/json")
    replies = r.json()["replies"]
    assert replies and all(FIELDS <= set(x) for x in replies)
    assert replies[0]["to"] == "u1" and replies[0]["key"] == "help" and replies[0]["edits"] is None
    assert [x["id"] for x in replies] == sorted({x["id"] for x in replies})


@pytest.mark.parametrize("body", [
    {"from": "u1"}, {"text": "帮助"}, {"from": "", "text": "帮助"}, {"from": 1, "text": "帮助"},
    {"from": "u1", "text": 5}, {"from": "u1", "text": "a", "action": "b"},
    {"from": "u1", "text": "a", "location": {"lat": 1, "lon": 1}},
    {"from": "u1", "action": "a", "files": [{"name": "a", "mime": "text/plain", "base64": ""}]},
    {"from": "u1", "location": {"lat": "1", "lon": 2}}, {"from": "u1", "location": {"lat": 1}},
    {"from": "u1", "location": {"lat": 91, "lon": 2}}, {"from": "u1", "location": {"lat": 1, "lon": 181}},
    {"from": "u1", "files": {}}, {"from": "u1", "files": []}, {"from": "u1", "files": ["a"]},
    {"from": "u1", "files": [{"name": "a", "mime": "text/plain"}]},
    {"from": "u1", "files": [{"name": "a", "mime": "text/plain", "base64": "***"}]},
    {"from": "u1", "files": [{"name": 1, "mime": "text/plain", "base64": "YQ=="}]},
    {"from": "u1", "action": 5}, {"from": "u1", "text": "a", "id": {}}, {"from": "u1", "text": "a", "name": 5},
    {"from": "u1", "text": "a", "group": []}, {"from": "u1", "text": "a", "lang": 5},
    {"from": "u" * 10_000, "text": "a"}, {"from": "u1\n", "text": "a"}, [], "text", 5, None, {}])
def test_what_is_no_message_is_refused(server, body):
    r = server.post("/sandbox/messages", data=json.dumps(body), headers={"Content-Type": "application/json"})
    assert r.status_code == 400 and r.json()["error"], r.text
    assert said(server, "u1") == []


def test_a_repeated_id_gives_the_same_replies_and_changes_nothing(server):
    u = server.person("u1")
    first = u.post(text="帮助", id="k1").json()
    assert first["replies"]
    for _ in range(3):
        assert u.post(text="帮助", id="k1").json() == first
    assert len(said(server, "u1")) == len(first["replies"])
    assert server.metrics().value("banzhang_duplicates_total") == 3


def test_ids_are_unique_per_sender(server):
    one, two = (server.person(n).post(text="帮助", id="same").json()["replies"] for n in ("u1", "u2"))
    assert one[0]["to"] == "u1" and two[0]["to"] == "u2" and one[0]["id"] != two[0]["id"]


def test_sender_and_id_do_not_run_into_each_other(server):
    one, two = server.person("a"), server.person("a b")
    first = one.post(text="帮助", id="b c").json()["replies"]
    second = two.post(text="帮助", id="c").json()["replies"]
    assert first[0]["to"] == "a" and second[0]["to"] == "a b"


def test_an_id_may_be_a_number(server):
    u = server.person("u1")
    assert u.post(text="帮助", id=7).json() == u.post(text="帮助", id=7).json() != u.post(text="帮助", id=8).json()


def test_a_repeat_after_a_crash_gives_the_same_replies(server):
    first = server.person("u1").post(text="帮助", id="k1").json()
    server.restart(kill=True)
    assert server.person("u1").post(text="帮助", id="k1").json() == first
    assert said(server, "u1") == first["replies"]


def test_messages_without_id_are_never_repeats(server):
    u = server.person("u1")
    assert u.says("帮助")[0].id != u.says("帮助")[0].id


def test_replies_are_durable_before_the_answer(server):
    replies = [server.person("u1").post(text="帮助").json()["replies"] for _ in range(5)]
    server.restart(kill=True)
    assert said(server, "u1") == sum(replies, [])


def test_everything_said_comes_by_get(server):
    u = server.person("u1")
    a, b = u.says("帮助"), u.says("帮助")
    assert [m["id"] for m in said(server, "u1")] == [r.id for r in a + b]
    assert [m["id"] for m in said(server, "u1", after=a[-1].id)] == [r.id for r in b]
    assert said(server, "u1", after=b[-1].id) == [] and said(server, "nobody") == []


def test_really_everything_comes_by_get(server):
    u = server.person("u1")
    said_all = [r.id for _ in range(230) for r in u.says("帮助")]
    assert [m["id"] for m in said(server, "u1")] == said_all


@pytest.mark.parametrize("query", [{}, {"to": "u1", "after": "x"}, {"to": "u1", "after": "1e99"}, {"after": "1"}])
def test_bad_questions_for_messages(server, query):
    assert server.get("/sandbox/messages", params=query).status_code == 400


def test_unknown_and_stale_actions_are_answered(server):
    u = server.person("u1")
    for action in ("nonsense", "", "leave:grant:999999", "x" * 60, "{}", "是我", "help:lang:xx", "join:yes:1", ":::"):
        r = u.post(action=action)
        assert r.status_code == 200 and r.json()["replies"], (action, r.text)
    asked = u.says(f"加入 {server.invites()['张伟']['code']}")
    assert "join.welcome" in asked.press("是我").keys
    again = asked.press("是我")
    assert again and "join.welcome" not in again.keys


def test_a_file_comes_in_and_goes_out(server):
    u = join(server, "张伟")
    assert u.sends_file("a.txt", "你好".encode(), "text/plain")


def test_files_up_to_eight_mebibytes(server):
    u = join(server, "张伟")
    assert u.sends_file("big.bin", b"\0" * (8 << 20))
    data = base64.b64encode(b"\0" * ((8 << 20) + 1)).decode()
    r = u.post(files=[{"name": "big.bin", "mime": "application/octet-stream", "base64": data}])
    assert r.status_code in (400, 413) and r.json()["error"]


def test_a_location_is_answered(server):
    assert server.person("u1").sends_location()


def test_a_group_hears_what_is_said_there(server):
    u = server.person("u1")
    replies = u.says("/help", group="g1")
    assert replies and {r.to for r in replies} <= {"u1", "g1"}
    assert {m["id"] for m in said(server, "g1")} == {r.id for r in replies if r.to == "g1"}


def test_the_language_of_a_stranger(server):
    english = server.person("u2").says("help", lang="en")
    assert english.key == "help" and english.text.isascii() is False or english.text
    assert server.person("u1").says("帮助").text != english.text


def test_send_limits_do_not_apply(server):
    u = join(server, "张伟")
    assert all(u.says("帮助").key == "help" for _ in range(40))


def test_strange_senders_and_names_are_taken_as_they_are(server):
    for who in ("张伟", "a b", "<script>", "'; DROP TABLE x; --", "😀"):
        r = server.post("/sandbox/messages", json={"from": who, "text": "帮助", "name": "<b>&\"'"})
        assert r.status_code in (200, 400)
        if r.status_code == 200:
            assert r.json()["replies"][0]["to"] == who and said(server, who)


# The clock

def test_the_clock_starts_where_told_and_stands_still(server):
    assert server.clock.now == dt.datetime.fromisoformat(FIRST_MORNING)
    server.person("u1").says("帮助")
    assert server.clock.now == dt.datetime.fromisoformat(FIRST_MORNING)
    assert server.get("/sandbox/clock").json()["now"] == FIRST_MORNING


def test_the_clock_moves_forward_only(server):
    assert server.clock.to("2026-03-02T08:40")["now"] == "2026-03-02T08:40:00+08:00"
    assert server.clock.post("2026-03-02T08:40:00+08:00").status_code == 200
    assert server.clock.post("2026-03-02T00:40:00Z").status_code == 200
    r = server.clock.post("2026-03-02T08:39:59+08:00")
    assert r.status_code == 409 and r.json()["now"] == "2026-03-02T08:40:00+08:00"
    assert server.clock.now.isoformat() == "2026-03-02T08:40:00+08:00"


@pytest.mark.parametrize("now", ["", "tomorrow", "2026-03-02", "2026-13-02T08:00:00+08:00", "2026-03-02T25:00:00+08:00",
                                 5, None, {}, "9" * 400, "2026-03-02T08:40:00+99:00", "2026-02-30T08:00:00+08:00"])
def test_what_is_no_time_is_refused(server, now):
    r = server.clock.post(now)
    assert r.status_code == 400 and r.json()["error"], r.text
    assert server.clock.now.isoformat() == FIRST_MORNING


@pytest.mark.parametrize("kill", [False, True])
def test_the_clock_survives_a_restart(server, kill):
    server.clock.to("+3h")
    server.restart(kill=kill)
    assert server.clock.now.isoformat() == "2026-03-02T11:00:00+08:00"


def test_without_a_start_the_clock_runs_with_the_machine(serve):
    s = serve(clock=None)
    now = dt.datetime.now(dt.timezone.utc)
    assert abs((s.clock.now - now).total_seconds()) < 10


def test_a_year_in_one_step(server):
    join(server, "张伟")
    server.clock.to("2027-03-02T08:00")
    assert server.get("/healthz").status_code == 200


# Never from outside

FORWARDING = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"]
INNER = ["/sandbox/messages?to=u1", "/sandbox/clock", "/chat", "/metrics"]


@pytest.mark.parametrize("host", ["example.org", "class.example.org:8080", "10.0.0.1", "localhost.evil.org",
                                  "127.0.0.1.evil.org", "127.evil.org", "[::2]", ""])
def test_a_foreign_host_finds_nothing(server, host):
    for path in INNER:
        assert server.get(path, headers={"Host": host}).status_code == 404, path
    assert server.http("DELETE", "/sandbox/clock", headers={"Host": host}).status_code == 404
    r = server.post("/sandbox/messages", json={"from": "u1", "text": "帮助"}, headers={"Host": host})
    assert r.status_code == 404 and said(server, "u1") == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:1", "LOCALHOST", "[::1]", "[::1]:80", "127.8.8.8"])
def test_a_loopback_host_is_at_home(server, host):
    assert server.get("/sandbox/clock", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("header", FORWARDING)
def test_what_was_forwarded_finds_nothing(server, header):
    for path in INNER:
        assert server.get(path, headers={header: "127.0.0.1"}).status_code == 404, path
    r = server.post("/sandbox/clock", json={"now": EVENING}, headers={header: "127.0.0.1"})
    assert r.status_code == 404 and server.clock.now.isoformat() == FIRST_MORNING


def test_http_1_0_without_a_host_finds_nothing(server):
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), 10) as s:
        s.sendall(b"GET /sandbox/clock HTTP/1.0\r\n\r\n")
        assert s.recv(100).split()[1] == b"404"


def test_without_the_sandbox_there_is_none(serve):
    s = serve(sandbox=False)
    for path in ("/sandbox/messages?to=u1", "/sandbox/clock", "/chat"):
        assert s.get(path).status_code == 404, path
    assert s.post("/sandbox/messages", json={"from": "u1", "text": "帮助"}).status_code == 404


@pytest.mark.parametrize("keys", [{"listen": "0.0.0.0:0"}, {"public_url": "https://class.example.org"}])
def test_it_does_not_start_with_the_sandbox_open_to_the_world(serve, keys):
    s = serve(start=False, **keys)
    done = s.run("serve", check=False, timeout=20)
    assert done.returncode == 1 and "sandbox" in done.stderr
    assert f"{s.config}:" in done.stderr and "listening" not in done.stdout


def test_the_clock_is_refused_while_a_real_platform_is_on(serve):
    s = serve(telegram={"token": "1:x", "secret": "s" * 20, "mode": "webhook", "api_base": "https://192.0.2.1"})
    r = s.clock.post(EVENING)
    assert 400 <= r.status_code < 500 and r.json()["error"]
    assert s.person("u1").says("帮助")


def test_moving_the_clock_does_not_wait_for_a_platform(serve, telegram):
    s = serve(telegram=telegram)
    u = telegram.user("张伟")
    u.says(f"加入 {s.invites()['张伟']['code']}")
    u.presses("是我")
    u.answered()
    telegram.hang(next=None)
    s.clock.to(EVENING)
    telegram.calm()


# Methods, types

def test_methods_and_types(server):
    body = '{"from":"u1","text":"帮助"}'.encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
                 "application/jsonp"):
        assert server.post("/sandbox/messages", data=body, headers={"Content-Type": kind}).status_code == 415, kind
    ok = server.post("/sandbox/messages", data=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert ok.status_code == 200
    for method, path in (("PUT", "/sandbox/messages"), ("DELETE", "/sandbox/clock"), ("PATCH", "/sandbox/clock")):
        assert server.http(method, path).status_code == 405, (method, path)
    assert server.get("/sandbox/nothing").status_code == 404


def test_the_binary_is_the_one_under_test():
    assert eventually(lambda: binary())
