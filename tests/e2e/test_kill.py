"""Power cuts under load from every side: what was answered has all its effects, once; what was not has none."""

import os
import random
import threading
import time

from harness import eventually
from harness.crowd import Talkers, again, check, crowd, quietly

KILLS, CLOCK_KILLS = 20, 5


def cut(server, talkers, dice):
    """Waits for some more answers, then ends the server as a power cut would, and starts it again."""
    enough = talkers.answered() + dice.randrange(1, 120)
    eventually(lambda: talkers.answered() >= enough, 30, "more answers")
    server.kill()
    talkers.cuts.append(time.monotonic())
    server.restart()


def test_power_cuts_under_load_from_every_side(serve, telegram, wecom):
    seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
    print(f"SEED={seed}")
    dice = random.Random(seed)
    server, teacher, people = crowd(serve, telegram, wecom)
    server.clock.to("2026-03-02T08:50")
    code = teacher.says("口令").code()
    talkers = Talkers(people, code, seed, KILLS)
    for _ in range(KILLS):
        cut(server, talkers, dice)
    talkers.until_signed_in()
    for _ in range(CLOCK_KILLS):
        mover = threading.Thread(target=quietly, args=(lambda: server.clock.to("+5h"),), daemon=True)
        mover.start()
        cut(server, talkers, dice)
        mover.join(20)
    talkers.end()
    assert talkers.answered() > 500, "too little was said to prove anything"
    again(people)
    server.clock.to("+5h")
    server.stop()
    check(server.data_dir / "banzhang.db", people)
