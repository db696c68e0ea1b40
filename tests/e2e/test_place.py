"""The place check: who sends a location far from where the class meets is shown to the teacher, not blocked."""

import pytest

from harness import Klass, conversation, join

PLACE = {"lat": 30.27, "lon": 120.15, "radius": 300}


def flags(server):
    """The raised flags of this kind: (metres, radius)."""
    return [tuple(r) for r in server.db().execute("SELECT count, of FROM flag WHERE kind = 'place'")]


def test_near_is_fine_and_far_is_asked_about(serve):
    server = serve(classes=[Klass(place=PLACE)])
    people = {n: join(server, n) for n in ("张伟", "李娜", "吴老师")}
    conversation(server, """
        clock 2026-03-03T08:50
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        张伟> <location 30.2715 120.1505>
        < place.here
        吴老师> 疑点
        < flags.none
        张伟> <location 30.28 120.15>
        < place.far
        吴老师< flags.raised ~ /张伟.*1112米.*300米/
        张伟> <location 30.30 120.15>
        < place.far
        吴老师< nothing flags.raised
        吴老师> 疑点
        < flags.one ~ /张伟.*3336米/ [属实] [没问题]
        < nothing
        李娜> <location -30.28 -59.85>
        < place.far
        吴老师< flags.raised ~ 李娜
        吴老师> [没问题]
        < flags.settled
    """, **people)
    assert sorted(of for _, of in flags(server)) == [300, 300]
    assert not any("30.28" in line or "30.3," in line for line in server.db().iterdump())
    server.clock.to("2026-03-03T12:30")
    assert people["张伟"].sends_location(30.30, 120.15).key == "cannot_read"
    assert people["吴老师"].sends_location(30.30, 120.15).key == "cannot_read"


def test_a_class_without_place_answers_as_before(serve):
    server = serve()
    zhang = join(server, "张伟")
    server.clock.to("2026-03-03T08:50")
    assert zhang.sends_location(30.30, 120.15).key == "cannot_read"
    assert flags(server) == []


def test_a_place_comes_moves_and_goes(serve, tmp_path):
    server = serve()
    zhang = join(server, "张伟")
    server.clock.to("2026-03-03T08:50")
    path = Klass(place={"lat": 30.27, "lon": 120.15}).write(tmp_path)
    assert "place is now 30.27, 120.15 within 300 m" in server.run("import", path).stdout
    assert "no change" in server.run("import", path).stdout
    assert zhang.sends_location(30.2715, 120.15).key == "place.here"
    server.run("import", Klass(place={"lat": 30.27, "lon": 120.15, "radius": 50}).write(tmp_path))
    assert zhang.sends_location(30.2715, 120.15).key == "place.far"
    assert "place is now -" in server.run("import", Klass().write(tmp_path)).stdout
    assert zhang.sends_location(30.2715, 120.15).key == "cannot_read"


@pytest.mark.parametrize("place, where, words", [
    ("{lat: 91, lon: 120}", "2:14", '"lat" must be from -90 to 90'),
    ("{lat: 30, lon: -180.5}", "2:23", '"lon" must be from -180 to 180'),
    ("{lat: 30, lon: 120, radius: 49}", "2:36", '"radius" must be from 50 to 5000'),
    ("{lat: 30, lon: 120, radius: 5001}", "2:36", '"radius" must be from 50 to 5000'),
    ("{lat: north, lon: 120}", "2:14", '"lat" must be a number'),
    ("{lat: 30, lon: 120, radios: 60}", "2:28", "radius"),
    ("{lat: 30}", "2:8", "lon"),
    ("Hangzhou", "2:8", "map"),
])
def test_a_bad_place_is_refused_with_its_line(serve, tmp_path, place, where, words):
    server = serve(classes=[], start=False)
    path = Klass().write(tmp_path)
    first, rest = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(f"{first}\nplace: {place}\n{rest}", encoding="utf-8")
    done = server.run("import", path, check=False)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert any(f"demo.yaml:{where}: " in line and words in line for line in said.splitlines()), said
