"""Limits of the configuration: a flood from one account, silent connections, metrics for elsewhere."""

import socket
import time

import requests

from harness import eventually


def test_a_flood_is_told_once_and_others_are_heard(serve, telegram):
    server = serve(telegram=telegram, limits={"per_minute": 5})
    loud, quiet = telegram.user(), telegram.user()
    for _ in range(30):
        assert loud.says("帮助") == 200
    assert quiet.says("帮助") == 200
    eventually(lambda: telegram.sent(quiet))
    assert eventually(lambda: [m for m in telegram.sent(loud) if "稍等" in m.text])
    server.settle()
    answers = telegram.sent(loud)
    # two minutes may meet in the middle of the thirty
    assert len([m for m in answers if "稍等" in m.text]) <= 2 and len(answers) <= 12


def test_zero_is_no_limit(serve, telegram):
    server = serve(telegram=telegram, limits={"per_minute": 0})
    user = telegram.user()
    for _ in range(80):
        assert user.says("帮助") == 200
    assert server.metrics().value("banzhang_updates_total", platform="telegram", kind="text") == 80


def test_a_silent_connection_is_hung_up(serve):
    server = serve(limits={"header_timeout": 1})
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as s:
        s.sendall(b"POST /sandbox/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        begun = time.monotonic()
        while s.recv(4096):
            pass
        assert time.monotonic() - begun < 8


def member(server, name):
    """A browser that has joined by link."""
    browser = requests.Session()
    browser.trust_env = False
    r = browser.post(server.url + "/j/" + server.invites()[name]["code"], json={"agree": True}, timeout=30)
    assert r.status_code == 200, r.text
    return browser


def test_a_body_of_countless_values_costs_no_memory(server):
    browser, before = member(server, "张伟"), server.most_memory()
    for body in (b'{"a":[' + b"0," * 13_900_000 + b"0]}", b'{"a":[' + b"[]," * 9_000_000 + b"[]]}"):
        r = browser.post(server.url + "/me/messages", data=body, headers={"Content-Type": "application/json"}, timeout=60)
        assert r.status_code == 400, r.text
    assert server.most_memory() - before < 150, "a value of two bytes costs a hundred"
    r = browser.post(server.url + "/me/messages", json={"text": "帮助"}, timeout=30)
    assert r.json()["replies"][0]["key"] == "help"


def test_metrics_listen_shows_metrics_and_nothing_else(serve):
    server = serve(metrics_listen="127.0.0.1:0")
    line = eventually(lambda: next((x for x in server.out_lines if x.startswith("metrics: ")), None))
    url = line.split()[1]
    headers = {"Host": "banzhang.internal:9100", "X-Forwarded-For": "10.1.1.1"}
    assert "banzhang_turn_updates" in requests.get(url, headers=headers, timeout=10).text
    assert requests.get(url.replace("/metrics", "/healthz"), timeout=10).status_code == 404
    assert server.get("/metrics", headers=headers).status_code == 404
