"""Clients that are slow, silent or too many, and descriptors that run out: the others are answered all the same."""

import resource
import socket
import threading
import time

import requests

from harness import eventually

IDLE = 2000


def address(server):
    host, port = server.url.removeprefix("http://").split(":")
    return host, int(port)


def connect(server):
    """A connection that says nothing yet."""
    return socket.create_connection(address(server), timeout=10)


def quick(server, seconds=5):
    """A new client is answered in time."""
    begun = time.monotonic()
    r = requests.post(server.url + "/sandbox/messages", json={"from": "new", "text": "帮助"}, timeout=30)
    assert r.status_code == 200 and r.json()["replies"] and time.monotonic() - begun < seconds


def test_two_thousand_idle_connections(serve):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    server = serve(limits={"per_minute": 0})
    idle = []
    try:
        for n in range(IDLE):
            idle.append(connect(server))
            if n % 3 == 0:
                idle[-1].sendall(b"POST /sandbox/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        for _ in range(20):
            quick(server)
    finally:
        for s in idle:
            s.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    quick(server)


def test_slow_heads_and_bodies_hold_up_nobody_and_are_hung_up(serve):
    server = serve(limits={"per_minute": 0, "header_timeout": 2})
    half = b"POST /sandbox/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    slow = [connect(server) for _ in range(200)]
    for n, s in enumerate(slow):
        s.sendall(half if n % 2 else half + b"Content-Length: 100000\r\n\r\n{\"from\": \"u")
    for _ in range(5):
        quick(server)
    for s in slow:
        s.settimeout(15)
        try:
            while s.recv(65536):
                pass
        except ConnectionError:
            pass
        s.close()
    quick(server)


def test_readers_that_stall_hold_up_nobody(serve):
    server = serve(limits={"per_minute": 0, "header_timeout": 2})
    page = server.get("/chat").text
    stalled = []
    for _ in range(50):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.settimeout(10)
        s.connect(address(server))
        s.sendall(b"GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 20)
        stalled.append(s)
    for _ in range(5):
        quick(server)
    assert server.get("/chat").text == page
    for s in stalled:
        s.close()


def test_descriptors_that_run_out(serve):
    server = serve(limits={"per_minute": 0, "header_timeout": 2}, under=["prlimit", "--nofile=64:64"])
    quick(server)
    crowd = []
    for _ in range(120):
        try:
            crowd.append(connect(server))
        except OSError:
            break
    assert server.alive()
    for s in crowd:
        s.close()
    eventually(lambda: quick(server, 30) is None, 30, "new clients are answered again")
    assert server.get("/readyz").status_code == 200
    assert server.run("invites", "demo").returncode == 0


def test_a_flood_from_one_account_leaves_the_others_their_speed(serve):
    server = serve(limits={"per_minute": 60})
    over = threading.Event()

    def flood(n):
        with requests.Session() as session:
            session.trust_env = False
            while not over.is_set():
                r = session.post(server.url + "/sandbox/messages", json={"from": "loud", "text": "帮助"}, timeout=30)
                assert r.status_code == 200
    threads = [threading.Thread(target=flood, args=(n,), daemon=True) for n in range(4)]
    for t in threads:
        t.start()
    for _ in range(10):
        quick(server)
    over.set()
    for t in threads:
        t.join(30)
    assert server.metrics().value("banzhang_outbox", state="waiting") == 0
