"""A run's folder: it keeps its own run, refuses another one in words, and is written whole or not at all."""

import json
from dataclasses import dataclass

import pytest

from aewidgets.training.fitting.run_folder import STEP_STATE, RunFolder


@dataclass(frozen=True)
class Settings:
    """Settings of a run, of which the last has been added later."""

    steps: int = 10
    widths: tuple[int, ...] = (8, 16)
    options: dict | None = None


def test_facts_are_measured_once(tmp_path):
    first = RunFolder(tmp_path / "run", {"run": Settings()}, lambda: {"statistics": (1, 2)})
    again = RunFolder(tmp_path / "run", {"run": Settings()}, pytest.fail)
    assert first.facts == again.facts == {"statistics": [1, 2]}


def test_another_run_is_refused_with_what_differs(tmp_path):
    RunFolder(tmp_path, {"run": Settings()})
    with pytest.raises(ValueError, match="another run: run steps is 10 there, 20 here; give an empty folder"):
        RunFolder(tmp_path, {"run": Settings(20)})


def test_settings_that_a_record_lacks_have_their_defaults(tmp_path):
    (tmp_path / "run.json").write_text('{"run": {"steps": 10, "widths": [8, 16]}}')
    RunFolder(tmp_path, {"run": Settings()})
    with pytest.raises(ValueError, match="run options is None there"):
        RunFolder(tmp_path, {"run": Settings(options={"depth": 1})})


def test_settings_that_are_not_known_here_are_another_run(tmp_path):
    (tmp_path / "run.json").write_text('{"run": {"steps": 10, "way": "masked"}}')
    with pytest.raises(ValueError, match="run way is 'masked' there, None here"):
        RunFolder(tmp_path, {"run": Settings()})


def test_a_state_that_could_not_be_written_leaves_the_one_before(tmp_path):
    folder = RunFolder(tmp_path, {"run": Settings()})
    folder.save(STEP_STATE, lambda path: path.write_text("one"), [{"step": 1}])

    def fail(path):
        path.write_text("tw")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.save(STEP_STATE, fail, [{"step": 1}, {"step": 2}])
    assert folder.find(STEP_STATE).read_text() == "one"
    assert folder.log() == [{"step": 1}]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.jsonl", "run.json", STEP_STATE]


def test_results_are_computed_once(tmp_path):
    folder = RunFolder(tmp_path, {"run": Settings()})
    assert folder.remember("references", lambda: 0.5) == folder.remember("references", pytest.fail) == 0.5
    assert json.loads((tmp_path / "references.json").read_text()) == 0.5


def test_without_a_folder_nothing_is_kept():
    folder = RunFolder(None, {"run": Settings()}, lambda: {"count": 3})
    folder.save(STEP_STATE, pytest.fail, [])
    folder.save_record("{}")
    assert (folder.facts, folder.log(), folder.find(STEP_STATE)) == ({"count": 3}, [], None)
    assert folder.remember("references", lambda: 0.5) == 0.5
