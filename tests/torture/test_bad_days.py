"""Platforms gone bad for hours, name servers that hang, clocks that jump: intake keeps its speed, nothing is lost,
nothing piles up, and when the day is good again all goes out in order."""

import pytest
from faults import Plan, program
from hours import EACH, USERS, hours, talk, through_bad_hours

from harness import eventually


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path)


@pytest.fixture
def away(serve, telegram, plan):
    """A server on the machine's clock, some users, and how long their messages usually take."""
    server = serve(telegram=telegram, clock=None, program=program(), env=plan.env(), limits={"per_minute": 0})
    server.users = [telegram.user(f"学员{n}") for n in range(USERS)]
    server.usual = talk(server)
    server.settle(30)
    return server


MISFORTUNES = {
    "5xx": lambda t: t.fail(next=None, status=502),
    "429 with long waits": lambda t: t.limit(retry_after=300, next=None),
    "cut answers of a gateway": lambda t: t.garbage(next=None, status=200),
    "connections reset": lambda t: t.reset(next=None),
}


@pytest.mark.parametrize("what", MISFORTUNES)
def test_hours_without_the_platform(away, telegram, plan, what):
    MISFORTUNES[what](telegram)
    assert through_bad_hours(away, plan, telegram.calls) < 2000, "it hammers the platform"
    telegram.calm()
    away.settle(60)
    unknown, db = away.metrics().value("banzhang_deliveries_total", outcome="unknown"), away.db()
    for u in away.users:
        refs = [int(r) for r, in db.execute("SELECT ref FROM outbox WHERE platform = 1 AND state = 1 AND chat = ?"
                                            " ORDER BY id", (str(u.id),))]
        got = [m.id for m in telegram.sent(u)]
        assert len(refs) == 3 * EACH and refs == sorted(refs) and set(refs) <= set(got)
        assert len(got) <= len(refs) + unknown
    db.close()


def test_a_press_that_nobody_waits_for_any_more_is_dropped_and_counted(away, telegram, plan):
    user = away.users[0]
    telegram.fail(next=None, status=502)
    assert user.presses("", message=telegram.sent(user)[0], data="stale") == 200
    hours(away, plan, .5)
    telegram.calm()
    away.settle(60)
    assert not telegram.answers(user)
    assert away.metrics().value("banzhang_deliveries_total", platform="telegram", outcome="expired") >= 1


def test_a_name_server_that_hangs(serve, telegram, plan):
    section = dict(telegram.section(), api_base=telegram.url.replace("127.0.0.1", "ip6-loopback.banzhang.test"))
    server = serve(telegram=section, clock=None, program=program(), env=plan.env(), limits={"per_minute": 0}, start=False)
    telegram.attach(server)
    plan.path.touch()
    server.start()
    plan.set("dns", 1)
    server.users = [telegram.user(f"学员{n}") for n in range(USERS)]
    first = talk(server)
    assert talk(server) < 4 * first + 1 and first < 10
    assert server.metrics().value("banzhang_outbox", state="waiting") >= USERS
    server.stop()
    assert server.stopped_in < 13


def test_a_platform_that_speaks_no_tls(serve, telegram, plan):
    section = dict(telegram.section(), api_base=telegram.url.replace("http:", "https:"))
    server = serve(telegram=section, clock=None, program=program(), env=plan.env(), limits={"per_minute": 0})
    telegram.attach(server)
    server.users = [telegram.user(f"学员{n}") for n in range(USERS)]
    assert talk(server) < 10
    eventually(lambda: server.metrics().value("banzhang_deliveries_total", outcome="unreachable") >= 1)
    assert server.metrics().value("banzhang_outbox", state="waiting") >= USERS and not telegram.calls


@pytest.mark.parametrize("days", [3, -3, 300])
def test_the_machines_clock_is_set(away, telegram, plan, days):
    """While it is off, and when it is right again, and after a start, all is said, what failed meanwhile too."""
    heard = {u: len(telegram.sent(u)) for u in away.users}

    def everybody_says(word):
        assert all(u.says(word) == 200 for u in away.users)

    hours(away, plan, .2)
    plan.set("speed", 1)
    plan.set("jump", days * 86400)
    everybody_says("帮助")
    away.settle(60)
    telegram.fail(next=None, status=502)
    everybody_says("课表")
    eventually(lambda: away.metrics().value("banzhang_deliveries_total", outcome="unreachable") >= USERS)
    plan.set("jump", 0)
    away.restart()
    telegram.calm()
    everybody_says("帮助")
    away.settle(60)
    for u in away.users:
        assert len(telegram.sent(u)) == heard[u] + 3
    assert away.get("/readyz").status_code == 200
