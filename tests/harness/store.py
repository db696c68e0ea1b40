"""What a store has to be, read as the file it is."""


def sound(db):
    """Nothing in it is torn, and nothing refers to what is not there."""
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
