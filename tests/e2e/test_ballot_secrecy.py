"""ballot: web. What database, write-ahead log, backup and log hold after every step, and what that tells."""

import tarfile

import pytest

from harness import eventually
from harness.survey import CLOSES, TRAINEES, after_class, rows
from harness.voter import ANSWERS, Voter, link_of, voter

WORDS = "这句话绝对不能落盘八六四二"


@pytest.fixture
def poll(serve):
    server, server_who = after_class(serve, present=11, ballot="web")
    server.who = server_who
    return server


def counted(server):
    return rows(server, "SELECT count(*) FROM survey_ballot")[0][0]


def places(server, *needles):
    """In which files of the server, and of a backup made now, and in what it logged any of these bytes stand."""
    target = server.dir / "copy.tar"
    server.run("backup", target)
    found = set()
    with tarfile.open(target) as tar:
        for member in filter(lambda m: m.isfile(), tar):
            data = tar.extractfile(member).read()
            found |= {"backup" for n in needles if n in data}
    target.unlink()
    for path in filter(lambda p: p.is_file(), server.dir.rglob("*")):
        data = path.read_bytes()
        found |= {path.name for n in needles if n in data}
    log = "\n".join(server.log()).encode()
    return found | {"log" for n in needles if n in log}


def test_held_ballots_and_tokens_are_on_no_disk(poll):
    first = Voter(poll, link_of(poll.who["张伟"]))
    mac = first.ticket.split(".")[2].encode()
    assert places(poll, mac) == set()  # the link is as good as a vote
    first.gets_token()
    token = first.blinded.prefix
    used = [token, token.hex().encode(), bytes.fromhex(first.signature), first.signature.encode(), mac]
    first.votes({**ANSWERS, "improve": WORDS})
    assert places(poll, *used, WORDS.encode(), first.key.encode(), bytes.fromhex(first.key)) == set()
    for name in TRAINEES[1:5]:
        voter(poll, poll.who[name]).votes()
    eventually(lambda: counted(poll) == 5)
    assert places(poll, *used) == set()
    # counted, and soon no longer in the log of writes: emptying it waits for who reads just then, as this test does
    eventually(lambda: places(poll, WORDS.encode()) == {"banzhang.db", "backup"})
    assert rows(poll, "SELECT count(*) FROM survey_text WHERE text = '" + WORDS + "'") == [(1,)]


def test_the_log_says_nothing_of_these_paths(poll):
    one = voter(poll, poll.who["张伟"])
    before = len(poll.log())
    one.votes()
    one.casts({**ANSWERS, "fit": 1})
    one.casts(signature="0" * 512)
    one.get("/ballot/1/list.json")
    one.get("/ballot/1")
    one.asks()
    assert poll.log()[before:] == []
    metrics = "\n".join(str(key) for key in poll.metrics())
    assert not any(word in metrics for word in ("ballot", "token", "cast"))


def test_nothing_leads_from_a_person_to_a_ballot(poll):
    voters = {n: voter(poll, poll.who[n]) for n in TRAINEES[:10]}
    order = [TRAINEES[i] for i in (4, 1, 3, 0, 2, 9, 7, 8, 5, 6)]
    for i, name in enumerate(order):
        voters[name].votes({**ANSWERS, "helped": f"第{i}个投的人写的话"})
        eventually(lambda n=i: counted(poll) == (n + 1) // 5 * 5)
    columns = [r[1] for r in rows(poll, "PRAGMA table_info(survey_ballot)")]
    assert columns == ["survey", "key", "answers"]
    tokens = rows(poll, "SELECT person, blinded, signature FROM survey_token")
    keys = [r[0] for r in rows(poll, "SELECT key FROM survey_ballot")]
    assert [t[0] for t in tokens] == sorted(t[0] for t in tokens) and keys == sorted(keys)
    ballots = b"".join(k + a.encode() for k, a in rows(poll, "SELECT key, answers FROM survey_ballot"))
    for _, blinded, signature in tokens:
        assert not any(part in ballots for part in (blinded[:8], blinded[-8:], signature[:8], signature[-8:]))
    # where a ballot lies in the file follows from its key and its batch, not from when it was cast
    poll.stop()
    data = (poll.data_dir / "banzhang.db").read_bytes()
    for batch in (order[:5], order[5:]):
        here = sorted(batch, key=lambda n: data.rfind(bytes.fromhex(voters[n].key)))
        assert [voters[n].key for n in here] in (sorted(voters[n].key for n in batch),
                                                 sorted((voters[n].key for n in batch), reverse=True))


def test_no_pair_of_snapshots_tells_fewer_apart_than_a_batch(poll):
    seen = []

    def look():
        db = poll.db()
        db.isolation_level = None
        db.execute("BEGIN")
        seen.append(({r[0] for r in db.execute("SELECT person FROM survey_token")},
                     {r[0] for r in db.execute("SELECT key FROM survey_ballot")},
                     {tuple(r): 1 for r in db.execute("SELECT ask, value, n FROM survey_count")}))
        db.close()

    for i, name in enumerate(TRAINEES[:11]):
        look()
        one = voter(poll, poll.who[name])
        look()
        one.votes({**ANSWERS, "fit": i % 5 + 1, "helped": f"{name}写的话"})
        eventually(lambda n=i: counted(poll) == (n + 1) // 5 * 5)
        look()
    for i, (_, before, sums) in enumerate(seen):
        for tokens, after, sums_after in seen[i:]:
            more = len(after - before)
            assert before <= after and (more == 0 or more >= 5)
            assert more == 0 or len(tokens) - len(before) >= 5  # so many may have cast each of them
            assert more > 0 or sums == sums_after
    poll.clock.to(CLOSES)
    look()
    assert len(seen[-1][1]) == 11


def test_after_the_end_the_key_and_the_signatures_are_gone(poll):
    for name in TRAINEES[:5]:
        voter(poll, poll.who[name]).votes()
    eventually(lambda: counted(poll) == 5)
    key = rows(poll, "SELECT private FROM survey_key")[0][0]
    blinded = rows(poll, "SELECT blinded, signature FROM survey_token")
    traces = [key[-400:-300], key[-64:], *(part[40:80] for row in blinded for part in row)]
    assert {"banzhang.db", "backup"} <= places(poll, *traces)
    poll.clock.to(CLOSES)
    eventually(lambda: places(poll, *traces) == set())
    assert rows(poll, "SELECT count(*) FROM survey_token") == [(5,)]
