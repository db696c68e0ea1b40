"""What a power cut does to the files that are not SQLite's: tests/faults/disk.c writes down what is done to them, and
after the end of the process all that was not synced is taken back, as the strictest disk would lose it."""

import os
import pathlib
import shutil

SECTOR = 512


class Disk:
    """The disk under the servers that are started with env(). cut() is the power cut, after their end."""

    def __init__(self, folder):
        self.book, self.kept = pathlib.Path(folder) / "disk", pathlib.Path(folder) / "kept"
        self.kept.mkdir()
        self.lost = 0  # names and contents that the cuts took

    def env(self):
        return {"BANZHANG_DISK": str(self.book), "BANZHANG_DISK_KEPT": str(self.kept)}

    def cut(self, dice=None, leak=0):
        """Takes back what was not synced; of each name and each sector so many percent are there all the same."""
        def survives():
            return leak and dice.randrange(100) < leak

        names, sizes, places = self.unsynced()
        for number, size in sizes.items():
            path = self.where(number, places)
            if path and path.is_file() and path.stat().st_size > size:
                self.lost += 1
                tear(path, size, survives)
        back = {key: was for key, was in names.items() if not survives()}
        for was in {was for was in back.values() if was}:
            os.link(self.where(was, places), self.kept / f"back-{was}")
        for (folder, name), was in back.items():
            self.lost += remove(folder / name) and not was
            if was and folder.is_dir():
                os.link(self.kept / f"back-{was}", folder / name)
        self.book.unlink(missing_ok=True)
        shutil.rmtree(self.kept)
        self.kept.mkdir()

    def unsynced(self):
        """({(folder, name): the number it durably stands for}, {number: its durable size}, {number: its path})."""
        names, sizes, places = {}, {}, {}
        for line in self.book.read_text().splitlines() if self.book.exists() else ():
            kind, *how = line.split("\t")
            if kind == "name":
                folder, name, was, now = pathlib.Path(how[0]), how[1], int(how[2]), int(how[3])
                names.setdefault((folder, name), was)
                if now and now not in places:
                    sizes[now] = 0  # it is new
                places[now], places[was] = folder / name, places.get(was, folder / name)
            elif kind == "folder":
                names = {key: was for key, was in names.items() if key[0] != pathlib.Path(how[0])}
            elif kind == "bytes":
                sizes.setdefault(int(how[0]), int(how[1]))
            elif kind == "empty":
                sizes[int(how[0])] = 0
            elif kind == "synced":
                sizes.pop(int(how[0]), None)
            elif kind == "all":
                names, sizes = {}, {}
        return names, sizes, places

    def where(self, number, places):
        """Where the bytes of this number lie now; None when they are gone."""
        for path in (self.kept / str(number), places.get(number)):
            if path and path.exists() and path.stat().st_ino == number:
                return path
        return None


def tear(path, size, survives):
    """Cuts a file to this size, but for sectors that survive."""
    whole = path.read_bytes()
    with open(path, "r+b") as f:
        f.truncate(size)
        for at in range(size, len(whole), SECTOR):
            if survives():
                f.seek(at)
                f.write(whole[at:at + SECTOR])


def remove(path):
    """Takes away what lies there; whether there was something."""
    if path.is_dir():
        shutil.rmtree(path)
        return True
    there = path.exists()
    path.unlink(missing_ok=True)
    return there
