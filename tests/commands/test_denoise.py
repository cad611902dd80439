"""Command `aewidgets denoise` on files and folders: less noise, alpha and bits kept, originals unchanged."""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage.data import camera, chelsea

from aewidgets.cli import main
from aewidgets.images.deep import DeepPicture, read_deep, write_deep
from aewidgets.images.metrics import psnr
from aewidgets.models.pretrained import save_pretrained
from aewidgets.models.residual_denoiser import ResidualDenoiser
from aewidgets.restoration.restoring import denoising_methods

CLEAN = chelsea()[100:200, 100:220]


def noisy(image, level=25):
    return np.clip(image + np.random.RandomState(0).normal(0, level, image.shape), 0, 255).round().astype("uint8")


def run(*arguments):
    return CliRunner().invoke(main, ["denoise", *map(str, arguments)])


def test_a_picture_comes_back_with_less_noise_and_its_alpha(tmp_path):
    alpha = camera()[:100, :120]
    Image.fromarray(np.dstack([noisy(CLEAN), alpha])).save(tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()
    result = run(tmp_path / "a.png", "-o", tmp_path / "b.png", "--noise-level", 25, "--method", "nlm")
    assert result.exit_code == 0, result.output
    assert "noise level 25.0, nlm" in result.output
    clean = np.array(Image.open(tmp_path / "b.png"))
    np.testing.assert_array_equal(clean[..., 3], alpha)
    assert psnr(CLEAN, clean[..., :3]) > psnr(CLEAN, noisy(CLEAN)) + 4
    assert (tmp_path / "a.png").read_bytes() == before


def test_sixteen_bits_stay_sixteen(tmp_path):
    samples = (noisy(CLEAN).astype("uint16") * 257) ^ 3
    write_deep(DeepPicture(samples), tmp_path / "a.tif")
    result = run(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--method", "tv")
    assert result.exit_code == 0, result.output
    clean = read_deep((tmp_path / "b.tif").read_bytes(), "b.tif").samples
    assert len(np.unique(clean)) > 1000  # of 8 bits there would be 256
    assert psnr(CLEAN, (clean // 257).astype("uint8")) > psnr(CLEAN, noisy(CLEAN)) + 3


def test_folders_become_folders_of_lossless_pictures(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    Image.fromarray(noisy(CLEAN)).save(tmp_path / "in" / "a.jpg")
    Image.fromarray(noisy(camera()[:64, :64])).save(tmp_path / "in" / "deep" / "b.webp", lossless=True)
    (tmp_path / "in" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    result = run(tmp_path / "in", "-o", tmp_path / "out", "--method", "wavelet")
    assert result.exit_code == 1
    assert "broken.png" in result.output
    assert sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.*")) == [
        "a.png", "deep/b.webp"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--noise-level", "300"], "from 0 to 255"),
        (["--noise-level", "loud"], "from 0 to 255"),
        (["--method", "magic"], "expected one of"),
    ],
)
def test_wrong_options_are_refused_in_words(tmp_path, arguments, words):
    result = run(tmp_path / "a.png", "-o", tmp_path / "b.png", *arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_an_output_is_asked_for(tmp_path):
    assert "--output" in run(tmp_path / "a.png").output


def test_methods_are_listed():
    result = run("--methods")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == list(denoising_methods())
    assert {"nlm", "tv", "ksvd"} <= set(denoising_methods())


def test_without_a_method_the_best_one_is_used(tmp_path):
    Image.fromarray(noisy(CLEAN)).save(tmp_path / "a.png")
    result = run(tmp_path / "a.png", "-o", tmp_path / "b.png")
    assert result.exit_code == 0, result.output
    assert f", {denoising_methods(3)[0]}, " in result.output


def test_a_trained_network_is_used_by_its_card(tmp_path):
    network = ResidualDenoiser(1, widths=(4, 8), blocks=(1, 1))  # it begins as the identity
    save_pretrained(network, tmp_path / "mine.npz", {})
    Image.fromarray(noisy(camera()[:40, :56])).save(tmp_path / "a.png")
    card = tmp_path / "mine.json"
    result = run(tmp_path / "a.png", "-o", tmp_path / "b.png", "--model", card, "--method", "blind")
    assert result.exit_code == 0, result.output
    np.testing.assert_array_equal(Image.open(tmp_path / "b.png"), Image.open(tmp_path / "a.png"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "no-such.json"], "no-such.json"),
        (["--model", "nobody"], "no denoiser is called 'nobody'"),
        (["--model", "x.json", "--method", "nlm"], "method nlm uses no network"),
    ],
)
def test_a_network_that_does_not_exist_is_refused_before_anything_is_read(tmp_path, arguments, words):
    Image.fromarray(camera()[:40, :56]).save(tmp_path / "a.png")
    result = run(tmp_path / "a.png", "-o", tmp_path / "b.png", *arguments)
    assert result.exit_code == 2
    assert words in result.output.replace("\n", " ")
    assert not (tmp_path / "b.png").exists()


def test_a_colour_picture_is_not_given_to_a_network_for_gray(tmp_path):
    save_pretrained(ResidualDenoiser(1, widths=(4, 8), blocks=(1, 1)), tmp_path / "mine.npz", {})
    Image.fromarray(chelsea()[:40, :56]).save(tmp_path / "a.png")
    result = run(tmp_path / "a.png", "-o", tmp_path / "b.png", "--model", tmp_path / "mine.json")
    assert result.exit_code == 1
    assert "expected one that denoises 3 channels" in result.output


STRANGER = """
from skimage.restoration import denoise_tv_chambolle

def smooth(image, sigma):
    return denoise_tv_chambolle(image, weight=sigma, channel_axis=-1)

def fails(image):
    raise OSError("no weights")

strength = 3
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_function_of_ones_own_is_named_by_file_and_object(tmp_path, jobs):
    (tmp_path / "stranger.py").write_text(STRANGER)
    (tmp_path / "in").mkdir()
    for name in "ab":
        Image.fromarray(noisy(CLEAN)).save(tmp_path / "in" / f"{name}.png")
    method = f"{tmp_path / 'stranger.py'}:smooth"
    arguments = ("--noise-level", 25, "--method", method, "--jobs", jobs)
    result = run(tmp_path / "in", "-o", tmp_path / f"out{jobs}", *arguments)
    assert result.exit_code == 0, result.output
    for name in "ab":
        clean = np.array(Image.open(tmp_path / f"out{jobs}" / f"{name}.png"))
        assert psnr(CLEAN, clean) > psnr(CLEAN, noisy(CLEAN)) + 4


@pytest.mark.parametrize(
    ("arguments", "words", "status"),
    [
        (["--method", "stranger.py:smoth"], "has no 'smoth'; did you mean 'smooth'?", 2),
        (["--method", "stranger.py:strength"], "expected the name of a method, a function", 2),
        (["--method", "no_such_module:smooth"], "no module is called 'no_such_module'", 2),
        (["--method", "stranger.py:fails", "--noise-level", "25"], "makes no use of one", 2),
        (["--method", "stranger.py:smooth", "--model", "x.json"], "uses no network", 2),
        (["--method", "stranger.py:fails"], "fails raised OSError: no weights", 1),
    ],
)
def test_an_object_that_is_no_method_is_refused_in_words(tmp_path, monkeypatch, arguments, words, status):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stranger.py").write_text(STRANGER)
    Image.fromarray(noisy(CLEAN)).save("a.png")
    result = run("a.png", "-o", "b.png", *arguments)
    assert result.exit_code == status
    assert words in " ".join(result.output.split())
