"""The examples for nginx and Caddy let the public paths through, and nothing else."""
import glob
import os
import re

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PUBLIC = ["/telegram/webhook", "/wecom/callback", "/j/K7", "/me", "/me/messages", "/cal/1-a.ics", "/files/a", "/static/chat.js", "/s/x",
          "/screen", "/healthz", "/token", "/token/sign", "/ballot/7", "/ballot/7/cast"]
MACHINE_ONLY = {"/chat", "/metrics", "/readyz", "/sandbox/clock", "/sandbox/messages", "/sandbox/people"}
PRIVATE = ["/", "/metrics", "/metrics/", "/readyz", "/chat", "/sandbox/messages", "/sandbox/clock", "/mex", "/screenx",
           "/telegram/webhookx", "/tokens", "/ballotx"]


def read(name):
    """The text of an example without its comments."""
    with open(os.path.join(ROOT, "packaging", name), encoding="utf-8") as f:
        return "".join(line for line in f if not line.lstrip().startswith("#"))


def nginx(path):
    """Whether nginx would pass the path on."""
    rules = re.findall(r"location\s+(=\s+)?(\S+)\s*\{[^}]*proxy_pass", read("nginx.conf.example"))
    return any(path == prefix if exact else path.startswith(prefix) for exact, prefix in rules)


def caddy(path):
    """Whether Caddy would pass the path on."""
    words = [w for line in re.findall(r"^\s*@\w+ path (.*)$", read("Caddyfile.example"), re.M) for w in line.split()]
    return any(path.startswith(w[:-1]) if w.endswith("*") else path == w for w in words)


@pytest.mark.parametrize("passes", [nginx, caddy])
def test_public_paths_pass(passes):
    assert [p for p in PUBLIC if not passes(p)] == []


@pytest.mark.parametrize("passes", [nginx, caddy])
def test_every_route_of_the_program_is_public_or_for_this_machine(passes):
    sources = glob.glob(os.path.join(ROOT, "bot", "**", "*.c"), recursive=True)
    routes = {path for source in sources for path in re.findall(r'\.path = "(/[^"]*)"', open(source, encoding="utf-8").read())}
    routes = {path for path in routes if not path.startswith("/cgi-bin")}
    assert len(routes) > 15
    assert [r for r in sorted(routes - MACHINE_ONLY) if not passes(r.replace("*", "x"))] == []


@pytest.mark.parametrize("passes", [nginx, caddy])
def test_nothing_else_passes(passes):
    assert [p for p in PRIVATE if passes(p)] == []


@pytest.mark.parametrize("path", ["/token", "/token/sign", "/ballot/", "/static/"])
def test_nothing_of_the_ballot_is_logged(path):
    rule = re.search(r"location\s+(?:=\s+)?" + path + r"\s*\{([^}]*)\}", read("nginx.conf.example"))[1]
    assert "access_log off;" in rule
    skipped = re.search(r"@unlogged path (.*)\n\s*skip_log @unlogged", read("Caddyfile.example"))[1].split()
    assert path in skipped or path + "*" in skipped


def test_nothing_of_who_casts_is_passed_on():
    rule = re.search(r"location /ballot/ \{([^}]*)\}", read("nginx.conf.example"))[1]
    assert 'proxy_set_header Cookie "";' in rule and "X-Forwarded-For" not in rule and "error_log /dev/null" in rule
    handle = re.search(r"handle @ballot \{(.*?)\n\t\}", read("Caddyfile.example"), re.S)[1]
    assert "header_up -Cookie" in handle and "header_up -X-Forwarded-For" in handle


def test_no_catch_all():
    assert not re.search(r"location\s+/\s*\{", read("nginx.conf.example"))


def test_bodies_on_their_way_leave_the_rest_its_memory():
    """limits.bodies, as it is when nobody says so, is an eighth of what the unit may use at most."""
    with open(os.path.join(ROOT, "bot", "config.c"), encoding="utf-8") as f:
        bodies = int(re.search(r'"bodies", &config->limits.bodies, (\d+) \* MIB', f.read())[1])
    assert 8 * bodies <= 1024 * int(re.search(r"^MemoryMax=(\d+)G$", read("banzhang.service"), re.M)[1])
