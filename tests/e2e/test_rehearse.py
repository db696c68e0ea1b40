"""A whole class played with made-up people: the employment and the start-up class, a scheme tried, nothing real touched."""

import re
import subprocess

import pytest
import yaml

from harness import Klass
from harness.server import TREE, binary

STARTUP = TREE / "tests" / "fixtures" / "startup.yaml"
CHECKS = 12


def lines(done, mark):
    return [line for line in done.stdout.splitlines() if line.lstrip().startswith(mark)]


@pytest.fixture
def machine(serve):
    """The demo class in the configuration, no server running."""
    server = serve(classes=[TREE / "config" / "classes" / "demo.yaml"])
    server.stop()
    return server


def everything(server):
    """Every file of data_dir with its bytes, but for SQLite's index of its log, which whoever reads makes anew."""
    return {p.relative_to(server.data_dir): p.read_bytes() for p in server.data_dir.rglob("*")
            if p.is_file() and p.suffix != ".db-shm"}


def test_the_employment_class(machine):
    done = machine.run("rehearse", "demo", timeout=30)
    out = done.stdout
    assert "30 名学员 · 5 位老师 · 26 个半天" in out and "都守住了" in out
    assert len(lines(done, "✓")) == CHECKS and not lines(done, "✗ ") or "不合格" in out
    days = lines(done, "── 2026")
    assert len(days) == 17 and "2026-03-03 周二 · 第1周 · 2 个半天" in days[1]
    assert len(re.findall(r"^  .*到课率 ", out, re.M)) >= 16          # a digest each class day
    table = [line for line in out.splitlines() if line.startswith("2026")]
    assert len(table) == 30 and sum(line.endswith("已退班") for line in table) >= 1
    assert "张伟" not in out                                          # nobody's real name
    assert "早退：" in out and "没读" in out                          # what breaks into the days: gone early, a notice
    assert "赵一帆" in out and "爱迟到" in out and "合计" in out
    # "0 means checked nothing": every check has looked at something
    assert all(int(line.split()[-1]) > 0 for line in lines(done, "✓"))


def test_the_start_up_class_from_its_file(machine):
    done = machine.run("rehearse", STARTUP, timeout=30)
    assert "4 名学员 · 2 位老师 · 41 个半天" in done.stdout and "都守住了" in done.stdout
    assert len(lines(done, "── 2026")) == 29
    table = [line.split() for line in done.stdout.splitlines() if line.startswith(("学号", "S0"))]
    assert table[0][-1] == "企业部分" and all(float(row[-1]) > 30 for row in table[1:]) and len(table) == 5


def test_the_same_seed_tells_the_same_story(machine):
    one, two = (machine.run("rehearse", "demo", "--seed", "5", "--days", "9").stdout for _ in range(2))
    assert one == two
    assert one != machine.run("rehearse", "demo", "--seed", "6", "--days", "9").stdout


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_other_stories_hold_as_well(machine, seed):
    assert "都守住了" in machine.run("rehearse", "demo", "--quiet", "--seed", seed, timeout=30).stdout


def test_an_imported_class_and_nothing_is_touched(serve, tmp_path):
    server = serve(classes=[])
    server.run("import", STARTUP)
    before = server.db().execute("SELECT count(*) FROM inbox").fetchone()[0], len(server.invites("startup-1"))
    assert "都守住了" in server.run("rehearse", "startup-1", timeout=30).stdout      # while it runs
    assert before == (server.db().execute("SELECT count(*) FROM inbox").fetchone()[0], len(server.invites("startup-1")))
    server.stop()
    kept = everything(server)
    done = server.run("rehearse", "startup-1", timeout=30, env={"TMPDIR": str(tmp_path)})
    assert "都守住了" in done.stdout and "黄小芳" not in done.stdout
    assert everything(server) == kept
    assert list(tmp_path.iterdir()) == []                                             # and nothing left behind


def test_a_scheme_is_tried(machine, tmp_path):
    scheme = yaml.safe_load((TREE / "config/schemes/employment.yaml").read_text(encoding="utf-8"))
    scheme["pass"] = 99
    path = tmp_path / "strict.yaml"
    path.write_text(yaml.safe_dump(scheme, allow_unicode=True, sort_keys=False), encoding="utf-8")
    done = machine.run("rehearse", "demo", "--quiet", "--scheme", path, timeout=30)
    assert "合格 0 人" in done.stdout and "都守住了" in done.stdout
    path.write_text("id: employment\npass: many\n", encoding="utf-8")
    done = machine.run("rehearse", "demo", "--scheme", path, check=False)
    assert done.returncode == 1 and re.search(r"strict\.yaml:\d+:\d+: ", done.stderr)


def test_other_schemes_and_a_class_without_staff(serve, tmp_path):
    people = [(str(i), f"学员{i}", "学员", "", f"{1 + i % 3}组") for i in range(1, 10)]
    for kind in ("county", "practical"):
        path = Klass(id=kind, kind="basic" if kind == "county" else kind, scheme=kind, people=people).write(tmp_path)
        server = serve(classes=[path])
        server.stop()
        done = server.run("rehearse", kind, timeout=30)
        assert "9 名学员" in done.stdout and "都守住了" in done.stdout


def test_a_class_that_signs_out(serve, tmp_path):
    server = serve(classes=[Klass(signout="code").write(tmp_path)])
    server.stop()
    assert "都守住了" in server.run("rehearse", "demo", "--quiet", timeout=30).stdout


def test_a_class_with_web_ballots_says_that_it_is_rehearsed_in_chat(serve, tmp_path):
    server = serve(classes=[Klass(ballot="web").write(tmp_path)])
    while_imported = server.run("rehearse", "demo", "--quiet", timeout=30).stdout
    server.stop()
    for out in (while_imported, server.run("rehearse", "demo", "--quiet", timeout=30).stdout):
        assert "都守住了" in out and "问卷改在聊天里填" in out


def test_many_trainees_show_progress_and_groups(machine):
    done = machine.run("rehearse", "demo", "--trainees", "80", "--quiet", timeout=60)
    assert "80 名学员" in done.stdout and "都守住了" in done.stdout
    assert re.search(r"守时：\d+ 人，合格 \d+", done.stdout) and "2026001  " not in done.stdout
    assert re.search(r"^2026-03-03  \d+/\d+  \d+$", done.stderr, re.M)        # no terminal: plain lines
    assert "█" not in done.stderr


def test_mistakes_are_named(machine):
    done = machine.run("rehearse", "nobody", check=False)
    assert done.returncode == 1 and 'there is no class "nobody"' in done.stderr
    assert machine.run("rehearse", check=False).returncode == 2
    assert machine.run("rehearse", "demo", "--trainees", "-3", check=False).returncode == 2
    assert machine.run("invites", "demo", "--days", "3", check=False).returncode == 2
    done = subprocess.run([binary(), "rehearse", "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "--trainees" in done.stdout and "--scheme" in done.stdout
