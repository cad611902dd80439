"""Without the packages of extras, each public name and each command works, or says in words what to install."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from aewidgets.system.extras import EXTRAS, ExtraError, extras_in_words

HIDDEN = f"""
import sys
from importlib.machinery import PathFinder

hidden = {sorted({*EXTRAS, "dask", "distributed", "imagecodecs"})}

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, *where):
        return None if name.split(".")[0] in hidden else super().find_spec(name, *where)

sys.meta_path[:] = [Without if finder is PathFinder else finder for finder in sys.meta_path]
"""
NAMES = """
import importlib, json
import aewidgets, aewidgets.studies
said = {}
tries = [(p.__name__, n) for p in (aewidgets, aewidgets.studies) for n in p.PUBLIC]
tries += [("aewidgets." + m, None) for m in ("selection", "widgets", "studies.plots", "reports", "pillow")]
for module, name in tries:
    try:
        found = importlib.import_module(module)
        if name:
            getattr(found, name)
        said[f"{module}.{name}"] = ""
    except ImportError as error:
        said[f"{module}.{name}"] = str(error)
print(json.dumps(said))
"""
COMMANDS = """
import json, os
from aewidgets.cli import main
os.chdir(sys.argv[1])
for words in json.loads(sys.argv[2]):
    try:
        main(words)
    except SystemExit as end:
        print("exit", end.code or 0, flush=True)
"""
#: Public names that the codec alone has.
LIGHT = {
    "compress", "compress_to", "decompress", "decompress_arriving", "thumbnail", "get_codec", "available_codecs",
    "BitstreamError", "IncompleteError", "psnr", "ssim", "ms_ssim", "bits_per_pixel", "bd_rate", "rate_distortion",
    "load_images", "read_image", "write_image", "to_float", "to_uint8", "ImageError",
}  # fmt: skip


def fresh(code, *arguments, hide=()):
    """Run code in a new interpreter without the packages of extras and those named, and return what it did."""
    whole = f"{HIDDEN}\nhidden += {list(hide)}\n{code}"
    return subprocess.run([sys.executable, "-c", whole, *map(str, arguments)], capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one picture."""
    ramp = np.add.outer(np.arange(48), 2 * np.arange(64)).astype("uint8")
    Image.fromarray(np.dstack([ramp, ramp[::-1], ramp])).save(tmp_path / "a.png")
    return tmp_path


def test_each_public_name_loads_or_says_which_extra_it_needs():
    run = fresh(NAMES)
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert {name for name, words in said.items() if words and "pip install 'aewidgets[" not in words} == set()
    assert {name for name in LIGHT if said[f"aewidgets.{name}"]} == set()
    assert not said["aewidgets.pillow.None"] and not said["aewidgets.reports.None"]
    assert "aewidgets.train needs" in said["aewidgets.train"]


@pytest.mark.parametrize("missing", [(), ("constriction",)], ids=["extras", "extras and constriction"])
def test_the_codec_works_by_itself_on_the_command_line(folder, missing):
    commands = [
        ["compress", "a.png", "-o", "a.aew"],
        ["decompress", "a.aew", "-o", "b.png"],
        ["info", "a.aew"],
        ["rd", "a.png", "--codec", "learned", "--codec", "jpeg", "--quality", "40", "--quality", "80"],
        ["data"],
    ]
    run = fresh(COMMANDS, folder, json.dumps(commands), hide=missing)
    assert run.stdout.count("exit 0") == len(commands), run.stderr
    with Image.open(folder / "b.png") as decoded:
        assert decoded.size == (64, 48)


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["compress", "a.png", "-o", "e.aew", "--effort", "5"], "tensorflow"),
        (["denoise", "a.png", "-o", "d.png"], "classical"),
        (["train", "codec", "a.png", "--out", "model"], "tensorflow"),
        (["report", "04-compression", "--out", "reports"], "report"),
        (["models"], "tensorflow"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else value,
)
def test_a_command_that_needs_an_extra_says_so_in_a_line(folder, words, extra):
    run = fresh(COMMANDS, folder, json.dumps([words]))
    assert run.stdout.strip() in ("exit 1", "exit 2")
    assert f"pip install 'aewidgets[{extra}]'" in run.stderr and "Traceback" not in run.stderr


def test_pictures_are_coded_where_no_thread_and_no_process_starts(folder):
    """As in Pyodide, which has no constriction either."""
    code = """
    import threading
    def refused(*arguments, **options): raise RuntimeError("can't start new thread")
    threading.Thread.start = refused
    import aewidgets
    image = aewidgets.read_image(sys.argv[1] + "/a.png")
    assert aewidgets.decompress(aewidgets.compress(image)).shape == image.shape
    """.replace("\n    ", "\n")
    run = fresh(code, folder, hide=("constriction", "multiprocessing", "_multiprocessing"))
    assert run.returncode == 0, run.stderr


def test_only_packages_of_extras_are_put_in_words():
    with pytest.raises(ExtraError, match=r"^the map needs umap-learn, .*pip install 'aewidgets\[umap\]'"):  # noqa: SIM117
        with extras_in_words("the map"):
            raise ModuleNotFoundError("No module named 'umap.core'", name="umap.core")
    with pytest.raises(ModuleNotFoundError, match="'other'"):  # noqa: SIM117
        with extras_in_words("the map"):
            raise ModuleNotFoundError("No module named 'other'", name="other")
