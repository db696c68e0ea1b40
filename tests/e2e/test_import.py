"""Organisers' files on the machine's side: import, invites, check, version, with and without a running server."""

import re
import subprocess

import pytest
import yaml

from harness import Klass, vault
from harness.server import TREE, binary

FIXTURES = TREE / "tests" / "fixtures"
FAULT = re.compile(r"^[^:]+:\d+:\d+: .+")


@pytest.fixture(params=["running", "stopped"])
def machine(request, serve):
    """A server with no class, running or stopped: the commands do the same."""
    s = serve(classes=[])
    if request.param == "stopped":
        s.stop()
    return s


def count(server, sql, *args):
    """One number from the store."""
    db = server.db()
    try:
        return db.execute(sql, args).fetchone()[0]
    finally:
        db.close()


def class_with(server, **keys):
    """Writes a class file over the startup class's tables; `keys` replace its own."""
    whole = yaml.safe_load((FIXTURES / "startup.yaml").read_text(encoding="utf-8"))
    for name in ("timetable", "roster", "syllabus"):
        whole[name] = str(FIXTURES / whole[name])
    whole.update(keys)
    path = server.dir / f"{whole['id']}.yaml"
    path.write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
    return path


def test_the_real_timetables(machine):
    said = machine.run("import", TREE / "config/classes/demo.yaml", FIXTURES / "startup.yaml").stdout
    sessions = "SELECT count(*) FROM session s JOIN class c ON c.id = s.class WHERE c.slug = ?"
    sittings = "SELECT count(*) FROM sitting s JOIN class c ON c.id = s.class WHERE c.slug = ?"
    assert count(machine, sessions, "demo") == 17
    assert count(machine, sittings, "demo") == 26
    assert count(machine, sessions, "startup-1") == 29
    assert count(machine, "SELECT count(*) FROM session WHERE confirmed = 0") == 2 + 7
    doubts = [line for line in said.splitlines() if FAULT.match(line)]
    assert len(doubts) == 2 + 8
    assert any("startup/timetable.csv:6:15: " in d and "09-12：00" in d for d in doubts)
    assert any("demo/timetable.csv:2:13: " in d and "to be confirmed" in d for d in doubts)
    assert "速卖通简介及产品上架" in said


def timetable(machine):
    return [tuple(r) for table in ("session", "sitting") for r in machine.db().execute(f"SELECT * FROM {table}")]


def test_a_second_import_changes_nothing(machine):
    path = FIXTURES / "startup.yaml"
    machine.run("import", path)
    before = timetable(machine)
    said = machine.run("import", path).stdout
    assert "startup-1: no change" in said and "new" not in said
    assert timetable(machine) == before


@pytest.mark.parametrize("variant", ["gb18030", "bom", "crlf", "cr", "bom-crlf"])
def test_encodings_and_line_ends(serve, variant):
    s = serve(classes=[], start=False)
    keys = {name: str(FIXTURES / f"encodings/{name}-{variant}.csv") for name in ("timetable", "syllabus")}
    if variant in ("gb18030", "bom-crlf"):
        keys["roster"] = str(FIXTURES / f"encodings/roster-{variant}.csv")
    said = s.run("import", class_with(s, **keys)).stdout
    assert "29 sessions" in said and "发货流程详解" in said
    if "roster" in keys:
        assert "朱镕𬱖" in s.invites("startup-1")


def test_a_bad_file_changes_nothing_and_names_line_and_column(machine):
    bad = class_with(machine, id="bad", roster=str(FIXTURES / "rosters/faulty.csv"))
    good = class_with(machine, id="good")
    done = machine.run("import", bad, good, check=False)
    assert done.returncode == 1
    for place in ("faulty.csv:3:9: ", "faulty.csv:4:12: ", "faulty.csv:5:1: ", "faulty.csv:7:"):
        assert place in done.stderr
    assert [r["slug"] for r in machine.db().execute("SELECT slug FROM class")] == ["good"]
    cut = class_with(machine, id="cut", timetable=str(FIXTURES / "encodings/timetable-neither.csv"))
    done = machine.run("import", cut, check=False)
    assert done.returncode == 1 and "timetable-neither.csv:" in done.stderr


def test_telephones_are_not_guessed_and_names_lose_their_blanks(machine):
    said = machine.run("import", class_with(machine, id="a", roster=str(FIXTURES / "rosters/scientific.csv")),
                       class_with(machine, id="b", roster=str(FIXTURES / "rosters/blanks.csv"))).stdout
    phones = vault.phones(machine.db(), (machine.data_dir / "master.key").read_bytes())
    assert phones["赵一"] is None and phones["钱二"] is None and phones["吴六"] is None
    assert phones["李四"] == "19900002004" and phones["郑七"] == "19900002007"
    assert {"张伟", "王芳", "Anna Maria Li", '陈"小"明'} <= set(phones)
    for cell in ("scientific.csv:2:15: ", "scientific.csv:3:15: ", "scientific.csv:7:15: ", "blanks.csv:2:"):
        assert cell in said
    accounts = [r["name"] for r in machine.db().execute("SELECT name FROM account WHERE platform = 2")]
    assert accounts == ["chenxiaoming"]
    assert '陈"小"明' not in machine.invites("b")


def test_what_a_new_file_lacks_is_told_and_kept(machine):
    machine.run("import", Klass().write(machine.dir / "a"))
    fewer = Klass(people=Klass().people[1:], sessions=Klass().sessions[1:])
    said = machine.run("import", fewer.write(machine.dir / "a")).stdout
    assert "kept: trainee 张伟 1" in said and "kept: session 2026-03-02 09:00 速卖通平台介绍" in said
    assert count(machine, "SELECT count(*) FROM session") == 4
    assert count(machine, "SELECT count(*) FROM member") == len(Klass().people)


def test_invites_stay_until_renewed(machine):
    machine.run("import", TREE / "config/classes/demo.yaml")
    done = machine.run("invites", "demo")
    lines = done.stdout.splitlines()
    assert lines[0] == "id,name,role,code,link" and len(lines) == 36
    first = lines[1].split(",")
    assert first[:3] == ["2026001", "张伟", "trainee"]
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{10}", first[3]) and first[4].endswith("/j/" + first[3])
    assert {line.split(",")[2] for line in lines[1:]} == {"trainee", "mentor", "duty-teacher", "lecturer", "organiser"}
    assert machine.run("invites", "demo").stdout == done.stdout
    renewed = machine.run("invites", "demo", "--renew").stdout
    assert not {line.split(",")[3] for line in lines[1:]} & {line.split(",")[3] for line in renewed.splitlines()}
    assert machine.run("invites", "demo").stdout == renewed


def test_codes_are_the_same_with_and_without_the_server(serve):
    s = serve()
    running = {name: row["code"] for name, row in s.invites().items()}
    s.stop()
    assert {name: row["code"] for name, row in s.invites().items()} == running
    s.start()
    assert {name: row["code"] for name, row in s.invites().items()} == running


def test_misuse_is_2_and_failure_is_1(serve):
    s = serve(classes=[], start=False)
    for args in (["invites"], ["invites", "a", "b"], ["import"], ["invites", "--nonsense", "a"], ["frobnicate"]):
        assert s.run(*args, check=False).returncode == 2, args
    done = s.run("invites", "nobody", check=False)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and "nobody" in done.stderr
    for command in ("serve", "check", "import", "invites", "version"):
        done = s.run(command, "--help")
        assert "Usage" in done.stdout
    help_text = subprocess.run([binary(), "--help"], capture_output=True, text=True, check=True).stdout
    assert "invites" in help_text
    version = (TREE / "VERSION").read_text().strip()
    assert version in s.run("version").stdout


def test_a_second_server_is_refused(server):
    done = server.run("serve", check=False)
    assert done.returncode == 1 and done.stderr.strip()
    assert server.get("/healthz").status_code == 200


def test_check_finds_nothing_wrong_with_what_we_ship(serve):
    s = serve(classes=[TREE / "config/classes/demo.yaml"], start=False)
    assert s.run("check").stdout == ""


def test_check_tells_every_fault_at_once(serve):
    s = serve(classes=[], start=False)
    bad = class_with(s, id="bad", roster=str(FIXTURES / "rosters/faulty.csv"), kind="circus", survay="x",
                     survey="no-such-form")
    s.config.write_text(f"listen: 127.0.0.1:0\nlisten: here\npublic_url: gopher://x\nclasses: [{bad}]\nsandbx: 1\n"
                        "telegram: {mode: webhook}\nwecom: {agent_id: one}\n", encoding="utf-8")
    done = s.run("check", check=False)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert all(FAULT.match(line) for line in lines), lines
    for place in ("banzhang.yaml:2:1: ", "banzhang.yaml:3:13: ", "banzhang.yaml:5:1: ", "banzhang.yaml:6:11: ",
                  "banzhang.yaml:7:19: "):
        assert any(place in line for line in lines), (place, lines)
    s.config.write_text(f"listen: 127.0.0.1:0\nclasses: [{bad}]\n", encoding="utf-8")
    lines = s.run("check", check=False).stdout.splitlines()
    assert all(FAULT.match(line) for line in lines), lines
    for words in ("circus", "survay", "no-such-form", "faulty.csv:4:12: "):
        assert any(words in line for line in lines), (words, lines)
