"""The anonymous ballot in a real browser: from the link in chat to the own ballot in the published list."""

import json
import pathlib

import pytest
from harness import eventually
from harness.survey import CLOSES, TRAINEES, after_class, rows
from harness.voter import link_of, voter

from chatpage import ChatPage

VECTOR = json.loads((pathlib.Path(__file__).parents[1] / "fixtures/rfc9474.json").read_text())
RFC = """
const v = arguments[0], done = arguments[1];
import('/static/blind.js').then(async (m) => {
    const h = m.fromHex, out = {};
    const b = await m.blind(h(v.n), h(v.msg), {prefix: h(v.msg_prefix), salt: h(v.salt), inv: h(v.inv)});
    out.blinded = m.toHex(b.blinded);
    out.sig = m.toHex(await m.finalize(h(v.n), b.prepared, h(v.blind_sig), b.inv));
    out.good = await m.verify(h(v.n), b.prepared, h(v.sig));
    const bad = h(v.sig);
    bad[100] ^= 1;
    out.bad = await m.verify(h(v.n), b.prepared, bad);
    out.foreign = await m.verify(h(v.n), h(v.msg), h(v.sig));
    out.short = await m.verify(h(v.n), b.prepared, h(v.sig).slice(1));
    try { await m.finalize(h(v.n), b.prepared, bad, b.inv); out.caught = false; } catch (e) { out.caught = true; }
    const free = await m.blind(h(v.n), h(v.msg)), again = await m.blind(h(v.n), h(v.msg));
    out.chance = m.toHex(free.blinded) !== m.toHex(again.blinded) && m.toHex(free.prepared) !== m.toHex(again.prepared);
    return out;
}).then(done, (e) => done(String(e)));
"""
CHOOSE = """
const part = Array.from(document.querySelectorAll('.question')).find((q) => q.dataset.id.startsWith(arguments[0]));
const field = part.querySelector('textarea');
if (field) { field.value = arguments[1]; } else { part.querySelectorAll('input')[arguments[1]].click(); }
"""
INSIDE = """
return Array.from(document.querySelectorAll('.sheet *')).filter((e) => e.getBoundingClientRect().right > innerWidth)
    .map((e) => e.className || e.tagName);
"""
KEPT = "return JSON.parse(localStorage.getItem('banzhang.ballot.1') || '{}')"


@pytest.fixture
def poll(serve):
    server, server_who = after_class(serve, ballot="web")
    server.who = server_who
    return server


class BallotPage(ChatPage):
    """The pages of the ballot as the voter sees them."""

    def card(self, name, timeout=10):
        eventually(lambda: self.find(f"#ballot[data-card={name}]"), timeout, f"the card {name}, not: {self.words}")
        return self

    def kept(self):
        return self.driver.execute_script(KEPT)

    def fills(self, fit=1, words="多一点练习"):
        for ask, value in (("fit", fit), ("knowledge", 0), ("expression", 2), ("overall", 1), ("improve", words),
                           ("again", 0)):
            self.driver.execute_script(CHOOSE, ask, value)


def with_token(phone, poll, name="张伟", base=None):
    page = BallotPage(phone)
    page.open(f"{base or poll.url}/token#{link_of(poll.who[name])}").card("offer")
    page.presses("领选票")
    return page.card("form")


def test_the_rfcs_vector_in_this_browser(phone, poll):
    BallotPage(phone).open(poll.url + "/ballot/1").waits_for("#ballot[data-card]")
    phone.set_script_timeout(60)
    out = phone.execute_async_script(RFC, VECTOR)
    assert isinstance(out, dict), out
    assert out["blinded"] == VECTOR["blinded_msg"] and out["sig"] == VECTOR["sig"]
    assert (out["good"], out["bad"], out["foreign"], out["short"]) == (True, False, False, False)
    assert out["caught"] and out["chance"]


def test_from_the_link_to_the_own_ballot_in_the_list(phone, poll, tmp_path):
    page = BallotPage(phone)
    page.open(f"{poll.url}/token#{link_of(poll.who['张伟'])}").card("offer")
    page.shows("凑够 5 份")
    page.shows("公钥指纹")
    phone.save_screenshot(str(tmp_path / "token.png"))
    page.presses("领选票")
    page.card("form")
    assert "#" not in phone.current_url and phone.current_url.endswith("/ballot/1")
    assert phone.execute_script(INSIDE) == []
    phone.save_screenshot(str(tmp_path / "form.png"))
    page.presses("填好了")
    page.shows("这一题还没有答")
    page.fills()
    page.presses("填好了")
    page.card("sealed").shows("现在就投")
    phone.save_screenshot(str(tmp_path / "sealed.png"))
    assert rows(poll, "SELECT count(*) FROM survey_begun") == [(0,)]  # nothing was cast yet
    minutes = (page.kept()["due"] - phone.execute_script("return Date.now()")) / 60000
    assert 4 < minutes <= 360
    page.presses("现在就投")
    page.card("held").shows("回执")
    phone.save_screenshot(str(tmp_path / "held.png"))
    for name in TRAINEES[1:5]:
        voter(poll, poll.who[name]).votes()
    eventually(lambda: rows(poll, "SELECT count(*) FROM survey_ballot") == [(5,)])
    phone.refresh()
    page.card("counted")
    poll.clock.to(CLOSES)
    phone.refresh()
    page.card("counted").waits_for("a.yes").click()
    page.card("list").shows("你的这张")
    assert phone.execute_script(INSIDE) == []
    phone.save_screenshot(str(tmp_path / "list.png"))
    assert "多一点练习" in page.find(".one.own")[0].text
    assert len(page.find(".one")) == 5
    counts = phone.execute_script("return Array.from(document.querySelectorAll('.recount[data-id=fit] b'))"
                                  ".map((b) => b.textContent)")
    assert counts == ["0", "5", "0", "0", "0"]
    assert not phone.get_cookies()


def test_a_sealed_ballot_is_cast_when_its_moment_has_come(phone, poll):
    page = with_token(phone, poll)
    page.fills()
    page.presses("填好了")
    page.card("sealed")
    phone.execute_script("const b = JSON.parse(localStorage.getItem('banzhang.ballot.1')); b.due = Date.now() - 1;"
                         "localStorage.setItem('banzhang.ballot.1', JSON.stringify(b))")
    phone.refresh()
    page.card("held")
    poll.settings["listen"] = poll.url.split("//")[1]
    poll.write_config()
    poll.restart(kill=True)  # the held ballot is gone; the browser casts it again when it is opened
    eventually(lambda: rows(poll, "SELECT count(*) FROM survey_begun") == [(0,)])
    phone.refresh()
    page.card("held")
    eventually(lambda: rows(poll, "SELECT count(*) FROM survey_begun") == [(1,)])


def test_a_bad_line_costs_nobody_the_ballot(phone, poll, bad_line):
    line = bad_line(poll)
    page = BallotPage(phone)
    page.open(f"{line.url}/token#{link_of(poll.who['张伟'])}").card("offer")
    line.cut = True
    page.presses("领选票")
    page.card("sorry", 30).shows("现在连不上")
    first = page.kept()["blinded"]
    line.cut = False
    page.presses("再试一次")
    page.card("form", 30)
    assert "blinded" not in page.kept() and page.kept()["signature"]
    assert rows(poll, f"SELECT lower(hex(blinded)) = '{first}' FROM survey_token") == [(1,)]


def test_another_browser_is_told_that_there_is_one_token(browse, poll):
    ticket = link_of(poll.who["张伟"])
    for n, card in enumerate(("form", "sorry")):
        page = BallotPage(browse())
        page.open(f"{poll.url}/token#{ticket}").card("offer")
        page.presses("领选票")
        page.card(card)
    page.shows("每人只有一张")
    assert page.kept() == {}
    page.open(poll.url + "/ballot/1").card("nothing").shows("没有选票")


def test_two_people_may_share_a_phone(phone, poll):
    page = with_token(phone, poll)
    page.open(f"{poll.url}/token#{link_of(poll.who['李娜'])}").card("sorry").shows("另一个人的选票")
    page.open(poll.url + "/ballot/1").card("form").fills()
    page.presses("填好了")
    page.card("sealed").presses("现在就投")
    page.card("held")
    for name in TRAINEES[2:6]:
        voter(poll, poll.who[name]).votes()
    phone.refresh()
    page.card("counted")
    page.open(f"{poll.url}/token#{link_of(poll.who['李娜'])}")
    phone.refresh()
    page.card("offer").presses("领选票")
    page.card("form")


def test_wrong_links_and_english(phone, poll):
    page = BallotPage(phone)
    page.open(poll.url + "/token#1.2.x").card("sorry").shows("不对或不完整")
    page.open(poll.url + "/ballot/1/list").card("sorry").shows("截止后才公布")
    page.open(poll.url + "/ballot/77").card("sorry").shows("没有这份评价")
    page.open(poll.url + "/ballot/1?lang=en").card("nothing").shows("no token")
