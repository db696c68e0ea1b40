"""签退, where the class has it: around the end, with the code; a missing one is a question only (rules.md A14)."""

from harness import Klass, conversation, join


def test_signing_out_around_the_end(serve):
    server = serve(classes=[Klass(signout="code")])
    people = {n: join(server, n) for n in ("张伟", "李娜", "王芳", "吴老师")}
    conversation(server, """
        clock 2026-03-03T08:50
        吴老师> 口令
        < signin.spoken ~ /(?P<code>\\d{6})/
        张伟> 签到 {code}
        < signin.ontime
        李娜> 签到 {code}
        < signin.ontime
        clock 2026-03-03T11:49
        张伟> 签退
        < signout.refused ~ 还不能签退
        clock 2026-03-03T11:50
        张伟> 签退
        < signout.refused ~ 六位口令
        clock 2026-03-03T12:10
        吴老师> 开始签到
        < signin.opened ~ /(?P<out>\\d{6})/
        张伟> 签退 {out}
        < signout.done ~ 12:10
        张伟> 签退 {out}
        < signout.again
        王芳> 签退 {out}
        < signout.refused ~ 还没有签到
        clock 2026-03-03T12:30
        吴老师< signout.missing ~ /1人.*李娜/ [记早退] [没问题]
        吴老师> [没问题]
        < signout.settled
    """, **people)
    assert server.db().execute("SELECT count(*) FROM attendance WHERE points > 0 AND how = 'code'").fetchone()[0] == 0
    assert server.db().execute("SELECT count(*) FROM early_leave").fetchone()[0] == 0


def test_a_class_without_sign_out_says_so(server):
    person = join(server, "张伟")
    assert person.says("签退").key == "signout.refused"


def test_a_shift_of_six_hours_stays_one_and_longer_is_split(serve):
    sessions = [("2026-03-03", "09:00", "15:00", "早班"), ("2026-03-04", "09:00", "16:00", "长班")]
    server = serve(classes=[Klass(kind="practical", scheme="practical", sessions=sessions)])
    counts = dict(server.db().execute("SELECT n.title, count(*) FROM sitting s JOIN session n ON n.id = s.session"
                                      " WHERE s.ends > s.starts GROUP BY n.id"))
    assert counts == {"早班": 1, "长班": 2}
