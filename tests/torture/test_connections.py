"""Clients that are slow, silent or too many, and descriptors that run out: the others are answered all the same."""

import re
import resource
import select
import socket
import threading
import time

import pytest
import requests

from harness import eventually
from harness.fake import PATIENCE

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


def hung_up(s, seconds):
    """Whether the server hangs up within so many seconds on a client that sends a byte each half of a second."""
    begun = time.monotonic()
    s.settimeout(0.5)
    while time.monotonic() - begun < seconds * PATIENCE:
        try:
            s.sendall(b"a")
            if not s.recv(65536):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def test_who_drips_is_hung_up_and_who_is_only_slow_is_answered(serve):
    server = serve(limits={"per_minute": 0, "header_timeout": 2})
    half = b"POST /sandbox/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    pace, body = threading.Event(), b'{"from":"u1","text":"' + "帮助".encode() + b'","name":"' + b"x" * 100 + b'"}' + b" " * 60000
    heads, bodies, slow = connect(server), connect(server), connect(server)
    heads.sendall(half + b"X-A: ")
    bodies.sendall(half + b"Content-Length: 20000000\r\n\r\n")
    slow.sendall(half + b"Content-Length: %d\r\n\r\n" % len(body))
    gone = []
    dripping = [threading.Thread(target=lambda s=s: gone.append(hung_up(s, 15)), daemon=True) for s in (heads, bodies)]
    for t in dripping:
        t.start()
    for at in range(0, len(body), 6000):  # the pace of a bad telephone line, for longer than the silence that is allowed
        slow.sendall(body[at:at + 6000])
        pace.wait(0.5)
    assert slow.recv(65536).startswith(b"HTTP/1.1 200 ")
    for t in dripping:
        t.join(20 * PATIENCE)
    assert gone == [True, True]
    quick(server)


def test_half_heads_of_one_machine_keep_nobody_out(serve):
    """With as many half heads as there is room for, whoever has waited longest gives way."""
    server = serve(limits={"per_minute": 0, "header_timeout": 60}, under=["prlimit", "--nofile=256:256"])
    many = []
    for n in range(400):
        many.append(connect(server))
        many[-1].sendall(b"GET /me HTTP/1.1\r\nHost: x\r\n")
        if n % 40 == 39:
            quick(server)
    for s in many:
        s.close()


def begins(server, length, piece, cookie=None):
    """A connection that has begun a message of a page, of which `piece` is there."""
    s = connect(server)
    s.sendall(b"POST /me/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
              % (length, b"Cookie: banzhang=%s\r\n" % cookie.encode() if cookie else b""))
    s.sendall(piece)
    return s


def cookie_of(server, name):
    """The cookie of a browser that joins by link."""
    r = requests.post(server.url + "/j/" + server.invites()[name]["code"], json={"agree": True}, timeout=30)
    return re.match("banzhang=([^;]+)", r.headers["Set-Cookie"])[1]


@pytest.mark.parametrize("cookie", [None, "x" * 24])
def test_large_bodies_of_strangers_are_not_kept(serve, cookie):
    server = serve(limits={"per_minute": 0})
    before, piece = server.most_memory(), b" " * (8 << 20)
    many = [begins(server, len(piece) + 1, piece, cookie) for _ in range(40)]
    quick(server)
    assert server.most_memory() - before < 64, "320 MB were sent"
    for s in many:
        s.sendall(b" ")
        assert s.recv(65536).startswith(b"HTTP/1.1 401 ")
        s.close()


def test_small_bodies_of_strangers_have_one_room(serve):
    """A quarter of limits.bodies: who has been sending longest gives way, newcomers are answered."""
    server = serve(limits={"per_minute": 0, "upload": 1 << 20, "bodies": 2 << 20})
    many = [begins(server, 60001, b" " * 60000) for _ in range(60)]
    assert cookie_of(server, "张伟")
    quick(server)
    eventually(lambda: len(select.select(many, [], [], 0)[0]) >= 50, 20, "half a megabyte holds eight of them")
    many.append(begins(server, 60000, b" " * 60000))
    assert many[-1].recv(4096).startswith(b"HTTP/1.1 401 ")
    for s in many:
        s.close()


def test_bodies_of_people_who_are_known_have_one_room(serve):
    server = serve(limits={"per_minute": 0, "upload": 1 << 20, "bodies": 2 << 20})
    cookie, mib = cookie_of(server, "张伟"), 1 << 20
    first = begins(server, mib + 1, b" " * mib, cookie)

    def refused():
        """What another body is answered, once the server has read all of the first."""
        with begins(server, mib, b" " * mib, cookie) as second:
            answer = second.recv(65536)
        return answer if answer.startswith(b"HTTP/1.1 503 ") else None
    answer = eventually(refused, 20)
    assert b"Retry-After:" in answer and b'{"error":' in answer
    quick(server)
    first.sendall(b" ")
    assert first.recv(65536).startswith(b"HTTP/1.1 400 "), "blanks are no message, but they were read"
    third = begins(server, mib, b" " * mib, cookie)
    assert third.recv(65536).startswith(b"HTTP/1.1 400 "), "the room is free again"
    for s in (first, third):
        s.close()


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
