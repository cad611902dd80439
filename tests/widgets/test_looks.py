"""Colours and dashes of codecs and methods: apart for all eyes, legible on both papers, those of one's own too."""

import json
import shutil
import subprocess
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from aewidgets.classical import CLASSICAL
from aewidgets.codec.registry import codec_names
from aewidgets.studies.restoration.points import method_choices

#: Linear RGB as seen without one kind of cone: Machado, Oliveira and Fernandes 2009, table 1, severity 1.
EYES = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]
    ],
}  # fmt: skip
CORRUPTIONS = {"noise": "gaussian", "jpeg": "jpeg", "blur": "blur", "inpainting": "missing", "low-light": "low-light"}
#: What letters and curves stand on: pages and cards of core.css.
PAPERS = {False: ["#ffffff", "#f7f8fa"], True: ["#15181c", "#1d2126"]}
ASK = (
    "const [module, names] = process.argv.slice(1);"
    "const { lookOf } = await import(module);"
    "const choices = JSON.parse(names).map((name) => ({ name }));"
    "const looks = [false, true].map((dark) => choices.map(({ name }) => lookOf(name, dark, choices)));"
    "console.log(JSON.stringify(looks))"
)
OWN = ["mine", "another", "a third"]
CODECS = "codecs"  # beside the tasks


def looks(repository: Path, names: list[str], of: str) -> list[list[dict]]:
    """{colour, dash} of each, on light pages and on dark ones."""
    if not shutil.which("node"):
        pytest.skip("no node to read the module with")
    module = "studio/colours" if of == CODECS else "denoise/words"
    path = (repository / "js" / "src" / f"{module}.js").as_uri()
    command = ["node", "--input-type=module", "-e", ASK, path, json.dumps(names)]
    run = subprocess.run(command, cwd=repository / "js", capture_output=True, text=True, timeout=60, check=True)
    return json.loads(run.stdout)


def methods(task: str) -> list[str]:
    """All that curves of a task may be of, with what not every installation has, and with three of one's own."""
    if task == CODECS:
        return list(dict.fromkeys([*codec_names(), "jxl", *OWN]))
    choices = [choice.name for choice in method_choices(CORRUPTIONS[task], 3) if choice.name != "original"]
    classical = [name for name, method in CLASSICAL.items() if task in method.tasks]
    learned = ["learned", "blind", "learned-8"] if task == "noise" else ["learned"]
    return list(dict.fromkeys([*choices, *classical, *learned, *OWN]))


def linear(colours: list[str]) -> np.ndarray:
    """(n, 3) in [0, 1], light as it adds up."""
    encoded = np.array([[int(c[at : at + 2], 16) / 255 for at in (1, 3, 5)] for c in colours])
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def differences(colours: list[str], eyes: str) -> np.ndarray:
    """CIEDE2000 between all of them, as such eyes see them."""
    seen = np.clip(linear(colours) @ np.asarray(EYES[eyes]).T, 0, 1)
    encoded = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = rgb2lab(encoded[None])[0]
    return deltaE_ciede2000(lab[:, None], lab[None])


@pytest.mark.parametrize("task", [*CORRUPTIONS, CODECS])
@pytest.mark.parametrize("eyes", EYES)
def test_any_two_codecs_and_any_two_methods_of_a_task_are_apart_for_all_eyes_on_light_and_dark_pages(
    repository: Path, task: str, eyes: str
):
    names = methods(task)
    assert len(names) >= {"noise": 13, CODECS: 11}.get(task, 6)
    for own in looks(repository, names, task):
        between = differences([look["colour"] for look in own], eyes)
        for i, j in combinations(range(len(names)), 2):
            # Colours close to each other have other dashes.
            least = 13 if own[i].get("dash") == own[j].get("dash") else 9
            assert between[i, j] > least, f"{names[i]} and {names[j]}: {own[i]} and {own[j]}"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("task", [*CORRUPTIONS, CODECS])
def test_letters_in_the_colour_of_a_method_or_codec_are_legible(repository: Path, task: str, dark: bool):
    """WCAG 2.2, 1.4.3: a contrast of 4.5."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    for look in looks(repository, methods(task), task)[dark]:
        for paper in PAPERS[dark]:
            low, high = sorted((linear([look["colour"], paper]) @ weights).tolist())
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{look['colour']} on {paper}"
