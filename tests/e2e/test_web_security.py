"""What the pages promise: every answer protected, nothing taken from another site's page, addresses and codes that
nobody guesses, that end, and that open one thing for one person."""

import csv
import io
import math
import pathlib
import re

import pytest
import requests

from harness import join

TREE = pathlib.Path(__file__).parents[2]
# An address under each prefix, and some that nothing is behind; a route without one here fails the tests.
BELOW = {"/static/*": ["/static/me.js", "/static/none", "/static/../config.yaml", "/static/vendor/bootstrap.min.css"],
         "/files/*": ["/files/" + "0" * 64, "/files/x"], "/j/*": ["/j/ABCD2345EF", "/j/ABCD2345EF/who", "/j/"],
         "/s/*": ["/s/483920", "/s/483920/ways", "/s/ABC"], "/u/*": [f"/u/{'a' * 24}{rest}" for rest in ("", "/state", "/send", "/9")],
         "/ballot/*": ["/ballot/1", "/ballot/1/list", "/ballot/1/form", "/ballot/1/cast", "/ballot/x"],
         "/f/*": ["/f/" + "0" * 64 + ".9.1." + "0" * 24, "/f/"], "/cal/*": ["/cal/none.ics", "/cal/"]}
# What takes something else than JSON: the platforms' own calls, which are signed, and pieces of files.
NOT_JSON = {"/wecom/callback", "PUT /u/*"}


def route_table():
    """Every route of the program as (method, path), read from its source."""
    found = []
    for source in sorted((TREE / "bot").rglob("*.c")):
        text = source.read_text(encoding="utf-8")
        here = re.findall(r'\.method = "(\w+)",\s*\.path = "(/[^"]*)"', text)
        assert len(here) == text.count('.path = "/'), f"{source}: a route is written method first, then path"
        found += here
    return found


ROUTES = route_table()


def addresses(*methods):
    """(method, an address) for each route with one of these methods."""
    return [(m, a) for m, path in ROUTES if m in methods for a in (BELOW[path] if path.endswith("*") else [path])]


@pytest.fixture
def whole(serve, telegram, wecom):
    """A server with every platform, so that every route is there."""
    return serve(telegram=telegram, wecom=wecom)


def protected(r):
    """Asserts the headers that every answer has, whatever it is."""
    policy = r.headers["Content-Security-Policy"]
    assert r.headers["X-Content-Type-Options"] == "nosniff", r.url
    assert r.headers["Referrer-Policy"] in ("no-referrer", "same-origin"), r.url
    assert "frame-ancestors 'none'" in policy or "sandbox" in policy, (r.url, policy)
    assert "form-action '" in policy or "sandbox" in policy, (r.url, policy)
    assert "unsafe" not in policy and "*" not in policy, (r.url, policy)
    assert "Access-Control-Allow-Origin" not in r.headers, r.url
    assert not re.search("libmicrohttpd|banzhang", r.headers.get("Server", "")), r.url


def test_every_answer_of_every_route_is_protected(whole):
    tried = addresses("GET") + [("GET", p) for p in ("/", "/nothing", "/sandbox/messages?to=u1", "/screen/qr.svg?code=483920")]
    assert len({p for _, p in ROUTES}) > 25 and len(tried) > 40
    for accept in ("*/*", "text/html"):
        for method, path in tried:
            r = whole.http(method, path, headers={"Accept": accept})
            assert r.status_code < 500 or path == "/readyz", (path, r.status_code)
            protected(r)
    for method, path in addresses("POST", "PUT"):
        for body in (b"", b"{}", b"[]", b"{", b"\0" * 9, b'{"ticket":7,"blinded":{},"from":[],"text":{},"agree":1}'):
            r = whole.http(method, path, data=body, headers={"Content-Type": "application/json"})
            assert r.status_code < 500, (path, body, r.status_code)
            protected(r)


def allowed(address):
    """The methods that some route takes at an address."""
    methods = {m for m, path in ROUTES if path == address or (path.endswith("*") and address.startswith(path[:-1]))}
    return methods | ({"HEAD"} if "GET" in methods else set())


def test_what_a_route_does_not_do_is_refused(whole):
    for path in {a for _, a in addresses("GET", "POST", "PUT")}:
        for method in ("DELETE", "OPTIONS", "PATCH"):
            r = whole.http(method, path, headers={"Origin": "https://evil.example",
                                                  "Access-Control-Request-Method": "POST"})
            assert r.status_code in (404, 405), (method, path, r.status_code)
            protected(r)
            assert r.status_code == 404 or set(r.headers["Allow"].split(", ")) == allowed(path), (path, r.headers["Allow"])


def test_no_page_has_a_script_or_a_style_inside():
    for page in (TREE / "web").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+\s*=|\sstyle\s*=|javascript:", text), page
        assert not re.search(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", text), page


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1:1"])
def test_another_sites_page_sends_nothing(whole, origin):
    for method, path in addresses("POST", "PUT"):
        r = whole.http(method, path, json={"from": "u1", "text": "帮助"}, headers={"Origin": origin})
        assert r.status_code == 403, (path, r.status_code)
        protected(r)


@pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None])
def test_a_form_sends_nothing(whole, type):
    for method, route in ROUTES:
        if method == "GET" or {route, f"{method} {route}"} & NOT_JSON:
            continue
        for path in BELOW.get(route, [route]):
            r = whole.http(method, path, data=b'{"from":"u1","text":"x"}', headers={"Content-Type": type} if type else {})
            assert r.status_code == 415, (method, path, r.status_code)


def test_our_own_page_does(serve):
    server = serve(public_url="http://127.0.0.1:9999")
    for origin in (server.url, "http://127.0.0.1:9999"):
        r = server.post("/sandbox/messages", json={"from": "u1", "text": "帮助"}, headers={"Origin": origin})
        assert r.status_code == 200, r.text


@pytest.mark.parametrize("https", [False, True])
def test_signing_in_is_by_a_link_that_works_once(serve, https):
    public = {"public_url": "https://class.example.org"} if https else {}
    server = serve(sandbox=not https, **public)
    row = server.invites()["张伟"]
    path = "/j/" + row["code"]
    browser = requests.Session()
    browser.trust_env = False
    r = browser.post(server.url + path, json={"agree": True}, timeout=30)
    assert r.status_code == 200, r.text
    cookie = r.headers["Set-Cookie"]
    assert ("max-age=31536000" in r.headers.get("Strict-Transport-Security", "")) == https
    assert re.match(r"banzhang=[\w-]{24};", cookie) and "HttpOnly" in cookie and "SameSite=" in cookie
    assert ("; Secure" in cookie) == https
    screen = requests.post(server.url + "/screen/open", json={}, timeout=30).headers["Set-Cookie"]
    assert "HttpOnly" in screen and "SameSite=Strict" in screen and ("; Secure" in screen) == https
    again = requests.post(server.url + path, json={"agree": True}, timeout=30)
    assert again.status_code in (404, 410) and "Set-Cookie" not in again.headers
    assert requests.get(server.url + "/me/profile", timeout=30).status_code == 401
    token = re.match(r"banzhang=([^;]+)", cookie)[1]
    got = requests.get(server.url + "/me/profile", headers={"Cookie": f"banzhang={token}"}, timeout=30)
    assert got.status_code == 200 and got.json()["name"] == "张伟"
    wrong = ("A" if token[0] != "A" else "B") + token[1:]
    assert requests.get(server.url + "/me/profile", headers={"Cookie": f"banzhang={wrong}"}, timeout=30).status_code == 401
    dump = "\n".join(str(tuple(x)) for x in server.db().execute("SELECT * FROM web_browser"))
    assert dump and token not in dump


def bits(codes, letters):
    """How many bits codes of this many characters of this alphabet have, all drawn at random."""
    size = {len(c) for c in codes}
    assert len(size) == 1 and all(set(c) <= set(letters) for c in codes), codes
    assert len(set(codes)) == len(codes)
    return size.pop() * math.log2(len(letters))


B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_join_codes(server):
    rows = server.invites()
    codes = [r["code"].replace("-", "") for r in rows.values()]
    assert bits(codes, "23456789ABCDEFGHJKLMNPQRSTUVWXYZ") >= 50
    store = "\n".join(str(tuple(r)) for r in server.db().execute("SELECT * FROM invite"))
    assert not [c for c in codes if c in store]
    renewed = {r["name"]: r["code"] for r in map(dict, csv.DictReader(
        io.StringIO(server.run("invites", "demo", "--renew").stdout.lstrip("\ufeff"))))}
    assert all(renewed[n] != rows[n]["code"] for n in rows)
    assert "join.refused" in server.person("u9").says(f"加入 {rows['张伟']['code']}").keys


def test_codes_for_another_account(server):
    zhang = join(server, "张伟")
    codes = [re.search(r"\b[2-9A-HJ-NP-Z]{10}\b", zhang.says("绑定").text)[0] for _ in range(3)]
    assert bits(codes, "23456789ABCDEFGHJKLMNPQRSTUVWXYZ") >= 50
    assert "join.refused" in server.person("u1").says(f"加入 {codes[0]}").keys
    assert "join.ask" in server.person("u2").says(f"加入 {codes[2]}").keys
    server.clock.to("+11m")
    assert "join.refused" in server.person("u3").says(f"加入 {codes[2]}").keys


def test_upload_pages(server):
    zhang = join(server, "张伟")
    paths = [re.search(r"/u/([\w-]+)", zhang.says("上传").text)[1] for _ in range(3)]
    assert bits(paths, B64) >= 128
    assert server.get(f"/u/{paths[0]}/state").status_code == 200
    assert not [p for p in paths if p in str([tuple(r) for r in server.db().execute("SELECT * FROM upload")])]
    server.clock.to("+25h")
    assert server.get(f"/u/{paths[0]}/state").status_code in (404, 410)
    assert server.post(f"/u/{paths[0]}/send", json={}).status_code in (404, 410)


def test_calendar_addresses(server):
    found = []
    for name in ("张伟", "李娜"):
        person = join(server, name)
        person.says("课表")
        found.append(re.search(r"/cal/([\w-]+)\.ics", person.presses("订阅").text)[1])
    assert bits(found, "0123456789abcdef" if re.fullmatch("[0-9a-f]+", "".join(found)) else B64) >= 80
    assert server.get(f"/cal/{found[0]}.ics").status_code == 200
    for wrong in (found[0][:-1], found[0][:-1] + ("0" if found[0][-1] != "0" else "1"), found[0].swapcase() + "0"):
        assert server.get(f"/cal/{wrong}.ics").status_code == 404


def test_the_screens_token_belongs_to_one_browser(server):
    first, tokens = None, []
    for _ in range(3):
        browser = requests.Session()
        browser.trust_env = False
        tokens.append(browser.post(server.url + "/screen/open", json={}, timeout=30).json()["token"])
        first = first or browser
    assert bits(tokens, B64) >= 128
    assert first.get(server.url + "/screen/state", headers={"X-Screen": tokens[0]}, timeout=30).status_code == 200
    assert requests.get(server.url + "/screen/state", headers={"X-Screen": tokens[0]}, timeout=30).status_code != 200
