"""Fixtures of every test: servers and fakes that clean up after themselves, and the log when a test fails."""

import os

import pytest

pytest.register_assert_rewrite("harness")

from harness import FakeTelegram, FakeWecom, Server  # noqa: E402
from harness.server import binary  # noqa: E402


@pytest.fixture
def fakes():
    """The fakes of a test; stopped after the servers that talk to them."""
    made = []
    yield made
    for fake in made:
        fake.stop()


@pytest.fixture
def serve(fakes):
    """Starts servers: serve(classes=…, telegram=fake, …) → Server. All are ended with the test."""
    made = []

    def start(*args, **kw):
        if not os.access(binary(), os.X_OK):
            pytest.fail(f"{binary()} is not built: make")
        s = Server(*args, **kw)
        made.append(s)
        return s
    yield start
    faults = []
    for s in made:
        try:
            s.close()
        except AssertionError as e:
            faults.append(str(e))
    assert not faults, "\n".join(faults)


@pytest.fixture
def server(serve):
    """A server with the sandbox and one small class, `demo`, at eight in the morning of its first day."""
    return serve()


@pytest.fixture
def telegram(fakes):
    """A fake Bot API server; hand it to serve(telegram=…)."""
    fakes.append(FakeTelegram())
    return fakes[-1]


@pytest.fixture
def wecom(fakes):
    """A fake WeCom; hand it to serve(wecom=…)."""
    fakes.append(FakeWecom())
    return fakes[-1]


def pytest_runtest_setup(item):
    Server.recent.clear()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for s in Server.recent:
            report.sections.append((f"banzhang in {s.dir}", s.tail()))
