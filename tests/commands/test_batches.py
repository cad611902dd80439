"""Commands over many files: each result has its place, a bad file stops no other, and no existing file is lost."""

import os
from pathlib import Path

import click
import pytest

from aewidgets.commands.batches import run
from aewidgets.commands.tasks import Task, plan


def double(source: Path, target: Path) -> str:
    """Write the text of a file twice, as a codec for tests; fail on bad texts, end the process on deadly ones."""
    text = source.read_text()
    if text == "bad":
        raise ValueError("a bad one")
    if text == "odd":
        raise KeyError("unforeseen")
    if text == "deadly":
        os._exit(3)
    target.write_text(2 * text)
    return f"{target.name} done"


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "in"
    (root / "deep").mkdir(parents=True)
    (root / ".hidden").mkdir()
    for name in ("a.txt", "b.txt", "deep/a.txt", "c.other", ".d.txt", ".hidden/e.txt"):
        (root / name).write_text(name[-5])
    return root


def test_folders_are_searched_to_the_bottom_and_keep_their_shape(folder, tmp_path):
    tasks = plan([folder], tmp_path / "out", ".two", (".txt",))
    assert [str(t.target.relative_to(tmp_path)) for t in tasks] == ["out/a.two", "out/b.two", "out/deep/a.two"]
    assert run(tasks, double, overwrite=False) == 0
    assert (tmp_path / "out" / "deep" / "a.two").read_text() == "aa"
    assert not (tmp_path / "out" / "c.two").exists()


def test_without_an_output_results_lie_beside_their_sources(folder):
    tasks = plan([folder / "a.txt", folder / "deep"], None, ".two", (".txt",))
    assert [t.target for t in tasks] == [folder / "a.two", folder / "deep" / "a.two"]


def test_one_file_may_name_its_result_and_several_need_a_folder(folder, tmp_path):
    assert plan([folder / "a.txt"], tmp_path / "x.y", ".two", ()) == [Task(folder / "a.txt", tmp_path / "x.y", False)]
    assert plan([folder / "a.txt"], tmp_path, ".two", ())[0].target == tmp_path / "a.two"
    (tmp_path / "file").write_text("")
    for inputs, output, words in (
        ([folder / "a.txt", folder / "b.txt"], tmp_path / "file", "with several inputs give a folder"),
        ([folder], tmp_path / "file", "with several inputs give a folder"),
        ([folder / "a.txt"], tmp_path / "absent" / "x.two", "make it first"),
        ([folder / ".hidden"], None, "no file in this folder ends in .jpg"),
    ):
        with pytest.raises(click.UsageError, match=words.replace(".", r"\.")):
            plan(inputs, output, ".two", (".jpg",) if inputs[0].name == ".hidden" else (".txt",))


@pytest.mark.parametrize("jobs", [1, 3])
def test_bad_files_are_named_and_the_others_done(folder, tmp_path, capsys, jobs):
    (folder / "b.txt").write_text("bad")
    (folder / "deep" / "z.txt").write_text("odd")
    assert run(plan([folder], tmp_path / "out", ".two", (".txt",)), double, False, jobs) == 1
    printed = capsys.readouterr()
    assert f"failed: {folder / 'b.txt'}: a bad one" in printed.err
    assert "KeyError: 'unforeseen'" in printed.err
    assert sorted(printed.out.split()) == ["a.two", "a.two", "done", "done"]
    assert sorted(p.name for p in (tmp_path / "out").rglob("*.*")) == ["a.two", "a.two"]


def test_a_process_that_dies_takes_no_other_file_with_it(folder, tmp_path, capsys):
    (folder / "b.txt").write_text("deadly")
    assert run(plan([folder], tmp_path / "out", ".two", (".txt",)), double, False, jobs=2) == 1
    printed = capsys.readouterr()
    assert f"failed: {folder / 'b.txt'}: its process died" in printed.err
    assert printed.out.count("done") == 2


def test_existing_results_are_kept_without_overwrite(folder, tmp_path, capsys):
    tasks = plan([folder], tmp_path / "out", ".two", (".txt",))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.two").write_text("mine")
    assert run(tasks, double, overwrite=False) == 0
    assert "kept: " in capsys.readouterr().err
    assert (tmp_path / "out" / "a.two").read_text() == "mine"
    assert (tmp_path / "out" / "b.two").read_text() == "bb"
    named = plan([folder / "a.txt"], tmp_path / "out", ".two", ())
    assert run(named, double, overwrite=False) == 1
    assert "--overwrite replaces it" in capsys.readouterr().err
    assert run(named, double, overwrite=True) == 0
    assert (tmp_path / "out" / "a.two").read_text() == "aa"


def test_inputs_are_never_replaced(folder, capsys):
    link = folder / "link.two"
    link.symlink_to(folder / "b.txt")
    for tasks in ([Task(folder / "a.txt", folder / "a.txt", False)], plan([folder / "b.txt"], link, ".two", ())):
        assert run(tasks, double, overwrite=True) == 1
        assert "inputs are never replaced" in capsys.readouterr().err
    assert (folder / "a.txt").read_text() == "a" and (folder / "b.txt").read_text() == "b"


def test_two_inputs_do_not_share_a_result(folder, tmp_path, capsys):
    (folder / "a.tiff").write_text("t")
    assert run(plan([folder], tmp_path / "out", ".two", (".txt", ".tiff")), double, False) == 1
    assert capsys.readouterr().err.count("another input would become") == 2
    assert (tmp_path / "out" / "b.two").exists() and not (tmp_path / "out" / "a.two").exists()
