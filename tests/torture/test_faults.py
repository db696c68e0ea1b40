"""The n-th call of SQLite's file system or memory, or of ours on what people hand in, fails, for every n over a class's
day: 503, no half effect, and on it goes. `make test` goes on in growing strides and lets two calls in a row fail, for a
turn that failed once is run again; `make torture` tries every n, once, twice and several times in a row."""

import pytest
from day import STEPS, Day
from faults import KILLS, Plan, program

TIMES = (1, 2, 7) if KILLS else (2,)


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path)


@pytest.fixture(scope="module")
def usual():
    """What the day says when nothing fails; filled by the first test that needs it."""
    return {}


def usually(usual, serve):
    """What everybody is told on a day without faults."""
    if not usual:
        day = Day(serve)
        for n in range(len(STEPS)):
            day.took(n, day.try_step(n))
        usual.update(day.told())
        day.check()
    return usual


def attempt(day, plan, fault, n, nth, times):
    """Tries one step while the nth passage fails; (stands, whether something failed)."""
    hits = plan.hit(fault)
    before = day.rows()
    plan.arm(fault, nth, times)
    response = day.try_step(n)
    hit = plan.hit(fault) > hits
    plan.calm()
    if response.status_code == 200:
        day.took(n, response)
        return True, hit
    assert response.status_code == 503 and int(response.headers["Retry-After"]) > 0, response.text
    # the clock may still wait for a store that failed in the background
    assert hit or STEPS[n].who is None, f"step {n} was refused for nothing"
    if STEPS[n].who is not None:
        assert day.rows() == before, f"{fault} {nth} in step {n} has a half effect"
    else:
        assert day.server.clock.now.timestamp() == day.query("SELECT now FROM class_clock")[0][0]
    return False, hit


def stride(nth, every):
    """The next n to try: each (up to 400), or in growing strides."""
    return nth + (1 if KILLS and nth < 400 or nth <= every else nth // every)


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("fault", ["write", "full", "short", "sync", "read", "truncate", "open", "sqlite-memory", "file"])
def test_every_nth_call_fails(serve, plan, usual, fault, times):
    expected = usually(usual, serve)
    day, injected = Day(serve, env=plan.env(), program=program()), 0
    for n in range(len(STEPS)):
        nth, stands = 1, False
        while not stands:
            stands, hit = attempt(day, plan, fault, n, nth, times)
            injected += hit
            nth = stride(nth, 2)
    assert day.server.get("/readyz").status_code == 200
    for name, keys in expected.items():
        assert sorted(day.told()[name]) == sorted(keys), name
    day.check()
    print(f"faults injected: {fault} x{times}: {injected}")
    assert injected >= {"open": 0, "truncate": 0, "file": 4}.get(fault, len(STEPS) // 2)
