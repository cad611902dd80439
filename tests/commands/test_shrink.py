"""Commands `shrink` and `export`: cards that load, rows that say what was lost, refusals in words."""

import json

import keras
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import aewidgets
from aewidgets.cli import main
from aewidgets.models.pretrained import load_denoiser, save_pretrained
from aewidgets.models.residual_denoiser import ResidualDenoiser
from aewidgets.system.cards import chain_of


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    """The card of a small dense autoencoder, trained on digits."""
    folder, splits = tmp_path_factory.mktemp("card"), aewidgets.load_splits("digits")
    keras.utils.set_random_seed(1)
    model = aewidgets.build_autoencoder("dense", splits.image_shape, latent_dim=8, hidden=(32,))
    aewidgets.train(model, splits, epochs=10, learning_rate=0.01)
    save_pretrained(model, folder / "digits.npz", {"data": [], "command": "aewidgets train dense", "seconds": 1})
    return folder / "digits.json"


@pytest.fixture(autouse=True)
def keras_alone(monkeypatch):
    """Leave other runtimes out: their conversions take seconds, and have tests of their own."""
    monkeypatch.setattr("aewidgets.studies.shrinking._present", lambda name: False)


def test_shrink_prints_a_row_for_each_word_and_writes_cards_that_load(card, tmp_path):
    result = run("shrink", card, "--to", "int8,prune-50+int4", "--data", "digits", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    rows = {line.split()[0]: line.split() for line in result.output.splitlines() if line.strip()}
    for word in ("int8", "prune-50+int4"):
        kept = json.loads((tmp_path / "out" / f"digits-{word}.json").read_text())
        assert kept["shrunk"] == word
        assert rows[word][1] == f"{kept['bytes']:,}" and rows[word][3] == f"{kept['figures']['change_db']:+.3f}"
        first, second = chain_of(kept)
        assert second["start_sha256"] == first["sha256"] == json.loads(card.read_text())["sha256"]
        assert second["command"].startswith("aewidgets shrink ") and "--to int8,prune-50+int4" in second["command"]
        model = aewidgets.load_autoencoder(tmp_path / "out" / f"digits-{word}.json")
        assert aewidgets.shrink(model, word).bytes == kept["bytes"]
    assert float(rows["prune-50+int4"][3]) < float(rows["int8"][3]) <= 0.02


@pytest.mark.long
def test_tuning_brings_back_part_of_what_was_lost(card, tmp_path):
    losses = []
    for number, more in enumerate(([], ["--tune", 4])):
        out = tmp_path / str(number)
        result = run("shrink", card, "--to", "prune-50+int4", "--data", "digits", "--out", out, *more)
        assert result.exit_code == 0, result.output
        losses.append(json.loads((out / "digits-prune-50+int4.json").read_text())["figures"]["change_db"])
    assert losses[0] < losses[1] < 0


def test_a_denoiser_is_judged_on_noisy_pictures(tmp_path):
    draws = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    Image.fromarray(draws.integers(0, 256, (130, 140, 3), "uint8")).save(tmp_path / "photos" / "a.png")
    model = ResidualDenoiser(widths=(4,), blocks=(1,))
    model.set_weights([draws.normal(0, 0.05, w.shape).astype("float32") for w in model.get_weights()])
    save_pretrained(model, tmp_path / "small.npz", {})
    result = run("shrink", tmp_path / "small.json", "--to", "int8", "--data", tmp_path / "photos", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert load_denoiser(tmp_path / "small-int8.json").channels == 1
    again = run("shrink", tmp_path / "small.json", "--data", tmp_path / "photos", "--out", tmp_path, "--tune", 1)
    assert again.exit_code == 2 and "expected an autoencoder, got a denoiser" in again.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "int3"], "prune-1 to prune-99"),
        (["--to", "int8,int8"], "each word once"),
        (["--to", "int8", "--data", "digist"], "did you mean 'digits'"),
        (["--to", "int8", "--data", "fashion-mnist", "--size", "8"], "No such option"),
        (["--tune", "0"], "0 is not in the range"),
        (["--name", "a/b"], "without slashes"),
    ],
)
def test_wrong_options_of_shrink_are_refused_before_anything_is_written(card, tmp_path, arguments, words):
    given = arguments if "--data" in arguments else [*arguments, "--data", "digits"]
    result = run("shrink", card, *given, "--out", tmp_path / "out")
    assert result.exit_code == 2 and words in result.output
    assert not (tmp_path / "out").exists()


def test_an_unknown_model_is_answered_with_those_there_are():
    for command in (["shrink", "mnits", "--data", "digits"], ["export", "mnits", "--to", "keras", "--out", "a.keras"]):
        result = run(*command)
        assert result.exit_code == 2 and "mnist-convolutional-64" in result.output and "photo-restore" in result.output


def test_export_writes_a_file_and_its_check(card, tmp_path):
    result = run("export", card, "--to", "keras", "--part", "encoder", "--out", tmp_path / "a.keras")
    assert result.exit_code == 0, result.output
    assert "on 8 pictures at most 0.0e+00 from Keras" in result.output
    codes = keras.saving.load_model(tmp_path / "a.keras")(np.zeros((1, 8, 8, 1), "float32"))
    assert codes.shape == (1, 8)
    assert json.loads((tmp_path / "a.keras.json").read_text())["part"] == "encoder"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "keras", "--out", "a.onnx"], "ends in .keras"),
        (["--to", "keras", "--out", "no/a.keras"], "does not exist"),
        (["--to", "openvino", "--out", "a.xml"], "is not one of"),
    ],
)
def test_wrong_options_of_export_are_refused(card, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    result = run("export", card, *arguments)
    assert result.exit_code == 2 and words in result.output
    assert list(tmp_path.iterdir()) == []
