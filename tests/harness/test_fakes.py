"""The ground the fakes stand on: waiting, stopping, reading metrics, writing class files."""

import socket

import pytest
import requests

from harness import FakeTelegram, FakeWecom, Klass, eventually
from harness.server import parse_metrics


def test_eventually_gives_up_and_says_why():
    with pytest.raises(AssertionError, match="not within 0.05 s: the moon .*no cheese"):
        eventually(lambda: (_ for _ in ()).throw(LookupError("no cheese")), 0.05, "the moon")
    n = iter([0, 0, 7])
    assert eventually(lambda: next(n)) == 7


def test_fakes_stop_with_a_client_hanging():
    fake = FakeTelegram()
    fake.hang()
    s = socket.create_connection(("127.0.0.1", fake.port))
    s.sendall(f"POST /bot{fake.token}/getMe HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    fake.eventually(lambda: fake.calls)
    fake.stop()
    s.settimeout(5)
    assert s.recv(1) == b""
    s.close()


def test_a_fake_that_breaks_says_so():
    fake = FakeWecom()
    fake.handle = lambda call: 1 / 0
    assert requests.get(fake.url + "/cgi-bin/gettoken", timeout=9).status_code == 500
    with pytest.raises(AssertionError, match="division"):
        fake.stop()


def test_metrics_parser():
    m = parse_metrics('# HELP x\nx{a="1",b="c d"} 2\nx{a="2"} 3\ny 4e2\n')
    assert m["x", (("a", "1"), ("b", "c d"))] == 2 and m.value("x") == 5 and m.value("x", a="2") == 3
    assert m["y", ()] == 400
    with pytest.raises(AssertionError):
        parse_metrics("x{a=1} 2 3 4")


def test_class_file(tmp_path):
    path = Klass(syllabus=[("平台", "大纲", "讲授", "作业")], robot="http://127.0.0.1/").write(tmp_path)
    assert "syllabus: demo-syllabus.csv" in path.read_text() and "robot:" in path.read_text()
    assert (tmp_path / "demo-roster.csv").read_text().splitlines()[1] == "1,张伟,学员"
