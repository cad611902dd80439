"""Objects of one's own by name: what is found is the object itself, and whatever fails is said in words."""

import re
import sys
from pathlib import Path

import pytest

from aewidgets.system.objects import is_object_name, load_object


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with modules of a stranger."""
    (tmp_path / "stranger_beside.py").write_text("half = 0.5\n")
    code = "from stranger_beside import half\nclass Box:\n    gain = half\ndef dim(image):\n    return image * half\n"
    (tmp_path / "stranger_methods.py").write_text(code)
    (tmp_path / "stranger_broken.py").write_text("1 / 0\n")
    (tmp_path / "stranger_needs.py").write_text("import a_package_that_nobody_has\n")
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("stranger_"):
            del sys.modules[name]


@pytest.mark.parametrize("place", ["stranger_methods", "stranger_methods.py", "./stranger_methods.py"])
def test_an_object_is_found_by_module_and_by_file(folder: Path, place: str):
    assert load_object(f"{place}:dim")(4) == 2
    assert load_object(f"{place}:Box.gain") == 0.5


def test_an_object_of_an_installed_package_is_itself():
    assert load_object("pathlib:Path.home") == Path.home


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stranger_methods", "expected MODULE:OBJECT"),
        (":dim", "expected MODULE:OBJECT"),
        ("stranger_methods:", "expected MODULE:OBJECT"),
        ("not a module:dim", "no module is called 'not a module'"),
        ("no_such_stranger:dim", "no module is called 'no_such_stranger'"),
        ("stranger_methods.inner:dim", "no module is called 'stranger_methods.inner'"),
        ("no_such.py:dim", "no such file"),
        ("stranger_methods:dimm", "has no 'dimm'; did you mean 'dim'"),
        ("stranger_methods:Box.gian", "has no 'gian'; did you mean 'gain'"),
        ("stranger_broken:dim", "ZeroDivisionError: division by zero"),
        ("stranger_broken.py:dim", "ZeroDivisionError: division by zero"),
        ("stranger_needs:dim", "No module named 'a_package_that_nobody_has'"),
    ],
)
def test_what_leads_nowhere_is_refused_in_words(folder: Path, text: str, words: str):
    with pytest.raises(ValueError, match=re.escape(words)):
        load_object(text)


@pytest.mark.parametrize(
    ("text", "is_one"), [("a:b", True), ("folder/a.py:b", True), ("a", False), ("a:", False), (":b", False)]
)
def test_a_name_with_something_on_both_sides_of_a_colon_is_an_objects(text: str, is_one: bool):
    assert is_object_name(text) == is_one
