"""Ended at every moment that matters, under load on all three platforms, with and without the power going too."""

import os
import random
import threading

import pytest
import requests
from faults import KILLS, Plan, program, whole_files

from harness import eventually
from harness.crowd import TELEGRAM, Talkers, again, check, crowd


MOMENTS = ("sync.before", "sync.after", "commit.before", "commit.after", "answer.before", "answer.after", "send.before",
           "send.after", "outcome", "mark.before", "mark.after", "file.before", "file.after", "any")
POWER = {"killed": None, "power-cut": 0, "power-cut-torn": 30}  # percent of the unsynced sectors that are there


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path)


def end_at(server, plan, moment, dice, power):
    """Has the server end at this moment, its power going with it or not, and starts it again."""
    if moment == "any":
        threading.Event().wait(dice.random() / 4)
    else:
        rare = moment.startswith("file")  # few say anything with a file
        plan.arm(moment, dice.randrange(1, 8 if rare else 40))
        try:
            eventually(lambda: not server.alive(), 60 if rare else 10)
        except AssertionError:  # nothing more is sent just now: the limits hold it back
            assert moment.startswith(("send", "outcome", "mark")), moment
    plan.calm()
    server.kill()
    if power is not None:
        plan.disk.cut(dice, power)
    server.restart()


@pytest.mark.parametrize("power", POWER)
def test_ended_at_every_moment(serve, telegram, wecom, plan, power):
    """KILLS ends in all, over the three kinds."""
    kills = max(len(MOMENTS), KILLS // len(POWER) + 1 if KILLS else 0)
    seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
    print(f"SEED={seed}")
    dice = random.Random(seed)
    server, teacher, people = crowd(serve, telegram, wecom, program=program(), env=plan.env(POWER[power]))
    server.clock.to("2026-03-02T08:50")
    code = teacher.says("口令").code()
    talkers = Talkers(people, code, seed, kills)
    for n in range(kills):
        end_at(server, plan, MOMENTS[n % len(MOMENTS)], dice, POWER[power])
        talkers.cuts.append(n)
    talkers.until_signed_in()
    talkers.end()
    end_at(server, plan, "any", dice, POWER[power])
    server.stop()
    files = len(whole_files(server))
    server.start()
    again(people)
    server.stop()
    in_order(server, telegram, people, kills + 1)
    check(server.data_dir / "banzhang.db", people)
    assert files > kills / 4, "too few files were sent to prove anything"
    print(f"{power}: ended {kills} times, {talkers.answered()} updates answered, {files} files whole; lost by the disk "
          f"without a promise: {plan.disk.lost}")


def in_order(server, telegram, people, kills):
    """What is on record as sent reached Telegram, in order; twice only what was under way when the process ended."""
    db = server.db()
    for p in people:
        if p.platform != TELEGRAM:
            continue
        refs = [int(ref) for ref, in db.execute("SELECT ref FROM outbox WHERE platform = 1 AND chat = ? AND state = 1"
                                                " AND lane <> 2 AND coalesce(edits, 0) = 0 ORDER BY id",
                                                (str(p.user.id),))]
        got = {m.id for m in telegram.sent(p.user)}
        assert refs == sorted(set(refs)) and set(refs) <= got, f"{p.user.id}: {refs} of {sorted(got)}"
        assert len(got) <= len(refs) + kills
    db.close()


# At which moment the way of one message ends, and how often Telegram has seen the answer after all.
ONCE = {"sync.before": 1, "sync.after": 1, "commit.before": 1, "commit.after": 1, "answer.before": 1, "answer.after": 1,
        "send.before": 1, "outcome": 2, "mark.before": 2, "mark.after": 1}


@pytest.mark.parametrize("moment, sends", ONCE.items(), ids=list(ONCE))
def test_one_message_ended_at_one_moment(serve, telegram, plan, moment, sends):
    """Sent twice only when the end fell between the platform's answer and our record of it."""
    server = serve(telegram=telegram, program=program(), env=plan.env())
    user = telegram.user("张伟")
    eventually(lambda: any("telegram.no_webhook" in line for line in server.log()), what="the start is over")
    server.settle()  # a sync of the start must not pass while the moment is armed
    plan.arm(moment)
    try:
        answered = user.says("帮助") == 200
    except requests.RequestException:
        answered = False
    eventually(lambda: not server.alive(), 10, f"the end at {moment}")
    plan.calm()
    server.kill()
    server.restart()
    if not answered:
        assert telegram.redeliver() == 200
    assert telegram.redeliver() == 200
    eventually(lambda: len(telegram.sent(user)) >= sends, 10, f"{sends} sent")
    server.settle()
    assert len(telegram.sent(user)) == sends, [m.text for m in telegram.sent(user)]
    db = server.db()
    assert [tuple(r) for r in db.execute("SELECT count(*), sum(state = 1) FROM outbox WHERE platform = 1")] == [(1, 1)]
    assert db.execute("SELECT count(*) FROM inbox WHERE platform = 1").fetchone()[0] == 1
    db.close()
