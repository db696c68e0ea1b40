"""The n-th allocation of anybody fails: GLib, Cairo and Pango end the process then, others refuse; either way nothing
is lost and nothing is done twice."""

import pathlib
import random
import signal

import pytest
import requests
from day import STEPS, Day
from faults import KILLS, Plan, program

ENDS = (-signal.SIGTRAP, -signal.SIGABRT)  # how GLib ends a process without memory
SOME = range(len(STEPS)) if KILLS else (2, 4, 9)
GROWTH = 1.25 if KILLS else 6


@pytest.fixture
def plan(tmp_path):
    if b"__asan_init" in pathlib.Path(program()).read_bytes():
        pytest.skip("AddressSanitizer stands where the failing allocator would")
    return Plan(tmp_path)


def attempt(day, plan, n, nth):
    """Tries one step while the nth allocation fails; (stands, whether one failed, whether the process ended)."""
    hits = plan.hit("memory")
    plan.arm("memory", nth)
    try:
        response = day.try_step(n)
    except requests.RequestException:
        response = None
    hit = plan.hit("memory") > hits
    plan.calm()
    if response is None:
        day.server.proc.wait(20)
        assert day.server.proc.returncode in ENDS, f"allocation {nth} of step {n}: {day.server.proc.returncode}"
        day.server.expect_crash = True
        day.server.restart()
        return False, hit, True
    if response.status_code == 200:
        day.took(n, response)
        return True, hit, False
    assert hit and response.status_code in (503, 500), f"allocation {nth} of step {n}: {response.text}"
    return False, hit, False


def test_the_nth_allocation_fails(serve, plan):
    dice = random.Random(11)
    usual = Day(serve)
    for n in range(len(STEPS)):
        usual.took(n, usual.try_step(n))
    day, failed, ended = Day(serve, env=plan.env(), program=program()), 0, 0
    for n in range(len(STEPS)):
        nth, stands = dice.randrange(1, 9) if n in SOME else 10 ** 9, False
        while not stands:
            stands, hit, end = attempt(day, plan, n, nth)
            failed += hit
            ended += end
            nth = int(nth * GROWTH) + 1
    for name, keys in usual.told().items():
        assert sorted(day.told()[name]) == sorted(keys), name
    day.check()
    print(f"allocations failed: {failed}, of which ended the process: {ended}")
    assert failed >= len(SOME)
