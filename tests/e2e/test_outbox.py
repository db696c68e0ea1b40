"""What is to be said reaches people in order, within limits, through bad days and crashes."""

from harness.fake import eventually


def texts(telegram, chat):
    return [s.text for s in telegram.sent(chat)]


def test_what_waited_when_the_power_went_is_said_after_it(serve, telegram):
    server = serve(telegram=telegram)
    wei, na = telegram.user("张伟"), telegram.user("李娜")
    telegram.hang(next=100, method="sendMessage")
    for who in (wei, na):
        assert who.says("帮助") == 200
    eventually(lambda: server.metrics().value("banzhang_outbox", state="waiting") >= 2)
    server.kill()
    telegram.calm()
    telegram.release()
    server.restart()
    server.settle()
    assert texts(telegram, wei) and texts(telegram, na)


def test_a_chat_keeps_its_order_through_bad_days(serve, telegram):
    server = serve(telegram=telegram)
    wei = telegram.user("张伟")
    telegram.fail(next=1, status=502, method="sendMessage")
    for word in ("帮助", "天书一", "help"):
        assert wei.says(word) == 200
    server.settle(20)
    calm = telegram.user("李娜")
    for word in ("帮助", "天书一", "help"):
        assert calm.says(word) == 200
    server.settle(20)
    assert texts(telegram, wei) == texts(telegram, calm)


def test_every_end_is_counted(serve, telegram):
    server = serve(telegram=telegram)
    wei, gone = telegram.user("张伟"), telegram.user("李娜")
    telegram.block(gone)
    wei.says("帮助")
    gone.says("帮助")
    server.settle()
    m = server.metrics()
    assert m.value("banzhang_deliveries_total", platform="telegram", outcome="sent") >= 1
    assert m.value("banzhang_deliveries_total", platform="telegram", outcome="refused") >= 1
    assert m.value("banzhang_outbox", state="dead") >= 1
    assert m.value("banzhang_outbox", state="waiting") == 0


def test_an_operator_sends_again_what_could_not_be_delivered(serve, telegram):
    server = serve(telegram=telegram)
    gone = telegram.user("李娜")
    telegram.block(gone)
    gone.says("帮助")
    server.settle()
    shown = server.run("outbox", "list").stdout
    number = shown.split()[0]
    assert "refused" in shown and "1 could not be delivered" in shown and "帮助" not in shown
    for args in ((), ("resend",), ("resend", "x"), ("resend", "-1"), ("send", number), ("list", "1")):
        assert server.run("outbox", *args, check=False).returncode == 2, args
    wrong = server.run("outbox", "resend", "999999999", check=False)
    assert wrong.returncode == 1 and "999999999" in wrong.stderr
    telegram.block(gone, False)
    assert "1 will be sent again" in server.run("outbox", "resend", number).stdout       # while it runs
    server.settle()
    assert len(texts(telegram, gone)) == 1
    assert server.metrics().value("banzhang_outbox", state="dead") == 0
    assert server.run("outbox", "list").stdout.startswith("0 could")


def test_all_of_them_are_sent_again_also_without_a_server(serve, telegram):
    server = serve(telegram=telegram)
    gone = [telegram.user(name) for name in ("李娜", "王芳")]
    for who in gone:
        telegram.block(who)
        who.says("帮助")
    server.settle()
    server.stop()
    assert "2 will be sent again" in server.run("outbox", "resend", "all").stdout
    for who in gone:
        telegram.block(who, False)
    server.restart()
    server.settle()
    assert all(len(texts(telegram, who)) == 1 for who in gone)
