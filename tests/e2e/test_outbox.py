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
