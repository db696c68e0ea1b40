"""Data in the tree is what it claims to be."""
import csv
import datetime
import glob
import importlib.util
import os

import pytest
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def path(*parts):
    """A path in the tree."""
    return os.path.join(ROOT, *parts)


def rows(name):
    """The rows of a CSV of ours, the header left out."""
    with open(path(name), encoding="utf-8", newline="") as f:
        return list(csv.reader(f))[1:]


def load(name):
    """A YAML file as PyYAML reads it."""
    with open(path(name), encoding="utf-8") as f:
        return yaml.safe_load(f)


def test_derived_fixtures_are_what_make_py_makes():
    spec = importlib.util.spec_from_file_location("make", path("tests/fixtures/make.py"))
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    for name, data in make.variants().items():
        with open(path("tests/fixtures", name), "rb") as f:
            assert f.read() == data, name


def test_the_demo_class():
    roles = [row[2] for row in rows("config/classes/demo/roster.csv")]
    assert {r: roles.count(r) for r in roles} == {"学员": 30, "导师": 2, "带班老师": 1, "讲师": 1, "承办": 1}
    names = [row[1] for row in rows("config/classes/demo/roster.csv")]
    assert names.count("张伟") == 2
    assert len(rows("config/classes/demo/timetable.csv")) == 17
    assert len(rows("tests/fixtures/startup/timetable.csv")) == 29


@pytest.mark.parametrize("name", sorted(os.path.basename(f) for f in glob.glob(path("config/holidays/*.yaml"))))
def test_holidays(name):
    year = load(f"config/holidays/{name}")
    assert name == f"{year['year']}.yaml"
    off = set()
    for holiday in year["holidays"]:
        assert holiday["from"] <= holiday["to"] and holiday["from"].year == year["year"]
        off |= {holiday["from"] + datetime.timedelta(n) for n in range((holiday["to"] - holiday["from"]).days + 1)}
    for day in year["workdays"]:
        assert day.weekday() >= 5 and day not in off, f"{day} is no weekend day to be worked"


@pytest.mark.parametrize("name", sorted(os.path.basename(f) for f in glob.glob(path("config/forms/*.yaml"))))
def test_forms_say_everything_in_both_languages(name):
    form = load(f"config/forms/{name}")
    assert name == f"{form['id']}.yaml"
    ids = [q["id"] for q in form["questions"]]
    assert len(ids) == len(set(ids))
    for said in [form["title"]] + [q["ask"] for q in form["questions"]]:
        assert set(said) == {"zh-CN", "en"} and all(isinstance(s, str) and s for s in said.values())
    for question in form["questions"]:
        for option in question.get("options", []):
            assert set(option) == {"value", "zh-CN", "en"} and isinstance(option["en"], str)
