"""Telegram by long polling: no public address, and still nothing lost or done twice."""

import resource

import pytest

from harness import FakeTelegram
from harness.fake import eventually


@pytest.fixture
def polling(fakes):
    """A fake whose updates wait to be fetched."""
    fakes.append(FakeTelegram(mode="polling"))
    return fakes[-1]


def test_messages_are_fetched_and_answered(serve, polling):
    serve(telegram=polling)
    user = polling.user()
    user.says("帮助")
    eventually(lambda: polling.sent(user))
    polling.confirmed()
    ask = polling.called("getUpdates")[0].params
    assert ask["timeout"] >= 20 and ask["limit"] == 100 and "callback_query" in ask["allowed_updates"]


def test_what_was_said_while_down_is_heard_and_once(serve, polling):
    server, user = serve(telegram=polling), polling.user()
    user.says("帮助")
    eventually(lambda: polling.sent(user))
    server.settle()
    server.kill()
    for _ in range(3):
        user.says("帮助")
    server.restart()
    eventually(lambda: len(polling.sent(user)) == 4, 20)
    polling.confirmed()
    server.settle()
    assert len(polling.sent(user)) == 4
    assert not any(c.params.get("drop_pending_updates") for c in polling.calls)


def test_a_crowd_is_answered_in_order(serve, polling):
    server = serve(telegram=polling)
    users = [polling.user(f"学员{i}") for i in range(150)]
    for user in users:
        user.says("帮助")
    polling.confirmed(20)
    eventually(lambda: server.metrics().value("banzhang_updates_total", platform="telegram") == 150, 20)
    assert server.metrics().value("banzhang_duplicates_total", platform="telegram") == 0


def test_ids_that_begin_anew_lower_are_followed(serve, polling):
    serve(telegram=polling)
    user = polling.user()
    user.says("帮助", update_id=900_000_000)
    eventually(lambda: len(polling.sent(user)) == 1)
    polling.confirmed()
    user.says("帮助", update_id=5_000)
    eventually(lambda: len(polling.sent(user)) == 2)
    polling.eventually(lambda: polling.called("getUpdates", offset=5_001), what="the offset follows downwards")
    user.says("帮助", update_id=5_001)
    eventually(lambda: len(polling.sent(user)) == 3)


def test_a_webhook_in_the_way_is_taken_away_and_nothing_dropped(serve, polling):
    polling.webhook = {"url": "https://old.example.org/hook", "max_connections": 40, "allowed_updates": None}
    user = polling.user()
    user.says("帮助")
    serve(telegram=polling)
    eventually(lambda: polling.sent(user), 20)
    assert polling.called("deleteWebhook")
    assert not any(c.params.get("drop_pending_updates") for c in polling.calls)


def test_another_poller_is_told_of_and_outlasted(serve, polling):
    server = serve(telegram=polling)
    polling.eventually(lambda: polling.called("getUpdates"))
    with polling.changed:
        polling.pollers += 1  # somebody else asks: ours is thrown out
        polling.changed.notify_all()
    eventually(lambda: any("poll_conflict" in line for line in server.log()))
    user = polling.user()
    user.says("帮助")
    eventually(lambda: polling.sent(user), 20)


def test_bad_days_are_waited_out(serve, polling):
    polling.fail(1, 500, "Internal Server Error: restart", method="getUpdates")
    polling.garbage(1, method="getUpdates")
    polling.reset(1, method="getUpdates")
    serve(telegram=polling)
    user = polling.user()
    user.says("帮助")
    eventually(lambda: polling.sent(user), 30)


def test_an_early_empty_answer_is_followed_by_a_pause(serve, polling):
    polling.garbage(6, body=b'{"ok":true,"result":[]}', method="getUpdates")
    serve(telegram=polling)
    polling.eventually(lambda: len(polling.called("getUpdates")) >= 3)
    times = [c.time for c in polling.called("getUpdates")]
    assert all(b - a >= 0.9 for a, b in zip(times, times[1:]))


def test_stopping_does_not_wait_for_the_poll(serve, polling):
    server = serve(telegram=polling)
    polling.eventually(lambda: polling.called("getUpdates"))
    server.stop()
    assert server.stopped_in < 5


def test_no_room_left_confirms_nothing(serve, polling):
    server = serve(telegram=polling, under=["env", "--ignore-signal=XFSZ"])
    user = polling.user()
    user.says("帮助")
    eventually(lambda: polling.sent(user))
    polling.confirmed()
    server.settle()
    free = resource.prlimit(server.proc.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.proc.pid, resource.RLIMIT_FSIZE, (1, free[1]))
    asked = len(polling.called("getUpdates"))
    for _ in range(3):
        user.says("帮助")
    polling.eventually(lambda: len(polling.called("getUpdates")) > asked + 1)
    assert len(polling.queue) == 3 and len(polling.sent(user)) == 1
    resource.prlimit(server.proc.pid, resource.RLIMIT_FSIZE, free)
    eventually(lambda: len(polling.sent(user)) == 4, 20)
    polling.confirmed()
    server.settle()
    assert len(polling.sent(user)) == 4
