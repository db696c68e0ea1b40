"""WeCom, whole: a class that lives in the application's chat, on good days and bad ones."""

import re
from urllib.parse import urlencode

import pytest

from harness import eventually
from harness.klass import Klass
from harness.vectors import VECTORS

PEOPLE = [("1", "张伟", "学员", "", "", "ZhangWei"), ("2", "李娜", "学员", "", "", "lina"), ("3", "王芳", "学员"),
          ("t1", "吴老师", "带班老师", "", "", "WuLaoshi"), ("m1", "周导师", "导师"), ("o1", "孙主办", "承办")]


@pytest.fixture
def bot(serve, wecom):
    """A server whose roster names WeCom accounts."""
    return serve(classes=[Klass(people=PEOPLE)], wecom=wecom)


@pytest.fixture
def zhang(bot, wecom):
    """A trainee who is in the roster with this account."""
    return wecom.user("ZhangWei", "张伟")


def texts(wecom, user):
    return [d.text for d in wecom.sent(user)]


def answered(wecom, user, count=1):
    """Waits until the member has seen so many messages; the newest."""
    return wecom.eventually(lambda: len(wecom.sent(user)) >= count and wecom.sent(user)[-1], what=f"{count} messages")


def outcomes(bot, outcome):
    return bot.metrics().value("banzhang_deliveries_total", platform="wecom", outcome=outcome)


# The callback: who is believed


def test_url_is_verified_with_the_bare_echo(bot, wecom):
    r = wecom.verify_callback("1616140317555161061")
    assert (r.status_code, r.content) == (200, b"1616140317555161061")
    assert wecom.verify_callback(signed="0" * 40).status_code == 403
    assert wecom.verify_callback(receiveid="wwffffffffffffffff").status_code == 403
    assert wecom.verify_callback(token="another").status_code == 403
    assert bot.get("/wecom/callback").status_code == 403


def test_the_official_example_verifies(bot):
    v = VECTORS["B1"]  # its token, key and corp are the fake's
    q = {"msg_signature": v["signature"], "timestamp": v["timestamp"], "nonce": v["nonce"], "echostr": v["encrypt"]}
    r = bot.get("/wecom/callback?" + urlencode(q))
    assert (r.status_code, r.text) == (200, v["plain"])


def test_nobody_else_is_believed(bot, wecom, zhang):
    assert zhang.wrongly_signed() == 403
    assert zhang.unsigned() == 403
    assert zhang.from_other_corp() == 403
    assert zhang.post_raw(b"<xml></xml>", {}) == 403
    assert zhang.with_doctype(inner=True) == 400
    assert zhang.with_doctype(inner=False) == 400
    for body in (b"", b"{}", b"<xml><Encrypt>", b"\xff\xfe\x00", b"<html/>", b"<xml>" + b"<a>" * 400):
        assert zhang.post_raw(body, {}) == 400, body
    assert zhang.post("<xml><MsgType>text</MsgType></xml>") == 400
    assert zhang.post(b"\x00\xff") == 400
    assert zhang.post_raw(b"<xml>" + b"x" * (10 << 20) + b"</xml>", {}) == 413
    assert bot.metrics().value("banzhang_updates_total", platform="wecom") == 0
    assert wecom.sent(zhang, all=True) == []


def test_signed_rubbish_is_malformed(bot, wecom, zhang):
    for text in ("zzzz", "!!!!", "A" * 64, ""):
        body = f"<xml><ToUserName>{wecom.corp}</ToUserName><Encrypt>{text}</Encrypt></xml>"
        assert zhang.post_raw(body, zhang.query(text)) == 400


# What is said


def test_an_account_of_the_roster_needs_no_code(bot, wecom, zhang):
    assert zhang.says("班级") == 200
    wecom.eventually(lambda: any("速卖通就业班" in t for t in texts(wecom, zhang)), what="the class is named")


def test_letters_of_an_account_have_no_case(bot, wecom):
    upper = wecom.user("LiNa", "李娜")  # the roster says lina
    upper.says("班级")
    wecom.eventually(lambda: any("速卖通就业班" in t for t in texts(wecom, upper)), what="the class is named")


def test_a_stranger_joins_with_a_code_on_a_card(bot, wecom):
    fang = wecom.user("WangFang", "王芳")
    fang.says("加入 " + bot.invites()["王芳"]["code"])
    card = wecom.eventually(lambda: next((d for d in wecom.sent(fang) if d.card), None), what="a card")
    assert "王芳" in card.text and len(card.labels) == 2
    assert re.fullmatch(r"bz-\d+-\w+", card.card["task_id"])
    assert fang.presses("是我") == 200
    wecom.eventually(lambda: card.replaced, what="the pressed card loses its buttons")
    assert isinstance(card.replaced, str)
    fang.says("班级")
    fang.hears("速卖通就业班")


def test_numbers_press_the_buttons_that_a_card_cannot_show(serve, wecom):
    section = {**wecom.section(), "buttons": "text"}
    bot = serve(classes=[Klass(people=PEOPLE)], wecom=section)
    wecom.attach(bot)
    fang = wecom.user("WangFang", "王芳")
    fang.says("加入 " + bot.invites()["王芳"]["code"])
    asked = answered(wecom, fang)
    assert asked.card is None and re.search(r"\n1\. .*\n2\. ", asked.text)
    fang.says("1")
    answered(wecom, fang, 2)
    fang.says("班级")
    fang.hears("速卖通就业班")


def test_both_shows_numbers_and_a_card(serve, wecom):
    bot = serve(classes=[Klass(people=PEOPLE)], wecom={**wecom.section(), "buttons": "both"})
    wecom.attach(bot)
    fang = wecom.user("WangFang", "王芳")
    fang.says("加入 " + bot.invites()["王芳"]["code"])
    answered(wecom, fang, 2)
    first, second = wecom.sent(fang)
    assert first.card is None and "\n2. " in first.text and len(second.labels) == 2


def test_a_class_signs_in(bot, wecom, zhang):
    wu = wecom.user("WuLaoshi", "吴老师")
    bot.clock.to("2026-03-02T08:50:00+08:00")
    wu.says("口令")
    code = re.search(r"(?<!\d)\d{3} ?\d{3}(?!\d)", wecom.eventually(
        lambda: next((t for t in texts(wecom, wu) if re.search(r"\d{3} ?\d{3}", t)), None))).group().replace(" ", "")
    before = len(wecom.sent(zhang))
    assert zhang.says("签到 " + code) == 200
    answered(wecom, zhang, before + 1)
    keys = [r["key"] for r in bot.db().execute("SELECT key FROM outbox WHERE chat = 'ZhangWei' ORDER BY id")]
    assert "signin.ontime" in keys


def test_a_retried_callback_does_nothing(bot, wecom, zhang):
    zhang.says("帮助")
    answered(wecom, zhang)
    count = len(wecom.sent(zhang))
    assert [zhang.again() for _ in range(3)] == [200] * 3
    assert bot.metrics().value("banzhang_duplicates_total", platform="wecom") == 3
    bot.settle()
    assert len(wecom.sent(zhang)) == count


def test_two_events_of_one_second_are_two(bot, wecom, zhang):
    at = wecom.now()
    zhang.event("click", [("EventKey", "/help")], create_time=at)
    zhang.event("click", [("EventKey", "/class")], create_time=at)
    assert zhang.again() == 200
    metrics = bot.metrics()
    assert metrics.value("banzhang_updates_total", platform="wecom", kind="text") == 2
    assert metrics.value("banzhang_duplicates_total", platform="wecom") == 1


def test_the_second_help_is_heard_too(bot, wecom, zhang):
    for n in (1, 2, 3):
        zhang.says("帮助")
        bot.settle()
    first = texts(wecom, zhang)[0]
    assert texts(wecom, zhang).count(first) == 3
    assert not wecom.lost()
    assert all("enable_duplicate_check" not in c.params for c in wecom.called("message/send"))


def test_a_push_is_safe_to_repeat(bot, wecom, zhang):
    bot.clock.to("2026-03-02T09:00:00+08:00")
    push = wecom.eventually(lambda: next((c for c in wecom.called("message/send") if c.params.get(
        "enable_duplicate_check")), None), what="a reminder before the sitting")
    assert push.params["enable_duplicate_check"] == 1 and push.params["duplicate_check_interval"] == 60


def test_every_kind_of_message_is_taken(bot, wecom, zhang):
    kinds = [(zhang.sends_photo, "files"), (zhang.sends_voice, "voice"), (zhang.sends_video, "files"),
             (zhang.sends_location, "location"), (zhang.sends_link, "text"), (lambda: zhang.says("你好"), "text"),
             (lambda: zhang.message("hologram"), "other"), (lambda: zhang.sends_location(app=None), "location")]
    for act, kind in kinds:
        before = bot.metrics().value("banzhang_updates_total", platform="wecom", kind=kind)
        assert act() == 200
        assert bot.metrics().value("banzhang_updates_total", platform="wecom", kind=kind) == before + 1
    assert bot.alive()


def test_events_that_nobody_waits_for(bot, wecom, zhang):
    acts = [zhang.enters, zhang.reports_location, lambda: zhang.views("https://example.com"),
            lambda: zhang.views("https://example.com", spelling="VIEW"), zhang.picks_photos, zhang.selects_location,
            lambda: zhang.event("batch_job_result"), lambda: zhang.event("change_contact"),
            lambda: zhang.event("open_approval_change"), lambda: zhang.event("close_inactive_agent"),
            lambda: zhang.event("an_event_of_next_year"), lambda: zhang.event("view_miniprogram")]
    assert [act() for act in acts] == [200] * len(acts)
    bot.settle()
    assert wecom.sent(zhang, all=True) == []
    assert bot.metrics().value("banzhang_updates_total", platform="wecom", kind="noise") == len(acts)


def test_the_menu_says_commands(bot, wecom, zhang):
    menu = wecom.eventually(lambda: wecom.menu, what="a menu")
    assert [b["name"] for b in menu["button"]] == ["签到", "学习", "我的"]
    keys = [s["key"] for b in menu["button"] for s in b["sub_button"]]
    assert [s["type"] for b in menu["button"] for s in b["sub_button"]].count("scancode_waitmsg") == 1
    zhang.clicks("/help", spelling="CLICK")
    answered(wecom, zhang)
    assert "/help" in keys


@pytest.mark.parametrize("typo", [False, True])
def test_cards_with_ticks_are_read_in_both_spellings(bot, wecom, zhang, typo):
    assert zhang.card_event("gone:by", "bz-1-x", selected={"q1": ["a", "b"]}, typo=typo) == 200
    answered(wecom, zhang)  # a stale button is answered, too
    assert bot.metrics().value("banzhang_updates_total", platform="wecom", kind="action") == 1


def test_a_stale_press_still_gets_an_answer(bot, wecom, zhang):
    wecom.errcode(42048, next=None, method="message/update_template_card")
    assert zhang.card_event("nobody:knows:this", "other-app-task") == 200
    answered(wecom, zhang)


def test_texts_are_split_below_2048_bytes(serve, wecom):
    days = [(f"2026-03-{d:02}", "09:00", "12:00", f"第{d}天：速卖通平台规则、选品、上架、直通车、纠纷处理与客户服务")
            for d in range(2, 30)]
    bot = serve(classes=[Klass(people=PEOPLE, sessions=days)], wecom=wecom)
    zhang = wecom.user("ZhangWei")
    for said in ("课表", "作业", "帮助"):
        zhang.says(said)
        bot.settle()
    assert wecom.sent(zhang) and not wecom.lost()


# The way out on bad days


def test_the_access_token_is_renewed_once(bot, wecom, zhang):
    zhang.says("帮助")
    answered(wecom, zhang)
    for spoil in (wecom.expire_token, wecom.invalidate_token):
        fetched, count = len(wecom.called("gettoken")), len(wecom.sent(zhang))
        spoil()
        zhang.says("帮助")
        answered(wecom, zhang, count + 1)
        assert len(wecom.called("gettoken")) == fetched + 1


def test_everybody_waits_for_the_same_new_token(bot, wecom):
    people = [wecom.user(f"Member{n}") for n in range(8)]
    eventually(lambda: wecom.menu)
    wecom.invalidate_token()
    wecom.slow(0.3, next=1, method="gettoken")
    fetched = len(wecom.called("gettoken"))
    for p in people:
        p.says("你好")
    for p in people:
        answered(wecom, p)
    assert len(wecom.called("gettoken")) == fetched + 1


def test_a_wrong_secret_is_not_tried_again_and_again(serve, wecom):
    bot = serve(classes=[Klass(people=PEOPLE)], wecom={**wecom.section(), "secret": "not-the-secret"})
    wecom.attach(bot)
    zhang = wecom.user("ZhangWei")
    for n in range(10):
        assert zhang.says(f"帮助 {n}") == 200
    eventually(lambda: any(" alarm what=token_refused" in line for line in bot.log()))
    assert wecom.wrong_secrets <= 2
    assert not any("not-the-secret" in line for line in bot.log())


def test_secrets_are_in_no_log(bot, wecom, zhang):
    wecom.fail(next=1, status=500)
    zhang.says("帮助")
    answered(wecom, zhang)
    everything = "\n".join(bot.log())
    for secret in (wecom.secret, wecom.callback_token, wecom.callback_key, wecom.current):
        assert secret not in everything
    assert "帮助" not in everything


@pytest.mark.parametrize("spoil", [
    lambda w: w.errcode(-1, method="message/send"),
    lambda w: w.fail(status=500, method="message/send"),
    lambda w: w.fail(status=502, method="message/send"),
    lambda w: w.garbage(method="message/send"),
    lambda w: w.reset(method="message/send"),
    lambda w: w.errcode(45033, method="message/send"),
], ids=["busy", "500", "502", "garbage", "reset", "concurrency"])
def test_a_bad_moment_loses_nothing(bot, wecom, zhang, spoil):
    eventually(lambda: wecom.menu)
    spoil(wecom)
    zhang.says("帮助")
    answered(wecom, zhang)
    eventually(lambda: outcomes(bot, "sent") >= 1)


def test_a_cut_answer_is_sent_again(bot, wecom, zhang):
    eventually(lambda: wecom.menu)
    wecom.cut(method="message/send")
    zhang.says("帮助")
    eventually(lambda: outcomes(bot, "sent") >= 1)
    assert outcomes(bot, "unknown") == 1 and wecom.sent(zhang)


def test_a_member_who_left_is_not_written_to_for_ever(bot, wecom):
    ghost = wecom.user("Ghost")
    del wecom.members["ghost"]
    ghost.says("你好")
    eventually(lambda: outcomes(bot, "refused") == 1)
    assert len(wecom.called("message/send")) == 1


def test_no_answer_at_all_is_sent_again(bot, wecom, zhang):
    eventually(lambda: wecom.menu)
    wecom.hang(chat=zhang, method="message/send")
    zhang.says("帮助")
    # the connection closes without an answer: libcurl, else the outbox, sends again
    eventually(lambda: wecom.release() or outcomes(bot, "sent") >= 1)
    assert len(wecom.called("message/send")) >= 2 and wecom.sent(zhang)


def test_who_was_out_of_reach_and_writes_is_reachable_again(bot, wecom, zhang):
    def reachable():
        return bot.db().execute("SELECT reachable FROM account WHERE name = 'ZhangWei'").fetchone()[0]
    zhang.says("帮助")
    answered(wecom, zhang)
    del wecom.members["zhangwei"]
    zhang.says("帮助")
    eventually(lambda: reachable() == 0)
    wecom.members["zhangwei"] = zhang
    zhang.says("帮助")
    eventually(lambda: reachable() == 1)
    answered(wecom, zhang, 2)


def test_who_subscribes_is_greeted_and_who_leaves_is_not(bot, wecom, zhang):
    assert zhang.subscribes() == 200
    answered(wecom, zhang)
    assert zhang.unsubscribes() == 200
    bot.settle()
    assert len(wecom.sent(zhang)) == 1


def test_a_scanned_code_counts_as_typed(bot, wecom, zhang):
    assert zhang.scans("班级") == 200
    zhang.hears("速卖通就业班")


def test_a_member_without_licence_counts_as_not_reached(bot, wecom, zhang):
    eventually(lambda: wecom.menu)
    wecom.errcode(0, method="message/send", errmsg="ok", unlicenseduser="zhangwei", msgid="1")
    zhang.says("帮助")
    eventually(lambda: outcomes(bot, "refused") == 1)


@pytest.mark.parametrize("errcode, outcome", [(40003, "refused"), (81013, "refused"), (40058, "invalid"),
                                              (45002, "invalid"), (45009, "limited"), (60020, "unreachable"),
                                              (48002, "unreachable"), (301002, "unreachable"), (40013, "unreachable")])
def test_errcodes_have_their_outcome(bot, wecom, errcode, outcome):
    someone = wecom.user("Someone")
    eventually(lambda: wecom.menu)
    wecom.errcode(errcode, next=None, method="message/send")
    someone.says("你好")
    eventually(lambda: outcomes(bot, outcome) == 1)
    assert outcomes(bot, "sent") == 0


def test_one_limited_member_holds_up_nobody_else(bot, wecom, zhang):
    eventually(lambda: wecom.menu)
    other = wecom.user("LiNa")
    wecom.fail(status=429, chat=zhang, method="message/send")
    zhang.says("帮助")
    eventually(lambda: outcomes(bot, "limited") == 1)
    other.says("帮助")
    answered(wecom, other)


def test_a_card_that_wecom_refuses_comes_as_text_with_numbers(bot, wecom):
    fang = wecom.user("WangFang", "王芳")
    eventually(lambda: wecom.menu)
    wecom.errcode(42040, method="message/send")
    fang.says("加入 " + bot.invites()["王芳"]["code"])
    said = answered(wecom, fang)
    assert said.card is None and "\n1. " in said.text
    fang.says("1")
    answered(wecom, fang, 2)


def test_nobody_gets_more_than_wecom_would_show(bot, wecom, zhang):
    for n in range(40):
        zhang.says("帮助")
    eventually(lambda: len(wecom.sent(zhang)) >= 10)
    assert not wecom.lost()


def test_without_its_secret_it_does_not_start(serve, wecom):
    for missing in ("secret", "token", "encoding_aes_key", "corp_id"):
        section = wecom.section()
        del section[missing]
        with pytest.raises(AssertionError, match="did not come up"):
            serve(wecom=section)
