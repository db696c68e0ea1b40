"""A stand-in for the server, for the fakes' own tests."""

import requests


class Hook:
    """A stand-in for the server: keeps what the fakes post to it."""

    sandbox_on = False

    def __init__(self, status=200, content=b""):
        self.posts, self.status, self.content = [], status, content

    def post(self, path, data=None, headers=None):
        self.posts.append((path, data, headers))
        r = requests.Response()
        r.status_code, r._content = self.status, self.content
        return r

    get = post
