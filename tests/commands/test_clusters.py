"""The commands compress and rd give the same bytes and figures on a Dask cluster of separate processes as here."""

import hashlib
import json
from pathlib import Path

import pytest
import tiny
from click.testing import CliRunner
from clusters import cluster
from odd import COLOUR, GRAY, hidden_noise, saved

from aewidgets.cli import main
from aewidgets.images.profiles import D65, SRGB_PRIMARIES, gamma_curve, rgb_profile
from aewidgets.images.reading import write_image
from aewidgets.system.cards import pack_weights

pytest.importorskip("distributed")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def loopback(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster")) as (address, _):
        yield address


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "tiny.json"
    data = pack_weights(tiny.trained().arrays)
    path.with_suffix(".npz").write_bytes(data)
    path.write_text(json.dumps({"sha256": hashlib.sha256(data).hexdigest()}))
    return path


@pytest.fixture
def photos(tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    (folder / "trip").mkdir(parents=True)
    write_image(COLOUR, folder / "cat.png")
    write_image(GRAY, folder / "trip" / "man.tif")
    write_image(hidden_noise(), folder / "trip" / "disc.png")
    monkeypatch.chdir(tmp_path)
    return folder


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}


@pytest.mark.slow
def test_a_folder_is_compressed_to_the_same_bytes_as_here_and_a_bad_file_stops_no_other(loopback, card, photos):
    (photos / "bad.png").write_bytes(b"no picture")
    wide = rgb_profile(SRGB_PRIMARIES, D65, gamma_curve(1.8))
    (photos / "trip" / "man.tif").write_bytes(saved(GRAY, "TIFF", icc_profile=wide))
    here = run("compress", "photos", "-o", "here", "--model", card, "--to-srgb")
    there = run("compress", "photos", "-o", "there", "--model", card, "--to-srgb", "--scheduler", loopback)
    assert (here.exit_code, there.exit_code) == (1, 1), there.output
    assert sorted(files(Path("there"))) == ["cat.aew", "trip/disc.aew", "trip/man.aew"]
    assert files(Path("there")) == files(Path("here"))
    assert sorted(there.stdout.splitlines()) == sorted(here.stdout.replace("here/", "there/").splitlines())
    assert "failed: photos/bad.png: " in there.stderr
    note = f"note: {Path('photos', 'trip', 'man.tif')}: converted to sRGB through its colour profile, rounded to 8 bits"
    assert note in here.stderr.splitlines() and note in there.stderr.splitlines()


@pytest.mark.parametrize("learned", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_rd_gives_the_same_figures_as_here(loopback, card, photos, learned):
    (photos / "bad.png").write_bytes(b"no picture")
    codecs = ("--codec", "jpeg", "--codec", "webp", *(("--codec", card) if learned else ()))
    options = ("photos", *codecs, "--quality", 30, "--quality", 80, "--json", "-")
    here, there = run("rd", *options), run("rd", *options, "--scheduler", loopback)
    assert (here.exit_code, there.exit_code) == (1, 1), there.output
    assert without_seconds(json.loads(there.stdout)) == without_seconds(json.loads(here.stdout))


def without_seconds(value):
    """Return JSON without measured times."""
    if isinstance(value, dict):
        return {k: without_seconds(v) for k, v in value.items() if k not in ("encode_s", "decode_s")}
    return [without_seconds(one) for one in value] if isinstance(value, list) else value


def test_paths_that_workers_do_not_see_are_named(photos, tmp_path):
    """A worker that sees no files is like one on a machine without that folder."""
    from aewidgets.commands.batches import _OnWorker
    from aewidgets.commands.tasks import Task

    seen = _OnWorker(lambda task: ("fine", False))
    assert seen(Task(photos / "cat.png", tmp_path / "cat.aew", True)) == ("fine", False)
    for task in (
        Task(tmp_path / "absent.png", tmp_path / "cat.aew", True),
        Task(photos / "cat.png", tmp_path / "absent" / "cat.aew", True),
    ):
        line, failed, _ = seen(task)
        assert failed and "absent" in line and line.endswith("a cluster's workers need the same paths")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--scheduler", "tcp://127.0.0.1:9"), "no Dask scheduler answers at tcp://127.0.0.1:9"),
        (("--scheduler", "localhost"), "expected a scheduler's address"),
        (("--scheduler", "tcp://127.0.0.1:9", "--jobs", "2"), "a cluster has workers of its own"),
    ],
)
def test_a_cluster_that_cannot_be_had_is_a_wrong_option(photos, card, monkeypatch, options, words):
    monkeypatch.setattr("aewidgets.system.spreading.clusters._CONNECTING", 1.0)
    result = run("compress", "photos", "-o", "out", "--model", card, *options)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
