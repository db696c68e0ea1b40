"""What operators rely on: systemd hears from us, organisers hear what only a person can mend, forms are read anew."""

import json
import pathlib
import shutil
import socket

from harness import Klass, eventually, join


def test_systemd_hears_of_readiness_the_watchdog_and_the_end(serve, tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(path))
        s.settimeout(10)
        server = serve(start=False)
        server.env = {**server.env, "NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "200000"}
        server.start()
        assert s.recv(100) == b"READY=1"
        assert s.recv(100) == b"WATCHDOG=1" and s.recv(100) == b"WATCHDOG=1"
        server.stop()
        heard = s.recv(100)
        while heard == b"WATCHDOG=1":
            heard = s.recv(100)
        assert heard == b"STOPPING=1"


def test_a_refused_token_is_told_to_the_organiser_once(serve, telegram):
    server = serve(telegram=telegram)
    telegram.eventually(lambda: telegram.called("getMe"), what="the start")
    telegram.token = "1234567:somebody-made-a-new-one"
    organiser, trainee = join(server, "孙主办"), join(server, "张伟")
    telegram_user = telegram.user()
    for _ in range(3):
        telegram_user.says("帮助")
    organiser.hears("alarm.told", "密钥", timeout=25)  # looked after every ten seconds
    assert server.metrics().value("banzhang_alarms_total", what="token_refused") >= 1
    assert [r.key for r in organiser.history()].count("alarm.told") == 1
    assert "alarm.told" not in [r.key for r in trainee.history()]


def test_an_untrusted_address_is_told_to_the_organiser(serve, wecom):
    wecom.errcode(60020, next=None)
    server = serve(classes=[Klass(people=[("1", "张伟", "学员", "", "", "ZhangWei"), ("o1", "孙主办", "承办")])], wecom=wecom)
    organiser = join(server, "孙主办")
    wecom.user("ZhangWei", "张伟").says("帮助")
    assert eventually(lambda: "alarm.told" in [r.key for r in organiser.history()], 25)
    assert "IP" in [r.text for r in organiser.history() if r.key == "alarm.told"][0]


def test_a_hangup_reads_sentences_anew_and_keeps_the_old_on_a_fault(serve, tmp_path):
    tree = pathlib.Path(__file__).parents[2]
    for name in ("locales", "web", "config"):
        shutil.copytree(tree / name, tmp_path / "share" / name)
    server = serve(share_dir=str(tmp_path / "share"))
    person = join(server, "张伟")
    path = tmp_path / "share/locales/zh-CN.json"
    words = json.loads(path.read_text(encoding="utf-8"))
    words["lang"]["ask"] = "说哪种话？"
    path.write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    server.hangup()
    assert eventually(lambda: person.says("语言").text == "说哪种话？")
    path.write_text("{", encoding="utf-8")
    server.hangup()
    eventually(lambda: any("reload_refused" in line for line in server.log()))
    assert person.says("语言").text == "说哪种话？"


def test_a_hangup_reads_forms_anew_and_keeps_the_old_on_a_fault(serve, tmp_path):
    tree = pathlib.Path(__file__).parents[2]
    for name in ("locales", "web", "config"):
        shutil.copytree(tree / name, tmp_path / "share" / name)
    server = serve(share_dir=str(tmp_path / "share"))
    person = join(server, "张伟")
    path = tmp_path / "share/config/forms/report.yaml"
    words = path.read_text(encoding="utf-8")
    assert "这周完成了什么" in person.says("周报").text
    person.says("取消")
    path.write_text(words.replace("这周完成了什么", "这一周做成了什么"), encoding="utf-8")
    server.hangup()
    eventually(lambda: any("server.reloaded" in line for line in server.log()))
    assert "这一周做成了什么" in person.says("周报").text
    person.says("取消")
    path.write_text("id: [", encoding="utf-8")
    server.hangup()
    eventually(lambda: any("reload_refused" in line for line in server.log()))
    assert "这一周做成了什么" in person.says("周报").text
