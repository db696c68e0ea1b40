"""Alive, ready, measured; started and stopped as an operator expects."""

import json
import signal
import socket
import subprocess
import threading

import pytest

from harness import Klass, eventually, join
from harness.server import SANITIZER, binary


def test_healthz_and_readyz(server):
    for path in ("/healthz", "/readyz"):
        assert server.get(path).status_code == 200
        head = server.http("HEAD", path)
        assert head.status_code == 200 and head.content == b""
        assert server.get(path, headers={"Host": "class.example.org"}).status_code == 200


def test_unknown_paths_and_methods_answer_json(server):
    r = server.get("/nothing/here")
    assert r.status_code == 404 and r.json()["error"]
    r = server.http("DELETE", "/healthz")
    assert r.status_code == 405 and r.json()["error"]
    for path in ("/..%2f..%2fetc/passwd", "/%00", "/" + "a" * 5000, "//", "/%ff%fe"):
        assert server.get(path).status_code in (400, 404, 414), path


def test_metrics_count_what_happens(server):
    u = server.person("u1")
    u.says("帮助", id="a")
    u.says("帮助", id="a")
    m = server.metrics()
    assert m.value("banzhang_updates_total") >= 1 and m.value("banzhang_duplicates_total") == 1
    names = {n for n, _ in m}
    for name in ("banzhang_outbox", "banzhang_turn_updates_bucket", "banzhang_turn_updates_count",
                 "banzhang_commit_seconds_bucket", "banzhang_commit_seconds_sum"):
        assert name in names, name
    assert m.value("banzhang_commit_seconds_count") >= 1
    for name, labels in m:
        if name == "banzhang_updates_total":
            assert {"platform", "kind"} == {k for k, _ in labels}
        if name == "banzhang_outbox":
            assert {"state"} == {k for k, _ in labels}


def test_histograms_are_cumulative(server):
    server.person("u1").says("帮助")
    m = server.metrics()
    for name in ("banzhang_turn_updates", "banzhang_commit_seconds"):
        steps = sorted((float(dict(labels)["le"]), v) for (n, labels), v in m.items() if n == name + "_bucket")
        values = [v for _, v in steps]
        assert values == sorted(values) and steps[-1][0] == float("inf")
        assert values[-1] == m.value(name + "_count")


def test_stops_on_sigterm_and_comes_back(server):
    join(server, "张伟")
    server.stop()
    assert server.proc.returncode == 0 and server.stopped_in < 5
    server.start()
    assert server.person("张伟").says("课表")


def test_stops_on_sigint(server):
    server.proc.send_signal(signal.SIGINT)
    server.proc.wait(15)
    assert server.proc.returncode == 0


def test_stops_with_idle_and_half_sent_connections(server):
    port = int(server.url.rsplit(":", 1)[1])
    idle = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(20)]
    idle[0].sendall(b"POST /sandbox/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    b"Content-Length: 1000\r\n\r\n{\"from\"")
    idle[1].sendall(b"GET /hea")
    server.stop()
    assert server.stopped_in < 12
    for s in idle:
        s.close()


def test_stops_while_a_platform_hangs(serve, telegram):
    s = serve(telegram=telegram)
    telegram.hang(next=None)
    telegram.user("张伟").says("帮助")
    telegram.eventually(lambda: telegram.called("sendMessage"))
    s.stop()
    assert s.stopped_in < 13


def test_no_answered_message_is_lost_when_it_stops_under_load(server):
    answered, stop = [], threading.Event()

    def talk(n):
        import requests
        session, i = requests.Session(), 0
        session.trust_env = False
        while not stop.is_set():
            i += 1
            try:
                r = session.post(server.url + "/sandbox/messages", timeout=10,
                                 json={"from": f"u{n}", "text": "帮助", "id": f"{n}-{i}"})
            except requests.RequestException:
                return
            if r.status_code == 200:
                answered.extend((f"u{n}", x["id"]) for x in r.json()["replies"])
            else:
                assert r.status_code == 503, r.text
    threads = [threading.Thread(target=talk, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    eventually(lambda: len(answered) > 200, 30)
    server.stop()
    stop.set()
    for t in threads:
        t.join(15)
    server.start()
    for n in range(4):
        kept = {r.id for r in server.person(f"u{n}").history()}
        assert {i for who, i in answered if who == f"u{n}"} <= kept


def test_one_store_one_server(server):
    done = server.run("serve", check=False, timeout=20)
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) >= 1
    assert server.get("/readyz").status_code == 200


def test_logs_carry_no_texts_names_or_codes(serve, telegram, wecom):
    s = serve(telegram=telegram, wecom=wecom)
    code = s.invites()["张伟"]["code"]
    u = s.person("u1")
    u.says("我的秘密是苹果树")
    u.says(f"加入 {code}").press("是我")
    t = telegram.user("机密姓名")
    t.says("另一个秘密")
    t.says(f"加入 {s.invites()['李娜']['code']}")
    wecom.user("ZhangWei").says("第三个秘密")
    s.stop()
    log = "\n".join(s.log())
    for secret in ("苹果树", "张伟", "李娜", code, "机密", "秘密", telegram.token, telegram.token.split(":")[1],
                   telegram.secret, wecom.secret, wecom.callback_token, wecom.callback_key, "fake-access-token"):
        assert secret not in log, secret


@pytest.mark.parametrize("args", [["version"], ["--help"], ["acts"]])
def test_what_could_not_be_printed_is_a_failure(args):
    with open("/dev/full", "w") as full:
        done = subprocess.run([binary(), *args], stdout=full, stderr=subprocess.PIPE, text=True, timeout=20)
    assert done.returncode == 1 and "could not be written" in done.stderr


def test_version_and_help():
    for args in (["version"], ["--help"], ["serve", "--help"], ["import", "--help"], ["check", "--help"]):
        done = subprocess.run([binary(), *args], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0 and done.stdout.strip() and not SANITIZER.search(done.stderr), args


@pytest.mark.parametrize("args", [[], ["dance"], ["serve", "--nonsense"], ["invites"], ["serve", "-c"]])
def test_misuse_is_2(args, tmp_path):
    done = subprocess.run([binary(), *args], capture_output=True, text=True, timeout=20, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.strip(), args


def test_a_missing_configuration_is_one_sentence(tmp_path):
    done = subprocess.run([binary(), "serve", "-c", str(tmp_path / "none.yaml")], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 1 and "none.yaml" in done.stderr and len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("keys, word", [
    ({"telegram": {"token": "1:x"}}, "secret"), ({"telegram": {"secret": "x"}}, "token"),
    ({"wecom": {"corp_id": "ww1", "agent_id": 1}}, "secret"), ({"lisen": "127.0.0.1:0"}, "lisen"),
    ({"listen": "nowhere"}, "listen"), ({"timezone": "Mars/Base"}, "Mars/Base"), ({"locale": "xx"}, "xx")])
def test_refuses_to_start_with_a_faulty_configuration(serve, keys, word):
    s = serve(start=False, **keys)
    done = s.run("serve", check=False, timeout=20)
    assert done.returncode == 1 and word in done.stderr and f"{s.config}:" in done.stderr, done.stderr


def test_check_finds_every_fault_at_once(serve):
    s = serve(start=False, lisen="x", timezone="Mars/Base")
    with open(s.config, "a") as f:
        f.write("locale: en\n")
    done = s.run("check", check=False)
    assert done.returncode == 1
    lines = done.stdout.strip().splitlines()
    for word in ("lisen", "Mars/Base", "locale"):
        assert any(word in line for line in lines), (word, lines)
    for line in lines:
        path, row, column, what = line.split(":", 3)
        assert row.isdigit() and column.isdigit() and what.strip(), line


def test_starts_without_the_platforms_being_reachable(serve):
    dead = "http://127.0.0.1:9"
    s = serve(telegram={"token": "1:x", "secret": "s" * 20, "mode": "polling", "api_base": dead},
              wecom={"corp_id": "ww1436e0e65a779aee", "agent_id": 1000002, "secret": "x", "token": "tok",
                     "encoding_aes_key": "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "api_base": dead})
    assert s.get("/readyz").status_code == 200 and s.person("u1").says("帮助")


def test_a_bad_class_stops_the_start_with_its_place(serve):
    s = serve(start=False, classes=[Klass(sessions=[("2026-13-45", "09:00", "12:00", "x")])])
    done = s.run("serve", check=False, timeout=20)
    assert done.returncode == 1 and "demo-timetable.csv:2" in done.stderr, done.stderr


def test_many_idle_connections_do_not_shut_others_out(server):
    port = int(server.url.rsplit(":", 1)[1])
    idle = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(500)]
    assert server.get("/healthz", timeout=10).status_code == 200
    for s in idle:
        s.close()


def test_a_hangup_reloads_and_goes_on(server):
    server.hangup()
    eventually(lambda: server.person("u1").says("帮助"))
    assert server.alive() and server.get("/healthz").status_code == 200


def test_logs_are_one_line_an_event(server):
    server.person("u1").says("帮助\n第二行")
    server.stop()
    for line in server.log():
        assert line.strip() and "\x1b" not in line, line
        if line.startswith("{"):
            json.loads(line)
