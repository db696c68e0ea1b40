"""The best work: asked of its author, shown to the class without a name, taken back whenever the author likes."""

import pytest

from harness import Klass, conversation, join
from harness.homework import ONE_THEME


HANDED = """
    clock 2026-03-02T12:00
    吴老师> [按默认发布]
    < homework.published
    张伟> 交作业 1
    < homework.bring
    张伟> 我张伟的店铺分析
    < homework.brought_text
    张伟> <file 张伟的店铺.png shop>
    < homework.brought_files
    张伟> [交好了]
    < submit.ontime
    吴老师> 批改 1
    < homework.grade [优秀，想分享]
    吴老师> [优秀，想分享]
    < homework.share_asked ~ 张伟
    张伟< homework.share_may ~ /作业1.*不署名/ [可以，不署名分享] [不分享]
"""


@pytest.fixture
def klass(serve):
    """A class with a syllabus, and those of its people who matter here; by name."""
    server = serve(classes=[Klass(syllabus=ONE_THEME)])
    return server, {n: join(server, n) for n in ("张伟", "李娜", "吴老师", "周导师")}


def test_with_consent_after_it_was_due_and_without_a_name(klass):
    server, people = klass
    conversation(server, HANDED + """
        吴老师> [优秀，想分享]
        < homework.share_again
        张伟> [可以]
        < homework.share_later ~ 明天 19:30 [收回分享]
        李娜< nothing homework.shared_news
        clock 2026-03-03T19:32
        李娜< homework.shared_news ~ 作业1 [看优秀作业]
        张伟< nothing homework.shared_news
        李娜> [看优秀作业]
        < homework.example_of ~ 我＊＊的店铺分析
    """, **people)
    seen = people["李娜"].last.last
    assert "张伟" not in seen.text and [f["name"] for f in seen.files] == ["1-1.txt"] and seen.file() == b"shop"
    conversation(server, """
        李娜> 作业
        < homework.list [看作业1的优秀作业]
        张伟> [收回分享]
        < homework.share_taken_back
        李娜> [看优秀作业]
        < homework.example_none
    """, **people)


def test_nothing_is_shown_against_the_author_s_will(klass):
    server, people = klass
    conversation(server, HANDED + """
        张伟> [不分享]
        < homework.share_refused
        clock 2026-03-04T12:00
        李娜< nothing homework.shared_news
    """, **people)
    press = people["李娜"].send(action="homework:mayshare:1")
    assert press.key != "homework.share_now"
    assert people["李娜"].send(action="homework:best:1").key == "homework.example_none"


def test_taken_back_before_the_class_heard_of_it(klass):
    server, people = klass
    conversation(server, HANDED + """
        张伟> [可以]
        < homework.share_later
        张伟> [收回分享]
        < homework.share_refused
        clock 2026-03-04T12:00
        李娜< nothing homework.shared_news
    """, **people)
