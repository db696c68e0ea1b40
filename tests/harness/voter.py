"""A voter of `ballot: web`: what the browser does, with requests and the integers of blind.py."""

import hashlib
import re

import requests

from .blind import Blinded
from .fake import PATIENCE, eventually

MESSAGE = b"banzhang ballot"
ANSWERS = {"fit": 4, "knowledge.0": 5, "expression.0": 3, "overall": 4, "again": 1}


class Voter:
    """One browser. `ticket` is what a person's link carries; a second one by form() alone has no identity at all."""

    def __init__(self, server, ticket=None, survey=1):
        self.server, self.ticket = server, ticket
        self.survey = int(ticket.split(".")[0]) if ticket else survey
        self.session = requests.Session()
        self.session.trust_env = False
        self.blinded = self.signature = None

    def post(self, path, body):
        return self.session.post(self.server.url + path, json=body, timeout=30 * PATIENCE)

    def get(self, path, **kw):
        return self.session.get(self.server.url + path, timeout=30 * PATIENCE, **kw)

    def form(self):
        """The form as anybody may read it; waits until the key is made."""
        def look():
            r = self.get(f"/ballot/{self.survey}/form")
            assert r.status_code == 200, r.text
            return r.json() if r.json()["key"] else None
        return eventually(look, 10, "the key of the survey")

    def blind(self):
        self.blinded = Blinded(int(self.form()["key"], 16), MESSAGE)
        return self.blinded.blinded.hex()

    def asks(self, blinded=None, ticket=None):
        """One request for a signature; the raw response."""
        return self.post("/token/sign", {"ticket": ticket or self.ticket,
                                         "blinded": blinded or (self.blinded.blinded.hex() if self.blinded else
                                                                self.blind())})

    def gets_token(self):
        r = self.asks()
        assert r.status_code == 200, r.text
        self.signature = self.blinded.finalize(bytes.fromhex(r.json()["signature"])).hex()
        return self

    @property
    def key(self):
        return hashlib.sha256(self.blinded.prefix).hexdigest()

    def casts(self, answers=None, survey=None, **more):
        """Casts these answers; the raw response."""
        body = {"token": self.blinded.prefix.hex(), "signature": self.signature,
                "answers": ANSWERS if answers is None else answers, **more}
        return self.post(f"/ballot/{survey or self.survey}/cast", body)

    def votes(self, answers=None):
        """Casts and asserts that it was taken; "held" or "counted"."""
        r = self.casts(answers)
        assert r.status_code == 200, r.text
        assert r.json()["key"] == self.key
        return r.json()["state"]


def link_of(person):
    """What stands behind the # of the link this person gets for 问卷."""
    reply = person.says("/survey")
    assert reply.key == "survey.token", reply
    return re.search(r"/token(?:\?lang=en)?#(\d+\.\d+\.[0-9a-f]{32})", reply.text)[1]


def voter(server, person):
    """A browser of this person, with a token."""
    return Voter(server, link_of(person)).gets_token()
