"""Forked processes: the codec works in them; what needs Keras is refused in words where the parent has used it."""

import multiprocessing
import os
import warnings
from time import monotonic, sleep
from zlib import crc32

import keras
import numpy as np
import pytest
import tiny

import aewidgets
from aewidgets.codec.effort.symbols import EncodeOptions
from aewidgets.system import forks

HERE = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
IMAGE = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype="uint8")


def in_a_fork(work):
    """Return what a function returns in a forked process, or the type and words of its error."""
    answers = multiprocessing.get_context("fork").SimpleQueue()

    def run():
        try:
            answers.put(work())
        except Exception as error:
            answers.put((type(error).__name__, str(error)))

    process = multiprocessing.get_context("fork").Process(target=run)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 and JAX warn of forking at all, which is what is tried here
        process.start()
    # Asked before `get`, which would wait for ever for a process that has died, and before `join`, which would for one
    # that waits until a long answer is taken.
    deadline = monotonic() + 60
    while answers.empty() and process.is_alive() and monotonic() < deadline:
        sleep(0.01)
    if answers.empty():
        process.kill()
        process.join()
        pytest.fail(f"the forked process gives no answer, exit code {process.exitcode}")
    answer = answers.get()
    process.join()
    return answer


@HERE
def test_a_fork_of_a_process_that_used_keras_is_told_what_to_do():
    codec = tiny.trained()
    codec.build_model()  # as a program does that refines or trains
    if keras.backend.backend() == "torch":
        pytest.skip("torch does not wait for its parent's threads")
    works = [
        lambda: codec.compress(IMAGE, options=EncodeOptions(1)),
        lambda: codec.build_model(),
        lambda: aewidgets.build_autoencoder("dense", (8, 8, 1), latent_dim=2),
        lambda: aewidgets.load_autoencoder("mnist-variational-2"),
        lambda: aewidgets.denoise(IMAGE, 10, "learned"),
    ]
    for work in works:
        kind, words = in_a_fork(work)
        assert kind == "RuntimeError"
        assert "spawn" in words and "forked" in words


@HERE
def test_a_pool_of_forked_processes_encodes_to_the_same_bytes_and_decodes_them():
    """After work in this process, by Keras and by threads that no fork takes along."""
    codec = tiny.trained()
    large = IMAGE.repeat(8, 0).repeat(8, 1)  # shared among threads
    here = [codec.compress(image, 80) for image in (IMAGE, large)]
    assert [in_a_fork(lambda image=image: codec.compress(image, 80)) for image in (IMAGE, large)] == here
    assert in_a_fork(lambda: crc32(codec.decompress(here[1]))) == crc32(codec.decompress(here[1]))


@HERE
def test_a_process_that_is_the_first_to_use_keras_may_be_forked(monkeypatch):
    monkeypatch.setattr(forks, "_user", None)
    assert in_a_fork(lambda: forks.check_not_forked()) is None
    assert forks._user is None
    forks.check_not_forked()
    assert forks._user == os.getpid()


def test_new_sizes_are_run_through_keras_without_a_graph_for_each(caplog, capfd):
    halves = tiny.trained().halves
    for side in range(16, 112, 16):
        halves.latents(IMAGE.repeat(4, 0).repeat(4, 1)[:side, : side + 16], 30000)
    assert "retracing" not in caplog.text + capfd.readouterr().err
    if keras.backend.backend() != "jax":
        assert halves._encoder.predict_function is None
