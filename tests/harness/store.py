"""What a store has to be, read as the file it is."""


def sound(db):
    """Nothing in it is torn, and nothing refers to what is not there."""
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


# What takes the last step of a component's schema back.
UNDO = {"files": ["DROP INDEX file_holder", "ALTER TABLE file DROP COLUMN holder"]}


def make_old(db):
    """Makes of the store of a stopped server one that an earlier program wrote."""
    for component, steps in UNDO.items():
        for step in steps:
            db.execute(step)
        db.execute("UPDATE migration SET version = version - 1 WHERE component = ?", (component,))
    db.commit()
