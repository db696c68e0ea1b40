"""Telegram by webhook, against a Bot API that refuses what the real one refuses."""

import json
import re

import pytest

from harness import Klass
from harness.fake import eventually
from harness.telegram_people import PNG


@pytest.fixture
def bot(serve, telegram):
    """A server with the webhook; `bot.tg` is Telegram."""
    server = serve(telegram=telegram)
    server.tg = telegram
    telegram.eventually(lambda: telegram.called("getMe"), what="the bot asks for its name")
    eventually(lambda: any("telegram.ready" in line for line in server.log()), what="the bot knows its name")
    return server


def outcome(server, name):
    """How many deliveries to Telegram ended so."""
    return server.metrics().value("banzhang_deliveries_total", platform="telegram", outcome=name)


# --- the webhook

def test_only_telegram_itself_is_heard(bot):
    user = bot.tg.user()
    assert user.says("帮助", secret="guessed") in (401, 403)
    assert bot.post("/telegram/webhook", json={"update_id": 1}).status_code in (401, 403)
    assert user.says("帮助", secret=bot.tg.secret[:-1]) in (401, 403)
    assert user.says("帮助") == 200
    eventually(lambda: bot.tg.sent(user))
    assert len(bot.tg.sent(user)) == 1


@pytest.mark.parametrize("without", ["secret", "token"])
def test_it_does_not_start_without_a_secret(serve, telegram, without):
    section = telegram.section()
    del section[without]
    server = serve(telegram=section, start=False)
    done = server.run("serve", check=False)
    assert done.returncode == 1 and without in done.stderr


@pytest.mark.parametrize("body, status", [
    (b"", 400), (b"{", 400), (b"[]", 400), (b"7", 400), (b'{"update_id":1}x', 400), (b'{"update_id":"1"}', 400),
    (b'{"update_id":-1}', 400), (b'{"update_id":1.5}', 400), (b'{"update_id":1,"update_id":2}', 400),
    (b'{"update_id":1,"message":' + b"[" * 3000 + b"]" * 3000 + b"}", 400), (b'{"update_id":1,"x":"\xff"}', 400),
    (b'{"update_id":1,"message":{"text":"' + b"x" * (10 << 20) + b'"}}', 413),
    (b'{"update_id":1}', 200), (b'{"update_id":2,"message":5}', 200), (b'{"update_id":3,"message":{"chat":[]}}', 200),
    (b'{"update_id":4,"news_of_2031":{}}', 200)], ids=range(16))
def test_malformed_updates_have_a_clear_answer(bot, body, status):
    assert bot.tg.post(body) == status
    assert bot.alive() and bot.get("/healthz").status_code == 200


def test_the_route_takes_json_posts_only(bot):
    assert bot.get("/telegram/webhook").status_code == 405
    assert bot.tg.user().says("帮助", headers={"Content-Type": "text/plain"}) == 415


def test_a_repeated_update_does_nothing(bot):
    user = bot.tg.user()
    assert user.says("帮助") == 200
    eventually(lambda: bot.tg.sent(user))
    before = bot.metrics().value("banzhang_duplicates_total", platform="telegram")
    assert bot.tg.redeliver() == 200 and bot.tg.redeliver() == 200
    assert bot.metrics().value("banzhang_duplicates_total", platform="telegram") == before + 2
    bot.settle()
    assert len(bot.tg.sent(user)) == 1
    assert bot.tg.last_response.content == b""


def test_kinds_that_nobody_waits_for_are_quiet(bot):
    user, group = bot.tg.user(), bot.tg.group()
    for kind, content in (("poll_answer", {"poll_id": "1"}), ("channel_post", {"message_id": 1, "date": 1}),
                          ("edited_channel_post", {}), ("chat_member", {}), ("something_new", {"a": 1})):
        assert bot.tg.deliver(kind, content) == 200
    assert user._send(group, {"new_chat_members": [user.user()]}) == 200
    bot.settle()
    assert not bot.tg.sent(user) and not bot.tg.sent(group)
    assert bot.metrics().value("banzhang_telegram_updates_total", kind="poll_answer") == 1
    assert bot.metrics().value("banzhang_telegram_updates_total", kind="unknown") == 1


def test_a_sticker_gets_a_word(bot):
    user = bot.tg.user()
    assert user.sends_sticker() == 200 and user.sends_contact() == 200
    eventually(lambda: bot.tg.sent(user))


# --- people

def test_joining_by_deep_link_and_signing_in(bot):
    trainee, teacher = bot.tg.user("小张"), bot.tg.user("吴")
    asked = trainee.joins(bot, "张伟")
    bot.settle()
    assert "是我" not in str(bot.tg.messages[trainee.id][asked.id].labels), "what is decided cannot be pressed again"
    teacher.joins(bot, "吴老师")
    bot.clock.to("2026-03-02T08:50")
    teacher.says("口令")
    code = eventually(lambda: [m[1] for s in bot.tg.sent(teacher)
                               if (m := re.search(r"(?<!\d)(\d{6})(?!\d)", s.text.replace(" ", "")))])[0]
    assert trainee.says(f"签到 {code}") == 200
    trainee.hears("签到成功")


def test_a_stale_press_is_answered(bot):
    user = bot.tg.user()
    user.says("帮助")
    shown = eventually(lambda: bot.tg.sent(user))[0]
    assert user.presses("", data="nobody:knows:7", message=shown) == 200
    user.answered()


def test_a_press_on_an_old_message_is_answered(bot):
    user = bot.tg.user()
    user.starts("j_" + bot.invites()["张伟"]["code"])
    user.hears("张伟")
    assert user.presses("是我", inaccessible=True) == 200
    user.answered()


def test_groups_hear_what_is_meant_for_them(bot):
    user, group = bot.tg.user(), bot.tg.group()
    assert user.says("/help@some_other_bot", group=group, mode="webhook") in (None, 200)
    bot.tg.deliver("message", {"message_id": 900, "date": bot.tg.now(), "from": user.user(), "chat": group.chat(),
                               "text": "/help@some_other_bot"})
    bot.settle()
    assert not bot.tg.sent(group)
    assert user.says(f"/help@{bot.tg.me['username']}", group=group) == 200
    eventually(lambda: bot.tg.sent(group))
    heard = len(bot.tg.sent(group))
    assert user.says(f"😀😀 @{bot.tg.me['username']} 帮助", group=group) == 200
    eventually(lambda: len(bot.tg.sent(group)) > heard)


def test_the_menu_is_told_in_both_languages(bot):
    def told():
        langs = {lang for _, _, lang in bot.tg.commands}
        return {"", "en"} <= langs
    bot.tg.eventually(told, what="commands in Chinese and English")
    names = [c["command"] for c in bot.tg.commands[("default", None, "")]]
    assert "help" in names and "signin" in names and "open" not in names


def test_the_menu_of_a_chat_follows_the_role(bot):
    teacher = bot.tg.user("吴")
    teacher.joins(bot, "吴老师")
    menu = bot.tg.eventually(lambda: bot.tg.commands.get(("chat", teacher.id, "")), what="a menu of its own")
    names = [c["command"] for c in menu]
    assert "open" in names and "missing" in names and "signin" not in names
    for name in names:
        teacher.says(f"/{name}")
    bot.settle(timeout=10 + 2 * len(names))  # one message a second to a chat
    eventually(lambda: len(bot.tg.sent(teacher)) > len(names))
    assert not [s for s in bot.tg.sent(teacher) if "没看懂" in s.text or "不明白" in s.text]


# --- what goes wrong on the way out

def test_a_limit_holds_one_chat_only(bot):
    slow, other = bot.tg.user("慢"), bot.tg.user("快")
    bot.tg.limit(slow, retry_after=344)
    slow.says("帮助")
    bot.tg.eventually(lambda: bot.tg.called("sendMessage", chat_id=slow.id))
    for _ in range(3):
        other.says("帮助")
    eventually(lambda: len(bot.tg.sent(other)) == 3)
    assert len(bot.tg.called("sendMessage", chat_id=slow.id)) == 1
    assert outcome(bot, "limited") == 1


def test_a_crowd_is_answered_below_the_limits(bot):
    users = [bot.tg.user(f"学员{i}") for i in range(70)]
    for user in users:
        assert user.says("帮助") == 200
    eventually(lambda: all(bot.tg.sent(user) for user in users), 20)
    assert bot.tg.refused_429 == 0 and outcome(bot, "limited") == 0


def test_a_short_limit_is_waited_for(bot):
    user = bot.tg.user()
    bot.tg.limit(user, retry_after=1, next=1)
    user.says("帮助")
    eventually(lambda: bot.tg.sent(user))
    first, second = bot.tg.called("sendMessage", chat_id=user.id)
    assert second.time - first.time >= 0.95


def test_blocked_is_final_and_known(bot):
    user = bot.tg.user()
    bot.tg.block(user)
    user.says("帮助")
    eventually(lambda: outcome(bot, "refused") == 1)
    bot.settle()
    assert len(bot.tg.called("sendMessage", chat_id=user.id)) == 1
    assert user.blocks() == 200 and user.blocks(False) == 200


@pytest.mark.parametrize("misfortune, name", [
    (lambda tg: tg.fail(1, 500, "Internal Server Error: restart", method="sendMessage"), "unreachable"),
    (lambda tg: tg.fail(2, 502, "Bad Gateway", method="sendMessage"), "unreachable"),
    (lambda tg: tg.garbage(1, status=502, method="sendMessage"), "unreachable"),
    (lambda tg: tg.garbage(1, method="sendMessage"), "unknown"),
    (lambda tg: tg.reset(1, method="sendMessage"), "sent"),  # libcurl says it again by itself
    (lambda tg: tg.cut(1, method="sendMessage"), "unknown")],
    ids=["500", "502 twice", "a proxy's page", "garbage", "a reset", "half an answer"])
def test_bad_days_of_telegram_lose_nothing(bot, misfortune, name):
    user = bot.tg.user()
    misfortune(bot.tg)
    assert user.says("帮助") == 200
    eventually(lambda: bot.tg.sent(user), 20)
    eventually(lambda: outcome(bot, "sent") >= 1 and outcome(bot, name) >= 1)


def test_ok_false_is_no_success_whatever_the_status(bot):
    user = bot.tg.user()
    bot.tg.garbage(1, body=json.dumps({"ok": False, "error_code": 403, "description": "Forbidden: x"}).encode(),
                   method="sendMessage")
    user.says("帮助")
    eventually(lambda: outcome(bot, "refused") == 1)
    assert outcome(bot, "sent") == 0


def test_a_refused_token_waits_and_says_so(serve, telegram):
    right, telegram.token = telegram.token, "7000000001:AAanother-token_than_the_tests_of_banzhang"
    server = serve(telegram={**telegram.section(), "token": right})
    telegram.attach(server)
    user = telegram.user()
    assert user.says("帮助") == 200
    eventually(lambda: any("telegram.alarm" in line for line in server.log()))
    telegram.token = right
    eventually(lambda: telegram.sent(user), 20)
    assert not any(right in line or telegram.secret in line for line in server.log())


def test_a_group_that_became_a_supergroup_is_followed(bot):
    user, group = bot.tg.user(), bot.tg.group(kind="group")
    new = group.migrates(user, tell=False)
    user.says("/help", group=group)
    eventually(lambda: bot.tg.sent(new))
    assert not bot.tg.sent(group)


def kept(server):
    """The bytes of all files of people, as they lie on the disk."""
    return [f.read_bytes() for f in server.files()]


def test_homework_is_handed_in_by_photo_and_document(serve, telegram):
    syllabus = [("速卖通平台介绍", "平台规则", "培训+课件", "作业")]
    server = serve(classes=[Klass(syllabus=syllabus)], telegram=telegram)
    server.tg = telegram
    teacher, trainee = telegram.user("吴"), telegram.user("小张")
    teacher.joins(server, "吴老师")
    trainee.joins(server, "张伟")
    server.clock.to("2026-03-02T12:00")
    teacher.presses("按默认发布")
    trainee.hears("作业1")
    trainee.says("交作业 1")
    trainee.hears("发")
    assert trainee.sends_photo(PNG + b"a shop", caption="我的店铺") == 200
    assert trainee.sends_document("选品.docx", b"PK" + b"x" * 5000) == 200
    assert trainee.sends_document("录像.mp4", b"x", size=30 << 20) == 200
    trainee.hears("20 MB")
    trainee.presses("交好了")
    trainee.hears("按时")
    eventually(lambda: len(kept(server)) == 2, what="both files fetched")
    assert sorted(kept(server)) == sorted([PNG + b"a shop", b"PK" + b"x" * 5000])
    assert len(telegram.called("getFile")) == 2


def test_an_edit_is_no_second_message(bot):
    user = bot.tg.user()
    user.joins(bot, "张伟")
    bot.settle()
    user.says("签到 12345")
    bot.settle()
    assert user.edits("签到 123456") == 200
    user.hears("再发一遍")
    user.says("今天天气真好啊")
    bot.settle()
    heard = len(bot.tg.sent(user))
    assert user.edits("今天天气不好啊") == 200
    bot.settle()
    assert len(bot.tg.sent(user)) == heard


def test_who_comes_back_is_greeted_once(bot):
    user = bot.tg.user()
    user.joins(bot, "张伟")
    user.blocks()
    bot.settle()
    heard = len(bot.tg.sent(user))
    assert user.blocks(False) == 200 and user.starts() == 200
    eventually(lambda: len(bot.tg.sent(user)) > heard)
    bot.settle()
    assert len(bot.tg.sent(user)) == heard + 1


# --- the command

def test_webhook_set_show_delete(bot):
    shown = bot.run("webhook", "show")
    assert "none" in shown.stdout
    bot.settings["public_url"] = "https://127.0.0.1"
    bot.write_config()
    bot.run("webhook", "set")
    hook = bot.tg.webhook
    assert hook["url"] == "https://127.0.0.1/telegram/webhook" and hook["secret_token"] == bot.tg.secret
    assert not hook["dropped"] and "callback_query" in hook["allowed_updates"]
    assert hook["url"] in bot.run("webhook", "show").stdout
    bot.run("webhook", "delete")
    assert not bot.tg.webhook["url"]
    assert all("drop_pending_updates" not in c.params for c in bot.tg.calls)
    assert bot.run("webhook", "burn", check=False).returncode == 2
    for verb in ("set", "show", "delete"):
        done = bot.run("webhook", verb, check=False)
        assert bot.tg.token not in done.stdout + done.stderr and bot.tg.secret not in done.stdout + done.stderr


def test_webhook_command_tells_why_it_failed(bot):
    right, bot.tg.token = bot.tg.token, "1:another"
    done = bot.run("webhook", "show", check=False)
    assert done.returncode == 1 and "telegram.token" in done.stderr and right not in done.stderr
