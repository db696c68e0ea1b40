"""WeCom gone bad for hours: intake keeps its speed, nothing is lost, nothing piles up, and when the day is good again all
goes out in order, to no member faster than WeCom shows it."""

import time

import pytest
from faults import Plan, program
from hours import EACH, HOURS, USERS, WORDS, hours, talk, through_bad_hours

from harness import eventually
from harness.fake import Answer

CALLS_AN_HOUR = 1500  # for all members and the token together, whatever goes wrong


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path)


def members(server, wecom):
    """Some members, and WeCom's time that goes as fast as the server's."""
    server.users = [wecom.user(f"m{n}", f"学员{n}") for n in range(USERS)]


@pytest.fixture
def away(serve, wecom, plan):
    """A server on the machine's clock, some members, what each saw on a good day, and how long talking takes."""
    server = serve(wecom=wecom, clock=None, program=program(), env=plan.env(), limits={"per_minute": 0})
    wecom.time = lambda: time.monotonic() + plan.passed("speed")
    members(server, wecom)
    server.usual = talk(server)
    server.settle(30)
    server.seen = {u: seen(wecom, u) for u in server.users}
    assert all(len(s) >= EACH for s in server.seen.values())
    return server


def seen(wecom, user):
    """What the member saw, as one can tell it again."""
    return [(d.kind, d.text) for d in wecom.sent(user)]


def again_and_again(said, saw):
    """How much of what was seen was a repeat of what was seen last; all of `said` is there, in order."""
    at, more = 0, 0
    for one in saw:
        if at < len(said) and one == said[at]:
            at += 1
        else:
            assert at and one == said[at - 1], f"{one} between {said[:at][-1:]} and {said[at:at + 1]}"
            more += 1
    assert at == len(said), f"{said[at:]} never came"
    return more


def refuse(wecom, status, **headers):
    """Every call is answered with this status and without WeCom's JSON."""
    wecom._fault("answer", None, False, {}, make=lambda call: Answer(b"busy", status, headers, "text/plain"))


def without_tokens(wecom):
    """The access token has run out and no other is good."""
    wecom.expire_token()
    wecom.errcode(42001, next=None, method="message/send")


def no_token_at_all(wecom):
    """The access token has run out and WeCom is too busy to give one."""
    wecom.expire_token()
    wecom.errcode(-1, next=None, method="gettoken")


MISFORTUNES = {
    "5xx": lambda w: w.fail(next=None, status=502),
    "429 with long waits": lambda w: refuse(w, 429, **{"Retry-After": "300"}),
    "busy": lambda w: w.errcode(-1, next=None),
    "over the limit of calls": lambda w: w.errcode(45009, next=None),
    "too many at a time": lambda w: w.errcode(45033, next=None),
    "tokens that are refused": without_tokens,
    "no tokens": no_token_at_all,
    "our address not trusted": lambda w: w.errcode(60020, next=None),
    "answers of a gateway": lambda w: w.garbage(next=None),
    "answers cut short": lambda w: w.cut(next=None, applied=False),
    "connections reset": lambda w: w.reset(next=None),
}


@pytest.mark.parametrize("what", MISFORTUNES)
def test_hours_without_wecom(away, wecom, plan, what):
    MISFORTUNES[what](wecom)
    assert through_bad_hours(away, plan, wecom.calls) < CALLS_AN_HOUR * max(HOURS, 1), "it hammers the platform"
    wecom.calm()
    eventually(lambda: away.metrics().value("banzhang_outbox", state="waiting") == 0, 120, "the backlog is gone")
    away.settle(60)
    more = sum(again_and_again(away.seen[u] * 3, seen(wecom, u)) for u in away.users)
    assert more <= away.metrics().value("banzhang_deliveries_total", platform="wecom", outcome="unknown")
    assert away.metrics().value("banzhang_outbox", state="dead") == 0
    assert not wecom.lost(), "more in a minute than WeCom shows"


def test_no_wait_is_longer_than_reason(away, wecom, plan):
    """A gateway that says "again in three years" silences nobody once WeCom is well."""
    refuse(wecom, 503, **{"Retry-After": "100000000"})
    assert away.users[0].says(WORDS[0]) == 200
    eventually(lambda: away.metrics().value("banzhang_deliveries_total", outcome="unreachable") >= 1)
    wecom.calm()
    assert away.users[0].says(WORDS[2]) == 200
    hours(away, plan, 1.1)
    away.settle(30)
    saw, usual = seen(wecom, away.users[0]), away.seen[away.users[0]]
    assert len(saw) > len(usual) and saw[-1] == usual[-1]


def test_a_press_that_nobody_waits_for_any_more_is_dropped_and_counted(away, wecom, plan):
    user = away.users[0]
    wecom.fail(next=None, status=502)
    assert user.card_event("stale", "t-1") == 200
    hours(away, plan, .5)
    wecom.calm()
    away.settle(60)
    assert not wecom.called("message/update_template_card") or not [
        c for c in wecom.called("message/update_template_card") if c.status == 200]
    assert away.metrics().value("banzhang_deliveries_total", platform="wecom", outcome="expired") >= 1


def test_a_member_whose_messages_hang_holds_up_nobody_else(away, wecom, plan):
    stuck, others = away.users[0], away.users[1:]
    wecom.hang(chat=stuck, next=None)
    for u in away.users:
        assert u.says(WORDS[0]) == 200
    for u in others:
        eventually(lambda: len(seen(wecom, u)) > len(away.seen[u]), 5, f"{u} is answered while {stuck} is not")
    assert seen(wecom, stuck) == away.seen[stuck]
    wecom.calm()
    eventually(lambda: len(seen(wecom, stuck)) > len(away.seen[stuck]), 30)


@pytest.mark.parametrize("base", ["dns", "tls"])
def test_wecom_that_cannot_be_found_or_speaks_no_tls(serve, wecom, plan, base):
    url = wecom.url.replace("127.0.0.1", "wecom.banzhang.test") if base == "dns" else wecom.url.replace("http:", "https:")
    server = serve(wecom=dict(wecom.section(), api_base=url), clock=None, program=program(), env=plan.env(),
                   limits={"per_minute": 0}, start=False)
    wecom.attach(server)
    plan.path.touch()
    server.start()
    plan.set("dns", base == "dns")
    members(server, wecom)
    first = talk(server)
    assert talk(server) < 4 * first + 1 and first < 10
    assert server.metrics().value("banzhang_outbox", state="waiting") >= USERS and not wecom.calls
    server.stop()
    assert server.stopped_in < 13
