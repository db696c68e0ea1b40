"""What the process keeps to itself: secrets in no log, metric, answer, command line or core; and how it is shut in."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from harness import Klass, eventually, join

TREE = pathlib.Path(__file__).parents[2]
TELEGRAM = {"token": "7001:DISTINCTIVEtoken-AAAA", "secret": "DISTINCTIVEsecretBBBB"}
WECOM = {"corp_id": "ww1", "agent_id": 1000002, "secret": "DISTINCTIVEwecomCCCC", "token": "DISTINCTIVEtokenDDDD",
         "encoding_aes_key": "DISTINCTIVEaesEEEE" + "E" * 25}
NOWHERE = "http://127.0.0.1:9"  # nobody listens: every call fails, and failures are what is told


def secrets():
    return [v for s in (TELEGRAM, WECOM) for k, v in s.items() if k in ("token", "secret", "encoding_aes_key")]


def test_secrets_stand_in_no_log_no_metric_no_answer_and_no_command_line(serve):
    server = serve(telegram={**TELEGRAM, "api_base": NOWHERE}, wecom={**WECOM, "api_base": NOWHERE})
    join(server, "张伟").says("帮助")
    server.post("/telegram/webhook", json={"update_id": 1}, headers={"X-Telegram-Bot-Api-Secret-Token": TELEGRAM["secret"]})
    said = [server.post("/telegram/webhook", json={}, headers={"X-Telegram-Bot-Api-Secret-Token": "x"}).text,
            server.get("/wecom/callback?msg_signature=x&timestamp=1&nonce=1&echostr=x").text, server.get("/metrics").text]
    said += [server.get(p).text for p in ("/healthz", "/readyz", "/me", "/chat", "/nothing")]
    for command in (["check"], ["webhook", "show"], ["webhook", "set"], ["audit", "list", "500"], ["invites", "demo"]):
        done = server.run(*command, check=False)
        said.append(done.stdout + done.stderr)
    said.append(pathlib.Path(f"/proc/{server.proc.pid}/cmdline").read_text())
    server.stop()
    said += server.log()
    found = [(s, text[:200]) for text in said for s in secrets() if s in text]
    assert not found, found
    for path in server.data_dir.rglob("*"):
        if path.is_file():
            assert not [s for s in secrets() if s.encode() in path.read_bytes()], path


def test_a_mistake_in_the_file_repeats_no_secret(serve):
    server = serve(start=False, telegram={**TELEGRAM, "token": TELEGRAM["token"] + " ü", "api_base": NOWHERE},
                   wecom={**WECOM, "encoding_aes_key": "DISTINCTIVEaesEEEE", "api_base": NOWHERE})
    done = server.run("check", check=False)
    assert done.returncode == 1 and "DISTINCTIVE" not in done.stdout + done.stderr, done.stdout


@pytest.mark.parametrize("mode, starts", [(0o644, False), (0o640, True), (0o600, True)])
def test_a_secret_that_everybody_may_read_is_refused(serve, mode, starts):
    server = serve(start=False, sandbox=False, telegram={**TELEGRAM, "mode": "polling"})
    server.config.chmod(mode)
    done = server.run("check", check=False)
    assert (done.returncode == 0) == starts, done.stdout + done.stderr
    assert starts or re.search(r"banzhang\.yaml:\d+:\d+: everybody on this machine may read", done.stdout)
    assert "DISTINCTIVE" not in done.stdout + done.stderr


def test_a_secret_from_the_environment_needs_no_closed_file(serve):
    server = serve(start=False, sandbox=False, env={"T_TOKEN": TELEGRAM["token"]},
                   telegram={"token": "${T_TOKEN}", "mode": "polling"})
    server.config.chmod(0o644)
    assert server.run("check", check=False).returncode == 0


ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=DISTINCTIVE-robot-FFFF"


@pytest.mark.parametrize("robot, mode, starts", [(ROBOT, 0o644, False), (ROBOT, 0o640, True), ("${T_ROBOT}", 0o644, True)])
def test_a_robots_key_that_everybody_may_read_is_refused(serve, tmp_path, robot, mode, starts):
    path = pathlib.Path(Klass(robot=robot).write(tmp_path))
    path.chmod(mode)
    server = serve(start=False, classes=[path], sandbox=False, env={"T_ROBOT": ROBOT},
                   telegram={**TELEGRAM, "mode": "polling", "api_base": NOWHERE})
    for args in (["check"], ["import", path]):
        done = server.run(*args, check=False)
        said = done.stdout + done.stderr
        assert (done.returncode == 0) == starts and "DISTINCTIVE" not in said, said
        assert starts or re.search(r"\.yaml:\d+:\d+: everybody on this machine may read", said)
    if not starts:
        server.expect_crash = True
        with pytest.raises(AssertionError, match="everybody on this machine may read"):
            server.start()


@pytest.mark.parametrize("mode, starts", [(0o777, False), (0o707, False), (0o755, True), (0o700, True)])
def test_a_data_dir_that_everybody_may_write_is_refused(serve, mode, starts):
    server = serve(start=False)
    server.data_dir.mkdir()
    server.data_dir.chmod(mode)
    done = server.run("check", check=False)
    assert (done.returncode == 0) == starts
    assert starts or re.search(r"banzhang\.yaml:\d+:\d+: everybody on this machine may put files into .*; chmod 700", done.stdout)
    server.expect_crash = not starts
    if starts:
        server.start()
    else:
        with pytest.raises(AssertionError, match="may put files into"):
            server.start()


@pytest.mark.parametrize("secret, mode, api_base, fine", [
    ("x", "webhook", None, False), ("x" * 15, "webhook", None, False), ("x" * 16, "webhook", None, True),
    ("x", "webhook", NOWHERE, True), ("x", "polling", None, True)])
def test_a_secret_of_telegrams_that_can_be_guessed_is_refused(serve, secret, mode, api_base, fine):
    server = serve(start=False, sandbox=False, telegram={**TELEGRAM, "secret": secret, "mode": mode,
                                                         **({"api_base": api_base} if api_base else {})})
    server.config.chmod(0o600)
    done = server.run("check", check=False)
    assert (done.returncode == 0) == fine, done.stdout
    assert fine or '"secret" must be 16 to 256' in done.stdout


def test_what_it_writes_others_cannot_read(server):
    server.run("backup", "b.tar")
    for path in [*server.data_dir.rglob("*"), server.data_dir, server.dir / "b.tar"]:
        assert path.is_socket() or path.stat().st_mode & 0o077 == 0, (path, oct(path.stat().st_mode))


def test_it_leaves_no_core(server):
    limits = pathlib.Path(f"/proc/{server.proc.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits)


def test_the_units_exposure(tmp_path):
    unit = tmp_path / "banzhang.service"
    text = (TREE / "packaging/banzhang.service").read_text(encoding="utf-8").replace("@PREFIX@", "/usr/local")
    unit.write_text(text.replace("/usr/local/bin/banzhang", "/bin/true"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=11", str(unit)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-600:] + done.stderr
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "MemoryDenyWriteExecute=yes", "LimitCORE=0",
                 "SystemCallFilter=@system-service", "User=banzhang"):
        assert re.search(f"^{re.escape(line)}$", text, re.M), line
    assert re.search(r"^MemoryMax=\d+", text, re.M)
    assert re.search(r"^u banzhang ", (TREE / "packaging/banzhang.sysusers").read_text(), re.M)


@pytest.mark.parametrize("name", ["secret.key", "master.key", "backup.key"])
def test_a_key_that_others_may_read_is_refused(serve, name):
    server = serve()
    server.stop()
    (server.dir / "backup.key").write_text("a pass phrase that is long enough\n")
    path = server.dir / name if name == "backup.key" else server.data_dir / name
    path.chmod(0o644)
    words = ["backup", "b.sealed", "--encrypt", str(path)] if name == "backup.key" else ["invites", "demo"]
    done = server.run(*words, check=False)
    assert done.returncode == 1 and "others may read it" in done.stderr, done.stderr
    path.chmod(0o600)
    assert server.run(*words, check=False).returncode == 0

CONFINED = [sys.executable, str(TREE / "tests/harness/confined.py")]


def confined(serve, **keys):
    """A server that runs as the unit would let it."""
    server = serve(start=False, **keys)
    server.under = [*CONFINED, str(server.dir)]
    return server.start()


def test_a_class_day_goes_on_within_the_units_bounds(serve, telegram):
    server = confined(serve, telegram=telegram, backup={"folder": ".", "at": "00:00"})
    zhang, teacher, organiser = (join(server, n) for n in ("张伟", "吴老师", "孙主办"))
    telegram.user().says("帮助")
    telegram.eventually(lambda: telegram.called("sendMessage"), what="an answer through curl")
    server.clock.to("2026-03-02T08:50")
    assert zhang.says("签到 " + teacher.says("口令").code()).key == "signin.ontime"
    zhang.sends_file("a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 1000, "image/png")
    server.clock.to("2026-03-02T20:30")
    eventually(lambda: [f for r in organiser.history() for f in r.files if f["mime"] == "image/png"], 20, "a drawn picture")
    for kind in ("xlsx", "pdf", "zip", "ics"):
        server.run("export", "demo", "-f", kind, "-o", f"x.{kind}")
    eventually(lambda: list(server.dir.glob("banzhang-*.tar")), 20, "the day's backup")
    assert server.metrics().value("banzhang_turns_failed_total") == 0
    status = pathlib.Path(f"/proc/{server.proc.pid}/status").read_text()
    assert re.search(r"^NoNewPrivs:\t1$", status, re.M) and re.search(r"^Seccomp:\t2$", status, re.M)
    if os.geteuid() == 0:
        assert re.search(r"^CapEff:\t0+$", status, re.M)
        mounts = pathlib.Path(f"/proc/{server.proc.pid}/mounts").read_text().splitlines()
        assert [m.split()[3].split(",")[0] for m in mounts if m.split()[1] == "/"][-1] == "ro"


@pytest.mark.parametrize("what, code", [
    ("writable and executable memory", "import mmap; mmap.mmap(-1, 4096, prot=7)"),
    ("a system call of root", "import os, ctypes; l = ctypes.CDLL(None, use_errno=True); l.chroot(b'/') and os.stat('/nowhere')"),
    ("another address family", "import socket; socket.socket(16, socket.SOCK_RAW)"),
    ("higher priority", "import os; os.sched_setaffinity(0, {0})"),
    ("writing beside its folder", "open('/var/tmp/banzhang-test', 'w')")])
def test_the_bounds_bind(tmp_path, what, code):
    if what.startswith("writing") and os.geteuid() != 0:
        pytest.skip("only root may mount a read-only system")
    done = subprocess.run([*CONFINED, str(tmp_path), sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and re.search("PermissionError|OSError|FileNotFoundError", done.stderr), (what, done.stderr)
    assert subprocess.run([*CONFINED, str(tmp_path), sys.executable, "-c", "open('here', 'w')"]).returncode == 0
