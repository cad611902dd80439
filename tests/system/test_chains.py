"""Every shipped card names all training runs behind its weights, from the first, which begins from nothing."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import aewidgets
from aewidgets.system.cards import chain_of, read_card, write_weights

WEIGHTS = Path(aewidgets.__file__).parent / "weights"
CARDS = sorted(WEIGHTS.rglob("*.json"))


def words(command: str) -> list[str]:
    """Return the words of a command; fails for one that is no training."""
    found = command.split()
    assert found[:2] == ["aewidgets", "train"]
    return found


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_the_chain_of_a_shipped_card_leads_from_nothing_to_its_weights(path: Path):
    card = read_card(path)
    chain = chain_of(card)
    assert "--from" not in words(chain[0]["command"]) and "start_sha256" not in chain[0]
    for before, run in pairwise(chain):
        assert "--from" in words(run["command"])
        assert run["start_sha256"] == before["sha256"]
    last = chain[-1]
    assert (last["command"], last["sha256"]) == (card["command"], card["sha256"])
    for option in {"--seed", "--steps"} & set(words(card["command"])):
        settings = {**card.get("recipe", {}), **card}
        assert words(card["command"])[words(card["command"]).index(option) + 1] == str(settings[option[2:]])
    start = card.get("start_sha256") or (card["start"] or {}).get("fingerprint")
    assert (start is None) == (len(chain) == 1)
    assert start is None or last["start_sha256"].startswith(start)


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_a_run_of_a_chain_says_how_long_it_took_or_that_this_is_not_known(path: Path):
    for run in chain_of(read_card(path)):
        assert run.get("seconds", 0) > 0 or "not known" in run["note"]


def test_a_new_run_is_added_to_the_chain_of_the_weights_that_it_started_from(tmp_path: Path):
    arrays = {"w": np.zeros(3, "float32")}
    first = write_weights(tmp_path / "a.npz", arrays, {"command": "aewidgets train codec x", "seconds": 5})
    arrays["w"] += 1
    again = {"command": "aewidgets train codec x --from a.json", "seconds": 7, "chain": chain_of(first)}
    second = write_weights(tmp_path / "b.npz", arrays, again)
    third = write_weights(tmp_path / "b.npz", arrays, again | {"figures": {}})  # measured and written once more
    assert [run["seconds"] for run in second["chain"]] == [5, 7]
    assert second["chain"] == third["chain"] == chain_of(json.loads((tmp_path / "b.json").read_text()))
    assert second["chain"][1]["start_sha256"] == first["sha256"] == first["chain"][0]["sha256"]


def test_weights_of_one_run_and_of_no_command_have_the_chain_that_follows():
    assert chain_of({"sha256": "00"}) == []
    (run,) = chain_of({"sha256": "00", "command": "aewidgets train codec x", "seed": 1})
    assert run == {"sha256": "00", "command": "aewidgets train codec x"}
