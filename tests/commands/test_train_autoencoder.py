"""Commands `aewidgets train FAMILY` have the options of model and recipe, and make weights, a card and figures."""

import inspect
import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from aewidgets.cli import main
from aewidgets.commands.train import FAMILIES
from aewidgets.commands.train_autoencoder import command_for, documented
from aewidgets.models.families import AUTOENCODERS
from aewidgets.models.pretrained import load_autoencoder
from aewidgets.training.fitting.records import Recipe

pytestmark = pytest.mark.long


def run(*arguments):
    return CliRunner().invoke(main, ["train", *map(str, arguments)])


def train(folder, *more, data="digits"):
    options = ["--hidden", "(16,)", "--latent-dim", 6, "--epochs", 2, "--learning-rate", 0.01]
    return run("dense", "--data", data, *options, "--out", folder, "--checkpoint", folder / "run", *more)


def test_the_families_of_the_command_are_those_of_the_models():
    assert set(FAMILIES) == set(AUTOENCODERS)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_parameter_is_an_option_with_its_default_and_a_word_of_help(family):
    options = {p.name: p for p in command_for(family).params}
    signature = inspect.signature(AUTOENCODERS[family].__init__).parameters.values()
    for parameter in (p for p in signature if p.default is not p.empty):
        assert options[parameter.name].help != "."
        if parameter.name != "seed":
            assert options[parameter.name].default == parameter.default
    assert set(Recipe.__dataclass_fields__) <= set(options)


def test_docstrings_are_read_by_name():
    text = "Does.\n\n    Args:\n        a: one\n            goes on.\n        b: second.\n\n    Raises:\n        c: x."
    assert documented(text, "Args") == {"a": "one goes on", "b": "second"}


def test_a_run_ends_in_weights_a_card_and_figures(tmp_path):
    result = train(tmp_path, "--augment", "shift", "--test")
    assert result.exit_code == 0, result.output
    assert "dense, code of 6 values for images of 64" in result.output
    assert "PCA with 6 values: 0.0" in result.output and "opened once" in result.output
    card = json.loads((tmp_path / "digits-dense.json").read_text())
    assert card["recipe"]["augment"] == ["shift"] and card["data"][0]["licence"].startswith("CC BY")
    assert "--hidden '(16,)'" in card["command"] and "--augment shift" in card["command"]
    assert set(card["figures"]) == {"validation_mse", "code_size", "pca_validation_mse", "test_mse"}
    assert load_autoencoder(tmp_path / "digits-dense.json").hidden == (16,)


def test_the_same_command_prints_the_same_and_trains_no_more(tmp_path):
    first, again = train(tmp_path), train(tmp_path)
    assert first.output == again.output
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 2


def test_training_starts_from_other_weights(tmp_path):
    first = train(tmp_path)
    assert first.exit_code == 0, first.output
    result = train(tmp_path / "next", "--from", tmp_path / "digits-dense.json")
    assert result.exit_code == 0, result.output
    cards = [json.loads((folder / "digits-dense.json").read_text()) for folder in (tmp_path, tmp_path / "next")]
    assert [run["command"] for run in cards[1]["chain"]] == [card["command"] for card in cards]
    assert cards[1]["chain"][1]["start_sha256"] == cards[1]["start_sha256"] == cards[0]["sha256"]
    assert "8 of 8 arrays from" in result.output
    figures = [json.loads((folder / "digits-dense.json").read_text())["figures"]["validation_mse"]
               for folder in (tmp_path, tmp_path / "next")]  # fmt: skip
    assert figures[1] < figures[0]
    weights = (tmp_path / "digits-dense.npz").read_bytes()
    result = train(tmp_path, "--from", tmp_path / "next" / "digits-dense.json")  # over the run that started afresh
    assert result.exit_code == 2 and "holds another run: start is None there" in " ".join(result.output.split())
    assert (tmp_path / "digits-dense.npz").read_bytes() == weights


def test_a_folder_says_what_it_leaves_out_and_has_a_name_where_its_path_has_none(tmp_path, monkeypatch):
    for number in range(4):
        picture = np.random.default_rng(number).integers(0, 256, (8, 8), "uint8")
        (tmp_path / "mine" / "train").mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(tmp_path / "mine" / "train" / f"{number}.png")
    (tmp_path / "mine" / "train" / "bad.png").write_bytes(b"no picture")
    monkeypatch.chdir(tmp_path / "mine")
    result = run("dense", "--data", ".", "--hidden", "16", "--epochs", 1)
    assert result.exit_code == 2 and "bad.png" in result.output and "--skip-bad" in result.output
    result = run("dense", "--data", ".", "--hidden", "16", "--epochs", 1, "--skip-bad")
    assert result.exit_code == 0, result.output
    assert load_autoencoder(tmp_path / "mine" / "mine-dense.json").hidden == (16,)
    assert all(words in result.stderr for words in ("train/ is trained on", "bad.png"))
    card = json.loads((tmp_path / "mine" / "mine-dense.json").read_text())
    assert "--hidden 16 --epochs 1 --skip-bad" in card["command"].replace("'(16,)'", "16")


@pytest.mark.parametrize(
    "more, words",
    [
        (["--epochs", 0], "epochs: expected at least 1"),
        (["--from", "nobody"], "no autoencoder is called 'nobody'"),
        (["--loss", "l2"], "is not one of"),
    ],
)
def test_wrong_options_are_usage_errors_in_words(tmp_path, more, words):
    result = train(tmp_path, *more)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


def test_unknown_data_are_refused_in_words(tmp_path):
    result = train(tmp_path, data="digit")
    assert result.exit_code == 2 and "did you mean 'digits'" in result.output


def test_units_that_collapse_are_named_with_what_helps_and_by_default_there_are_none(tmp_path):
    """A variance of 1 is above the variance of small digits along any direction, so that no code at all is best."""
    options = ["--data", "digits", "--latent-dim", 3, "--epochs", 6, "--learning-rate", 0.01]
    options += ["--options", "{'hidden': (32,)}"]
    by_default, fixed = (
        run("variational", *options, "--out", tmp_path, "--checkpoint", tmp_path / name, "--name", name, *more)
        for name, more in (("default", ()), ("fixed", ("--variance", 1)))
    )
    assert by_default.exit_code == fixed.exit_code == 0, by_default.output + fixed.output
    assert "note:" not in by_default.output
    cards = {name: json.loads((tmp_path / f"{name}.json").read_text()) for name in ("default", "fixed")}
    assert "notes" not in cards["default"] and min(cards["default"]["figures"]["kl_nats"]) > 0.1
    (note,) = cards["fixed"]["notes"]
    assert f"note: {note}" in fixed.output
    assert note.startswith("3 of 3 units of the code carry less than 0.1 nats") and "without a fixed variance" in note
    assert max(cards["fixed"]["figures"]["kl_nats"]) < 0.1
