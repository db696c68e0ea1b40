"""One-time upload pages as a program uses them: pieces, resuming, handing over."""

import re


class UploadPage:
    """The page of a link, spoken to without a browser."""

    def __init__(self, server, text):
        self.server, self.path = server, re.search(r"/u/[\w-]+", text).group()

    def state(self):
        return self.server.get(self.path + "/state")

    def announce(self, name, size, key=None):
        return self.server.post(self.path + "/files", json={"key": key or f"{name}|{size}", "name": name, "size": size})

    def put(self, id, at, data):
        return self.server.http("PUT", f"{self.path}/{id}?at={at}", data=data,
                                headers={"Content-Type": "application/octet-stream"})

    def uploads(self, name, data, piece=256 * 1024):
        """A whole file; its id."""
        known = self.announce(name, len(data)).json()
        at = known["have"]
        while not known.get("done"):
            r = self.put(known["id"], at, data[at:at + piece])
            assert r.status_code == 200, r.text
            at, known["done"] = r.json()["have"], r.json()["done"]
        return known["id"]

    def drops(self, id):
        """Takes a file off the page."""
        r = self.server.post(self.path + "/drop", json={"id": id})
        assert r.status_code == 200, r.text

    def hands_over(self):
        return self.server.post(self.path + "/send", json={})
