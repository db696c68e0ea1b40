"""Who may do what: the table in tests/fixtures/access.csv is what the program enforces, and every act is tried as
every role, in other classes too: by typing it and by pressing somebody else's button."""

import csv
import io
import json
import pathlib

import pytest

from harness.access import OURS, THEIRS, World

TREE = pathlib.Path(__file__).parents[2]
ROLES = list(OURS)
# What follows a command's word, where it needs something to be that command.
ARGUMENTS = {"join": "ABCD2345EF", "unbind": "张小伟", "rectify": "已经改好", "inspect": "本班 实到2", "mark": "张小伟 推进 18",
             "makeup": "张小伟 8:55 没电", "arrived": "张小伟", "early_leave": "张小伟 9:40", "excuse": "张小伟 有事",
             "approve": "1", "reject": "1 不行", "submit": "1 内容", "grade": "1", "rework": "1 张小伟 重做",
             "extend": "1 张小伟 3月9日20:00 住院", "send_away": "张小伟 原因", "exception": "张小伟 原因", "delay": "9:40 堵车",
             "notice": "都来", "headcount": "28", "screen": "4821", "unsubmitted": "1", "nudge": "1", "marks": "张小伟"}
ARGS = [str(n) for n in range(1, 8)] + [f"{n}:{m}" for n in range(1, 5) for m in range(3)] + ["", "0", "p1", "x1"]


def table():
    with open(TREE / "tests/fixtures/access.csv", encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


TABLE = table()


@pytest.fixture(scope="module")
def world(request):
    from harness import Server
    made = []

    def serve(**kw):
        made.append(Server(**kw))
        return made[0]
    yield World(serve).live()
    made[0].close(check=not request.session.testsfailed)


def test_the_table_says_what_the_program_enforces(server):
    there = list(csv.DictReader(io.StringIO(server.run("acts", check=False).stdout)))
    said = [{k: v for k, v in row.items() if k not in ("whose", "says", "contract", "wider")} for row in TABLE]
    assert there == said, "write into tests/fixtures/access.csv who may do it, and whose it is"
    assert all(row["whose"] in ("own", "class", "self") for row in TABLE if row["how"] == "pressed")


def test_nobody_may_more_than_the_contract_says_or_a_rule_gives_a_reason_for():
    """The contract's lists are in the column `contract`; who else may, and why, in `wider`. Who organises a class
    stands in for its teachers."""
    groups = {"anyone": ROLES, "teacher": ["duty-teacher", "school-leader", "organiser"]}
    for row in (r for r in TABLE if r["how"] == "typed" and r["contract"]):
        wider, _, reason = row["wider"].partition(":")
        said = {role for who in row["contract"].split() for role in groups.get(who, [who])}
        assert not set(wider.split()) & said and bool(wider) == bool(reason), row
        assert said | set(wider.split()) == {role for role in ROLES if allowed(row, role)}, row


def is_refused(replies):
    """Whether this is what somebody hears who may not, or who is not known."""
    return replies.keys[:1] == ["not_allowed"] and set(replies.keys[1:]) <= {"dialog.offer"} or replies.keys == ["help"] and "加入 ABCD2345" in replies.text


def words(name):
    """The words of a command that no other command has, one in each language."""
    for lang in ("zh-CN", "en"):
        known = json.loads((TREE / f"locales/{lang}.json").read_text(encoding="utf-8"))["commands"]
        others = {w for other, ws in known.items() if other != name for w in ws}
        own = [w for w in known[name] if not any(w.startswith(other) for other in others)]
        if own:
            yield own[0]


def allowed(row, role):
    return row[role] == "yes"


@pytest.mark.parametrize("role", ["stranger", *ROLES])
def test_typing_what_the_role_may_not_changes_nothing(world, role):
    person = world.stranger if role == "stranger" else world.ours[role]
    tried, wrong, before = 0, [], world.rows()
    for row in TABLE:
        if row["how"] != "typed" or allowed(row, role):
            continue
        for word in words(row["act"]):
            replies = person.says(f"{word} {ARGUMENTS.get(row['act'], '')}".strip())
            tried += 1
            if not is_refused(replies):
                wrong.append(f"{word}: {replies}")
    wrong += world.changed(before, person)
    assert not wrong, "\n".join(wrong)
    assert tried > 20


def actions(world, row, most):
    """The buttons of this act as they were shown to others, else with numbers that hit something."""
    known = world.seen().get(f"{row['capability']}:{row['act']}", {})
    return [f"{row['capability']}:{row['act']}:{a}".rstrip(":") for a in (sorted(known) or ARGS)[:most]]


def pressing(world, person, rows, refused, most):
    """Presses buttons as somebody whose they are not; what that changed or told, and what was not refused."""
    wrong, before = [], world.rows()
    for row in rows:
        for action in actions(world, row, most):
            replies = person.send(action=action)
            told = [name for name in [*OURS.values(), "密"] if name in replies.text]
            if (refused(row) and not is_refused(replies) or person.name in THEIRS.values() and told
                    or "error.failed" in replies.keys):
                wrong.append(f"{person.name} presses {action}: {replies}")
    return wrong + [f"changed: {row}" for row in world.changed(before, person)]


@pytest.mark.parametrize("role", ["stranger", *ROLES])
def test_pressing_what_the_role_may_not_changes_nothing(world, role):
    rows = [row for row in TABLE if row["how"] == "pressed" and not allowed(row, role)]
    person = world.stranger if role == "stranger" else world.ours[role]
    wrong = pressing(world, person, rows, lambda row: True, 2)
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", ROLES)
def test_pressing_another_classs_buttons_changes_and_tells_nothing(world, role):
    rows = [row for row in TABLE if row["how"] == "pressed" and row["whose"] in ("own", "class") and allowed(row, role)]
    wrong = pressing(world, world.theirs[role], rows, lambda row: False, 12)
    assert not wrong, "\n".join(map(str, wrong))


def test_pressing_a_classmates_button_changes_and_tells_nothing(world):
    wrong, before, tried = [], world.rows(), 0
    for row in TABLE:
        if row["how"] != "pressed" or row["whose"] != "own" or not allowed(row, "trainee"):
            continue
        shown = world.seen().get(f"{row['capability']}:{row['act']}", {})
        for args in (a for a, who in shown.items() if world.mate.id not in who):
            replies = world.mate.send(action=f"{row['capability']}:{row['act']}:{args}")
            tried += 1
            if "密" in replies.text:
                wrong.append(f"{row['capability']}:{row['act']}:{args}: is told {replies}")
    wrong += world.changed(before, world.mate)
    assert not wrong, "\n".join(map(str, wrong))
    assert tried > 10


@pytest.mark.parametrize("role", ROLES)
def test_typing_what_concerns_another_class_changes_and_tells_nothing(world, role):
    person, wrong = world.theirs[role], []
    ours = world.server.db().execute("SELECT id FROM class WHERE slug = 'ours'").fetchone()[0]
    for row in TABLE:
        if row["how"] != "typed" or not allowed(row, role) or row["act"] not in ARGUMENTS or row["act"] == "join":
            continue
        before = world.rows()
        replies = person.says(f"{next(words(row['act']))} {ARGUMENTS[row['act']]}")
        bad = [(t, r) for t, r in world.changed(before, person)
               if r.get("class") == ours or t in ("approval", "approval_step", "attendance", "submission", "mark")]
        if bad:
            wrong.append(f"{row['act']}: changes {bad}; {replies}")
        if "密" in replies.text:
            wrong.append(f"{row['act']}: is told {replies}")
    assert not wrong, "\n".join(wrong)


def test_the_story_shows_most_of_the_buttons(world):
    there = {f"{row['capability']}:{row['act']}" for row in TABLE if row["how"] == "pressed"}
    assert len(there & set(world.seen())) >= 60, sorted(there - set(world.seen()))
