"""A run's folder: it keeps its own run, refuses another one in words, and is written whole or not at all."""

import errno
import json
import math
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from aewidgets.system.locks import LockedError
from aewidgets.training.fitting.run_folder import STATE, RunFolder
from aewidgets.training.fitting.state import State, load_arrays, save_arrays


@dataclass(frozen=True)
class Settings:
    """Settings of a run, of which the last has been added later."""

    steps: int = 10
    widths: tuple[int, ...] = (8, 16)
    options: dict | None = None


def opened(path, run=None, measure=dict, **more):
    """Open the folder of a run, and let it go."""
    with RunFolder(path, {"run": run or Settings(), **more}, measure) as folder:
        return folder


def files_in(path):
    return sorted(file.name for file in path.iterdir() if file.name != ".lock")


def test_facts_are_measured_once(tmp_path):
    first = opened(tmp_path / "run", measure=lambda: {"statistics": (1, 2)})
    again = opened(tmp_path / "run", measure=pytest.fail)
    assert first.facts == again.facts == {"statistics": [1, 2]}


def test_another_run_is_refused_with_what_differs(tmp_path):
    opened(tmp_path)
    with pytest.raises(ValueError, match="another run: run steps is 10 there, 20 here; give an empty folder"):
        opened(tmp_path, Settings(20))


def test_all_that_decides_a_run_is_part_of_it(tmp_path):
    opened(tmp_path, pictures={"count": 2, "digest": "aa"}, start=None)
    opened(tmp_path, pictures={"count": 2, "digest": "aa"}, start=None)
    for change in ({"pictures": {"count": 3, "digest": "bb"}}, {"start": "cc"}):
        with pytest.raises(ValueError, match="another run"):
            opened(tmp_path, **{"pictures": {"count": 2, "digest": "aa"}, "start": None} | change)


def test_settings_that_a_record_lacks_have_their_defaults(tmp_path):
    (tmp_path / "run.json").write_text('{"run": {"steps": 10, "widths": [8, 16]}}')
    opened(tmp_path)
    with pytest.raises(ValueError, match="run options is None there"):
        opened(tmp_path, Settings(options={"depth": 1}))


def test_settings_that_are_not_known_here_are_another_run(tmp_path):
    (tmp_path / "run.json").write_text('{"run": {"steps": 10, "way": "masked"}}')
    with pytest.raises(ValueError, match="run way is 'masked' there, None here"):
        opened(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"run": {"steps": NaN}}', '{"run": {}, "statistics": [1, [Infinity]]}'])
def test_a_damaged_record_is_refused_with_its_path(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ValueError, match=r"run\.json is damaged.*delete"):
        opened(tmp_path)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_facts_that_are_not_finite_are_refused_and_leave_nothing(tmp_path, number):
    with pytest.raises(ValueError, match="statistics std 1: expected finite"):
        opened(tmp_path, measure=lambda: {"statistics": {"std": [1.0, number]}})
    assert files_in(tmp_path) == []
    assert opened(tmp_path, measure=lambda: {"statistics": 1}).facts == {"statistics": 1}


def test_facts_that_cannot_be_measured_leave_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError):
        opened(tmp_path, measure=lambda: {"mean": 1 / 0})
    assert files_in(tmp_path) == []


def test_a_folder_is_held_by_one_run_at_a_time(tmp_path):
    with RunFolder(tmp_path, {"run": Settings()}):
        with pytest.raises(LockedError, match=f"{tmp_path}: another process.*trains in this folder"):
            opened(tmp_path)
        code = (
            "import sys; from pathlib import Path; from aewidgets.training.fitting.run_folder import RunFolder\n"
            "with RunFolder(Path(sys.argv[1]), {}): pass"
        )
        other = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
        assert "trains in this folder" in other.stderr
    opened(tmp_path)


def test_the_lock_of_a_killed_process_is_no_lock(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from aewidgets.training.fitting.run_folder import RunFolder\n"
        "with RunFolder(Path(sys.argv[1]), {'run': 1}): os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    with RunFolder(tmp_path, {"run": 1}):
        assert files_in(tmp_path) == ["run.json"]


def test_a_full_disk_is_named_with_the_path_and_leaves_the_state_before(tmp_path):
    """A process may write files of a few KB only, which a system reports as it does a full disk."""
    with RunFolder(tmp_path, {"run": Settings()}) as folder:
        save_arrays(folder, {"step": 1}, {"state": [np.ones(3)]}, [{"step": 1}])
        limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, limits[1]))
        try:
            with pytest.raises(OSError, match="cannot be written: the disk is full") as error:
                save_arrays(folder, {"step": 2}, {"state": [np.ones(9999)]}, [{"step": 1}, {"step": 2}])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, handler)
        assert str(tmp_path / STATE) in str(error.value) and error.value.errno == errno.EFBIG
        assert load_arrays(folder)[0] == {"step": 1}
        assert folder.log() == [{"step": 1}]
    assert files_in(tmp_path) == ["log.jsonl", "run.json", STATE]


def test_a_place_that_cannot_be_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=f"{tmp_path / 'file' / 'run'} cannot be written"):
        opened(tmp_path / "file" / "run")


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_state_that_is_not_finite_is_never_saved_nor_gone_on_from(tmp_path, number):
    with RunFolder(tmp_path, {"run": Settings()}) as folder:
        State(variables=[np.ones(2)]).save(folder)
        for wrong in ({"variables": [np.array([1, number])]}, {"best_weights": [np.float32([number])]}):
            with pytest.raises(ArithmeticError, match="not finite"):
                State(**wrong).save(folder)
        np.testing.assert_array_equal(State.load(folder).variables, [np.ones(2)])
        kept = dict(np.load(tmp_path / STATE))
        np.savez(tmp_path / STATE, **kept | {"state00000": np.array([number])})
        with pytest.raises(ValueError, match=r"state\.npz is damaged .*not finite"):
            State.load(folder)


def test_a_state_that_could_not_be_written_leaves_the_one_before(tmp_path):
    with RunFolder(tmp_path, {"run": Settings()}) as folder:
        folder.save(lambda file: file.write(b"one"), [{"step": 1}])

        def fail(file):
            file.write(b"tw")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            folder.save(fail, [{"step": 1}, {"step": 2}])
        assert folder.find(STATE).read_text() == "one"
        assert folder.log() == [{"step": 1}]
    assert files_in(tmp_path) == ["log.jsonl", "run.json", STATE]


def test_results_are_computed_once(tmp_path):
    with RunFolder(tmp_path, {"run": Settings()}) as folder:
        assert folder.remember("references", lambda: 0.5) == folder.remember("references", pytest.fail) == 0.5
    assert json.loads((tmp_path / "references.json").read_text()) == 0.5


def test_without_a_folder_nothing_is_kept():
    with RunFolder(None, {"run": Settings()}, lambda: {"count": 3}) as folder:
        folder.save(pytest.fail, [])
        folder.save_record("{}")
        assert (folder.facts, folder.log(), folder.find(STATE)) == ({"count": 3}, [], None)
        assert folder.remember("references", lambda: 0.5) == 0.5
