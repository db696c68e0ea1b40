"""The anonymous survey: what is on disk, in logs and in chats, and what that tells."""

import re

import pytest

from harness import Klass, conversation, eventually, join
from harness.survey import CLOSES, ONE_MORNING, OPENS, STAFF, TRAINEES, after_class, fill, klass, rows, traces


def test_answers_are_on_no_disk_before_they_are_counted(serve):
    server, who = after_class(serve)
    words = "这句话绝对不能落盘八六四二"
    fill(who["张伟"], "3", words, send=False)
    assert traces(server, words) == []
    who["张伟"].last.press("提交")
    assert traces(server, words) == []
    assert rows(server, "SELECT sum(n) FROM survey_count") == [(0,)]
    # the words of the questions and the presses are in no row either
    told = rows(server, "SELECT text FROM inbox WHERE text LIKE 'survey:q%' UNION ALL SELECT text FROM inbox"
                        " WHERE text IN ('3', '提交')")
    assert told == []
    assert not any("郑讲师老师" in (r[0] or "") for r in rows(server, "SELECT text FROM outbox"))
    # the page shows the same: nothing of it
    assert words not in str([r.raw for r in who["张伟"].history()])
    for name in TRAINEES[1:5]:
        fill(who[name], "2")
    assert who["张伟"].hears("survey.counted")
    after = eventually(lambda: in_the_store_alone(server, words), what="only the store holds what was counted")
    assert "log" not in after
    assert rows(server, f"SELECT count(*) FROM survey_text WHERE text = '{words}'") == [(3,)]
    columns = [r[1] for r in rows(server, "PRAGMA table_info(survey_text)")]
    assert columns == ["survey", "ask", "key", "text"]


def in_the_store_alone(server, words):
    """Where the words stand, once the write-ahead log was emptied: it has to wait for whoever reads just then."""
    found = traces(server, words)
    return found if not any(p.endswith("-wal") for p in found) else None


def test_a_batch_is_never_smaller_but_at_the_end(serve):
    server, who = after_class(serve)
    seen = []
    for name in TRAINEES[:7]:
        fill(who[name])
        seen.append(rows(server, "SELECT count(*) FROM survey_part")[0][0])
    assert set(seen[:4]) == {0} and set(seen[5:]) == {5}, seen
    server.clock.to(CLOSES)
    assert rows(server, "SELECT count(*), sum(n) FROM survey_part, survey_count WHERE ask = 'fit'")[0][0] == 7 * 5
    assert rows(server, "SELECT state FROM survey") == [("closed",)]


def test_rows_tell_no_order(serve):
    server, who = after_class(serve)
    order = [TRAINEES[i] for i in (4, 1, 3, 0, 2)]
    for i, name in enumerate(order):
        fill(who[name], "1", f"第{i}个交的人写的话")
    assert who["张伟"].hears("survey.counted")
    server.stop()
    data = b"".join(p.read_bytes() for p in server.data_dir.rglob("*") if p.is_file())
    first = {}
    for ask in range(3):
        places = [[m.start() for m in re.finditer(f"第{i}个交的人写的话".encode(), data)] for i in range(5)]
        assert all(len(p) == 3 for p in places), places
        first[ask] = sorted(range(5), key=lambda i: places[i][ask])
    assert list(first.values()) != [[0, 1, 2, 3, 4]] * 3 and list(first.values()) != [[4, 3, 2, 1, 0]] * 3
    assert rows(server, "SELECT person FROM survey_part") == sorted(rows(server, "SELECT person FROM survey_part"))


@pytest.mark.parametrize("kill", [True, False])
def test_a_restart_forgets_what_was_held_and_asks_again(serve, kill):
    server, who = after_class(serve)
    fill(who["张伟"], "1", "重启前写的话")
    fill(who["李娜"], send=False)
    server.restart(kill=kill)
    conversation(server, """
        张伟< survey.again [填问卷]
        李娜< survey.again
        王芳< nothing survey.again
    """, **who)
    assert traces(server, "重启前写的话") == []
    conversation(server, """
        李娜> 1
        < *
        张伟> 问卷
        < survey.statement
    """, **who)
    for name in TRAINEES[:5]:
        fill(who[name])
    assert who["张伟"].hears("survey.counted")
    server.restart(kill=kill)
    assert rows(server, "SELECT count(*) FROM survey_part") == [(5,)]
    conversation(server, """
        张伟> 问卷
        < survey.none ~ 已经计入
    """, **who)


def test_no_pair_of_snapshots_tells_fewer_apart_than_a_batch(serve):
    server, who = after_class(serve, present=11)
    seen = []

    def look():
        db = server.db()
        db.isolation_level = None
        db.execute("BEGIN")
        counts = {(r[0], r[1]): r[2] for r in db.execute("SELECT ask, value, n FROM survey_count")}
        parts = {r[0] for r in db.execute("SELECT person FROM survey_part")}
        texts = {r[0] for r in db.execute("SELECT text FROM survey_text")}
        db.close()
        seen.append((counts, parts, texts))

    for i, name in enumerate(TRAINEES[:11]):
        fill(who[name], str(i % 5 + 1), f"{name}写的话")
        look()
    for (c1, p1, t1), (c2, p2, t2) in ((a, b) for i, a in enumerate(seen) for b in seen[i:]):
        for ask in ("fit", "overall", "again"):
            more = sum(n - c1[key] for key, n in c2.items() if key[0] == ask)
            assert more == len(p2 - p1) and (more == 0 or more >= 5), (more, p2 - p1)
        assert p1 <= p2 and t1 <= t2 and len(t2 - t1) == len(p2 - p1)
    server.clock.to(CLOSES)
    look()
    assert len(seen[-1][1]) == 11


def test_over_wecom_by_numbers(serve, wecom):
    people = [(str(i + 1), name, "学员", "", "", f"user{i}") for i, name in enumerate(TRAINEES)] + STAFF
    server = serve(classes=[Klass(people=people, sessions=ONE_MORNING)], wecom={**wecom.section(), "buttons": "text"})
    wecom.attach(server)
    teacher, user = join(server, "吴老师"), wecom.user("user0", "张伟")
    server.clock.to("2026-03-02T09:00")
    user.says(f"签到 {teacher.says('口令').code()}")
    user.hears("签到成功")
    server.clock.to(OPENS)
    user.hears("1. 填问卷")
    user.says("1")
    user.hears("企业微信")
    user.says("1")
    for place in range(1, 5):
        user.hears(f"（{place}/8）")
        user.says("3")
    assert "1. 跳过" in user.hears("（5/8）").text
    user.says("只有企业微信知道的这句话")
    user.hears("（6/8）")
    user.says("1")
    user.hears("（7/8）")
    assert traces(server, "只有企业微信知道的这句话") == []
    assert rows(server, "SELECT count(*) FROM inbox WHERE text IS NOT NULL AND platform = 2") == [(0,)]


def test_a_word_typed_much_later_is_not_taken_as_an_answer(serve):
    server, who = after_class(serve)
    zhang = who["张伟"]
    fill_to_text = zhang.says("问卷").press("开始")
    while "跳过" not in fill_to_text.last.labels:
        fill_to_text = zhang.says("1")
    server.clock.to("+2h")
    conversation(server, """
        张伟> 我把作业发给李娜了
        < survey.paused
        < form.ask ~ 5/8
    """, **who)
    assert traces(server, "我把作业发给李娜了") == []


def tg_button(server, user, label):
    user.fake.eventually(lambda: any(label in x for m in user.fake.sent(user) for x in m.labels), what=label)
    server.settle()  # nobody presses before Telegram has told the bot what it calls the message
    assert user.presses(label) == 200
    user.answered()


def tg_ballot(serve, telegram):
    """(server, user): 小张 has just begun the survey on Telegram."""
    server = serve(classes=[klass()], telegram=telegram)
    teacher, user = join(server, "吴老师"), telegram.user("小张")
    user.starts("j_" + server.invites()["张伟"]["code"])
    user.hears("张伟")
    tg_button(server, user, "是我")
    server.clock.to("2026-03-02T09:00")
    user.says(f"签到 {teacher.says('口令').code()}")
    user.hears("签到成功")
    server.clock.to(OPENS)
    user.hears("匿名评价开放了")
    tg_button(server, user, "填问卷")
    user.hears("Telegram")
    tg_button(server, user, "开始")
    return server, user


def test_over_telegram_answers_are_on_no_disk_and_no_old_button_stays(serve, telegram):
    server, user = tg_ballot(serve, telegram)
    words = "只有电报知道的这句话"
    for place in range(1, 5):
        user.hears(f"（{place}/8）")
        tg_button(server, user, "马马虎虎")
    user.hears("（5/8）")
    eventually(lambda: not [m for m in telegram.sent(user) if "马马虎虎" in m.labels])
    user.says(words)
    user.hears("（6/8）")
    server.settle()
    assert traces(server, words) == []
    assert rows(server, "SELECT count(*) FROM inbox WHERE text IS NOT NULL AND platform = 1") == [(0,)]


def test_over_telegram_a_question_asked_anew_loses_its_buttons_when_one_is_pressed(serve, telegram):
    server, user = tg_ballot(serve, telegram)
    user.hears("（1/8）")
    user.says("3")
    asked = user.hears("（2/8）")  # a new message, which is in no row: only memory knows what Telegram calls it
    tg_button(server, user, "马马虎虎")
    assert user.hears("（3/8）").id == asked.id
    tg_button(server, user, "马马虎虎")
    assert user.hears("（4/8）").id == asked.id


def everything(server):
    """Every row of every table, a set for each."""
    db = server.db()
    db.isolation_level = None
    db.execute("BEGIN")
    names = [r[0] for r in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")]
    seen = {name: {tuple(r) for r in db.execute(f'SELECT * FROM "{name}"')} for name in names}
    db.close()
    return seen


def test_what_a_batch_changes_names_its_members_together_or_nobody(serve):
    server, who = after_class(serve, present=6)
    for name in TRAINEES[:4]:
        fill(who[name], "2", f"{name}写的话")
    last = fill(who["陈静"], "5", "陈静写的话", send=False).last
    before = everything(server)
    last.press("提交")
    for name in TRAINEES[:5]:
        assert who[name].hears("survey.counted")
    after = everything(server)
    changed = {table: rows_ - before.get(table, set()) for table, rows_ in after.items()}
    changed = {table: rows_ for table, rows_ in changed.items() if rows_}
    # the press's own key, the batch, and the word to its five: no act on the trail, no timer, reminder or page
    assert set(changed) <= {"inbox", "outbox", "outbox_counter", "survey_part", "survey_count", "survey_text"}, changed.keys()
    assert len(changed["survey_part"]) == 5 and len(changed["survey_text"]) == 15
    assert len(changed["inbox"]) == 1 and "陈静写的话" not in str(changed.get("outbox"))


def test_metrics_tell_of_no_ballot_whether_it_was_typed_or_pressed(serve):
    server, who = after_class(serve)
    who["张伟"].says("问卷")
    who["张伟"].presses("开始")
    before = {k: v for k, v in server.metrics().items() if "updates_total" in str(k)}
    who["张伟"].says("1").press("超过预期")
    after = {k: v for k, v in server.metrics().items() if "updates_total" in str(k)}
    moved = {str(k) for k in after if after[k] != before.get(k)}
    assert moved and all("other" in k for k in moved), moved
