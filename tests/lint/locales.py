"""The catalogues say the same in every language: keys, placeholders, and no command word that means two things.

A key may carry a plural suffix. Words of commands are lists under "commands"; a word may stand in two commands
only when "shared_words" of the same file names it (commands whose audiences never meet)."""
import json
import os
import re
import sys
import unicodedata

import tree

LANGUAGES = ("zh-CN", "en")
PLURAL = re.compile(r"_(zero|one|two|few|many|other)$")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def load(path, text, faults):
    """The parsed catalogue; a key given twice in one object is a fault, not the last one's victory."""
    def once(pairs):
        seen = {}
        for key, value in pairs:
            if key in seen:
                faults.append(f"{path}: the key «{key}» stands twice in one object")
            seen[key] = value
        return seen
    try:
        return json.loads(text, object_pairs_hook=once)
    except ValueError as e:
        faults.append(f"{path}:{getattr(e, 'lineno', 1)}: {e}")
        return {}


def sentences(node, prefix=""):
    """(dotted key, text) of every sentence; a list counts as its items together."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from sentences(value, f"{prefix}.{key}" if prefix else key)
    elif isinstance(node, list):
        yield prefix, "\n".join(str(item) for item in node)
    else:
        yield prefix, node


def by_key(path, catalogue, faults):
    """key without plural suffix → the placeholders its sentences use."""
    found = {}
    for key, text in sentences(catalogue):
        if not isinstance(text, str) or not text.strip():
            faults.append(f"{path}: «{key}» is no sentence")
            continue
        rest = PLACEHOLDER.sub("", text)
        if "{" in rest or "}" in rest:
            faults.append(f"{path}: «{key}» has a brace that is no {{placeholder}}")
        found.setdefault(PLURAL.sub("", key), set()).update(PLACEHOLDER.findall(text))
    return found


def normal(word):
    """A word as dispatch compares it."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", word)).casefold().lstrip("/")


def check_words(path, commands, shared, taken, faults):
    """No word belongs to two commands, neither here nor in a language read before."""
    for command, words in commands.items():
        if not isinstance(words, list) or not words or not all(isinstance(w, str) and normal(w) for w in words):
            faults.append(f"{path}: commands.{command} must be a list of words")
            continue
        for word in words:
            owner = taken.setdefault(normal(word), command)
            if owner != command and normal(word) not in shared:
                faults.append(f"{path}: «{word}» is claimed by {owner} and by {command}")


def main(argv):
    """Checks locales/*.json against each other."""
    top, faults, keys, names, taken = tree.root(argv), [], {}, {}, {}
    if not os.path.isdir(os.path.join(top, "locales")) and not os.path.isdir(os.path.join(top, "handlers")):
        tree.finish("locales", [])
    for language in LANGUAGES:
        path = f"locales/{language}.json"
        if not os.path.exists(os.path.join(top, path)):
            faults.append(f"{path}: is missing")
            continue
        catalogue = load(path, tree.read(top, path), faults)
        commands = catalogue.pop("commands", {})
        shared = {normal(w) for w in catalogue.pop("shared_words", [])}
        catalogue.pop("variants", None)   # pairs of characters, in the language that has them
        check_words(path, commands, shared, taken, faults)
        names[language] = set(commands)
        keys[language] = by_key(path, catalogue, faults)
    if len(keys) == len(LANGUAGES):
        first, second = LANGUAGES
        for here, there in ((first, second), (second, first)):
            faults += [f"locales/{here}.json: lacks «{k}»" for k in sorted(keys[there].keys() - keys[here].keys())]
            faults += [f"locales/{here}.json: lacks words for {c}" for c in sorted(names[there] - names[here])]
        for key in sorted(keys[first].keys() & keys[second].keys()):
            if keys[first][key] != keys[second][key]:
                odd = ", ".join(sorted(keys[first][key] ^ keys[second][key]))
                faults.append(f"locales: «{key}» uses {{{odd}}} in one language only")
    tree.finish("locales", faults)


if __name__ == "__main__":
    main(sys.argv)
