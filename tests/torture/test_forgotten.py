"""Whoever is forgotten is in no byte of data_dir, also when the process or the power goes in the moment of it."""

import random

import pytest
import requests
from faults import Plan, program

from harness import Klass, eventually
from harness.morning import PEOPLE, WRITTEN, ask_deletion, holders, morning

TRACES = ("张伟", "13800138000", *WRITTEN, "只此一份")


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path)


def ends_at(server, plan, person, number, nth):
    """The process ends after the n-th commit that follows the last word."""
    server.settle()
    server.expect_crash = True
    plan.arm("commit.after", nth)
    try:
        person.says(f"同意 {number}")
    except requests.RequestException:
        pass
    eventually(lambda: not server.alive(), 20)
    plan.calm()


def erased(server):
    return server.db().execute("SELECT count(*) FROM person WHERE erased IS NOT NULL").fetchone()[0]


@pytest.mark.parametrize("power", [False, True], ids=["killed", "power cut"])
@pytest.mark.parametrize("nth", [1, 2])
def test_an_end_right_after_a_commit(serve, plan, nth, power):
    server = serve(classes=[Klass(people=PEOPLE)], env=plan.env(power=0 if power else None), program=program())
    people = morning(server)
    people["张伟"].sends_file("图.txt", "张伟的图纸，只此一份".encode())
    people["张伟"].says("取消")
    number = ask_deletion(people["张伟"])
    people["孙主办"].says(f"同意 {number}")
    assert {t for _, t in holders(server, *TRACES)} >= {"张伟", *WRITTEN, "只此一份"}
    ends_at(server, plan, people["钱科长"], number, nth)
    if power:
        plan.disk.cut(random.Random(nth), 0)
    server.restart()
    eventually(lambda: erased(server))
    eventually(lambda: server.db().execute("SELECT count(*) FROM file_drop").fetchone()[0] == 0, 20)
    if power:  # what a running server has not synced nobody else sees
        server.stop()
    eventually(lambda: not holders(server, *TRACES))
