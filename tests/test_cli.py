"""The command line answers quickly, with exact exit codes, and names what failed."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from skimage.data import astronaut, chelsea

from aewidgets.cli import COMMANDS, main
from aewidgets.images.reading import write_image
from aewidgets.studies.rate.curve_files import from_compressai, from_json

FEW = ["--quality", "20", "--quality", "50", "--quality", "90"]


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def folder(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    write_image(astronaut()[:180, :240], photos / "astronaut.png")
    write_image(chelsea()[:180, :200], photos / "chelsea.png")
    return photos


def test_help_lists_every_command_and_imports_none_of_them():
    code = (
        "import sys, click.testing, aewidgets.cli as c;"
        "r = click.testing.CliRunner().invoke(c.main, ['--help']); assert r.exit_code == 0;"
        "assert all(n in r.output for n in c.COMMANDS);"
        "print([m for m in ('keras', 'numpy', 'PIL', 'rich', 'aewidgets.commands') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_answers_help(name):
    result = run(name, "--help")
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: main {name}")


def test_unknown_commands_are_usage_errors():
    assert run("compres").exit_code == 2


def test_rd_prints_points_and_bd_rates(folder):
    result = run("rd", folder, "--codec", "jpeg", "--codec", "webp", "--codec", "png", *FEW)
    assert result.exit_code == 0, result.output
    assert "worst image of webp against jpeg" in result.output
    assert "2 images, all bytes counted" in result.output
    assert sum(line.strip().startswith("jpeg ") for line in result.output.splitlines()) >= 3


def test_rd_writes_json_page_and_curves_that_can_be_compared_again(folder, tmp_path):
    out, curves, page = tmp_path / "rd.json", tmp_path / "curves", tmp_path / "rd.html"
    options = ["--json", out, "--curves-out", curves, "--plot", page]
    result = run("rd", folder, "--codec", "webp", "--quality", "webp=20", "--quality", "webp=90", *options)
    assert result.exit_code == 0, result.output
    study = from_json(out.read_text())
    assert [p.quality for p in study.curve("webp").points] == [20, 90]
    curve = from_compressai((curves / "webp.json").read_text())
    assert curve.rates_and_psnr == study.curve("webp").rates_and_psnr
    assert "Plotly.newPlot" in page.read_text()

    again = run("rd", folder, "--codec", "jpeg", *FEW, "--curve", curves / "webp.json", "--json", "-")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["codecs"]["webp"]["bd_rates"]["jpeg"]["percent"] < 0


def test_rd_measures_a_codec_of_ones_own(folder, tmp_path, monkeypatch):
    (tmp_path / "mine_for_rd.py").write_text(
        "import zlib\nimport numpy\n\nclass Mine:\n    name, qualities, unit = 'mine', (1, 8), 'bits'\n"
        "    def encode(self, image, quality):\n"
        "        return bytes([image.ndim, 8 - quality]) + b''.join(s.to_bytes(2, 'big') for s in image.shape[:2]) + "
        "zlib.compress((image >> 8 - quality).tobytes())\n"
        "    def decode(self, data):\n"
        "        shape = [data[2] * 256 + data[3], data[4] * 256 + data[5]] + [3] * (data[0] - 2)\n"
        "        return numpy.frombuffer(zlib.decompress(data[6:]), 'uint8').reshape(shape) << data[1]\n"
    )
    monkeypatch.chdir(tmp_path)
    for codec in ("mine_for_rd:Mine", str(tmp_path / "mine_for_rd.py") + ":Mine"):
        result = run("rd", folder, "--codec", codec, "--codec", "jpeg", "--quality", "mine=4", "--json", "-")
        assert result.exit_code == 0, result.output
        (point,) = json.loads(result.stdout)["codecs"]["mine"]["points"]
        assert point["quality"] == 4 and 0 < point["bpp"] < 12
    refused = run("rd", folder, "--codec", "mine_for_rd:Other")
    assert refused.exit_code == 2 and "mine_for_rd" in refused.stderr and "has no 'Other'" in refused.stderr


def test_rd_takes_files_and_limits(folder):
    files = sorted(folder.iterdir())
    for source in (files, [folder, "--limit", "2"]):
        result = run("rd", *source, "--codec", "jpeg", "--quality", "50", "--json", "-")
        assert json.loads(result.stdout)["images"] == ["astronaut", "chelsea"]


def test_rd_names_bad_files_goes_on_and_exits_with_one(folder):
    (folder / "broken.png").write_bytes(b"no picture")
    result = run("rd", folder, "--codec", "jpeg", "--quality", "50", "--json", "-")
    assert result.exit_code == 1
    assert "broken.png: not a picture" in result.stderr
    assert json.loads(result.stdout)["images"] == ["astronaut", "chelsea"]


def test_rd_says_which_pictures_of_a_folder_it_does_not_take(folder):
    (folder / "IMG_1.heic").write_bytes(b"")
    result = run("rd", folder, "--codec", "jpeg", "--quality", "50", "--json", "-")
    assert result.exit_code == 0 and json.loads(result.stdout)["images"] == ["astronaut", "chelsea"]
    assert result.stderr.startswith("note: ") and "IMG_1.heic" in result.stderr


@pytest.mark.parametrize("option", ["--json", "--plot", "--curves-out"])
def test_rd_checks_its_places_before_it_measures(folder, option):
    place = folder if option != "--curves-out" else folder / "astronaut.png" / "curves"
    result = run("rd", folder, "--codec", "jpeg", option, place)
    assert result.exit_code == 2 and option in result.stderr
    assert any(words in result.stderr for words in ("is a folder", "is a directory", "nothing can be written into"))


def test_rd_with_nothing_but_bad_files_exits_with_one(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    result = run("rd", tmp_path, "--codec", "jpeg", "--quality", "50")
    assert result.exit_code == 1
    assert "none of 1 images could be measured" in result.stderr


def test_rd_asks_for_plotly_before_it_measures(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.delitem(sys.modules, "aewidgets.studies.plots", raising=False)
    monkeypatch.delattr("aewidgets.studies.plots", raising=False)
    result = run("rd", "bundled", "--plot", tmp_path / "rd.html")
    assert result.exit_code == 2
    assert "pip install 'aewidgets[report]'" in result.stderr


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["nowhere"], "neither a data set nor a folder"),
        (["kodac"], "did you mean 'kodak'"),
        (["bundled", "--codec", "gif"], "no codec is called"),
        (["bundled", "--codec", "jpeg", "--quality", "good"], "expected a number"),
        (["bundled", "--codec", "jpeg", "--quality", "webp=3"], "not among the codecs"),
        (["bundled", "--codec", "jpeg", "--anchor", "webp"], "not among the codecs"),
        (["bundled", "--json", "absent/rd.json"], "make it first"),
        (["bundled", "--codec", "jpeg", "--curve", __file__], "expected JSON"),
        ([], "Missing argument"),
    ],
)
def test_rd_refuses_wrong_usage_with_two(arguments, words):
    result = run("rd", *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


def test_data_lists_sets_with_licence_and_use():
    result = run("data")
    assert result.exit_code == 0
    assert "kodak" in result.stdout and "report once; never train" in result.stdout


def test_data_as_json_says_what_is_here(monkeypatch, tmp_path):
    monkeypatch.delenv("AEWIDGETS_DATA", raising=False)
    monkeypatch.setenv("AEWIDGETS_CACHE", str(tmp_path))
    (tmp_path / "set12").mkdir()
    for number in range(12):
        write_image(chelsea()[:20, :20], tmp_path / "set12" / f"{number}.png")
    rows = {row["name"]: row for row in json.loads(run("data", "--json").stdout)}
    assert rows["bundled"]["present"] and not rows["kodak"]["present"]
    assert rows["set12"]["path"] == str(tmp_path / "set12")
    assert {"licence", "use", "address", "count"} <= set(rows["kodak"])
