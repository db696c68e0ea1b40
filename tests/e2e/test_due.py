"""What falls due while the class clock moves: in order, whole when the answer comes, the same in one step or many."""

from harness import join


def said(server, to):
    return server.get("/sandbox/messages", params={"to": to, "after": 0}).json()["messages"]


def test_what_falls_due_on_the_way_has_happened_when_the_answer_comes(server):
    u = join(server, "张伟")
    u.heard()
    server.clock.to("2026-03-03T08:59")
    first = u.heard()
    assert any(r.key.startswith("reminder.") for r in first), first
    server.restart(kill=True)
    assert [m["id"] for m in said(server, u.id) if m["id"] > 0][-1] == first[-1].id


def test_due_things_happen_in_order(server):
    u = join(server, "周导师")
    u.heard()
    server.clock.to("2026-03-06T21:00")
    digests = [r for r in u.heard() if r.key == "digest"]
    assert len(digests) >= 4
    assert [r.id for r in digests] == sorted(r.id for r in digests)


def test_going_in_one_step_or_in_many_says_the_same(serve):
    heard = []
    for steps in (["2026-03-03T21:00"], [f"2026-03-0{d}T{h:02}:{m:02}" for d in (2, 3) for h in range(9, 22)
                                         for m in (0, 13, 47) if (h, m) < (21, 1)]):
        s = serve()
        u = join(s, "张伟")
        u.heard()
        for step in steps:
            s.clock.to(step)
        heard.append([(r.key, r.text) for r in u.heard()])
    assert heard[0] == heard[1] and heard[0]
