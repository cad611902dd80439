"""The decoder in JavaScript, run in Node: the symbols of Python, its pictures to one level, and the same refusals."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

import aewidgets
from aewidgets.codec.coding.container import parse

JS = Path(__file__).resolve().parents[2] / "js" / "decode"
GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FAMILIES = ("factorised", "hyperprior", "passes", "trellis")
pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="no node: the decoder in JavaScript is not run")


def run(files: list[Path], weights: Path | None = None, **options) -> list[dict]:
    """Return what Node answers for each file; its pixels lie beside it."""
    asked = {"files": [str(path) for path in files], "weights": weights and str(weights), **options}
    done = subprocess.run(
        ["node", str(JS / "run.mjs")], input=json.dumps(asked), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def pixels(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    return np.fromfile(f"{path}.pixels", "uint8").reshape(shape)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The decoder's share of the weights of `photo`."""
    path = tmp_path_factory.mktemp("share") / "photo.npz"
    subprocess.run([sys.executable, str(JS / "share.py"), "photo", str(path)], check=True, capture_output=True)
    assert path.stat().st_size < 4_500_000
    return path


@pytest.mark.parametrize("simd", [True, False])
@pytest.mark.parametrize("family", FAMILIES)
def test_golden_files_have_the_symbols_of_python(family: str, simd: bool, tmp_path: Path):
    pinned = json.loads((GOLDEN / "pinned.json").read_text(encoding="utf-8"))
    files = [Path(shutil.copy(path, tmp_path)) for path in sorted(GOLDEN.glob(f"{family}-*.aew"))]
    assert len(files) >= 4
    fingerprint = parse(files[0].read_bytes()).fingerprint.hex()
    for path, got in zip(
        files, run(files, GOLDEN / f"{family}.npz", fingerprint=fingerprint, simd=simd, latents=True), strict=True
    ):
        assert [got["latents"], got["symbols"]] == pinned[path.stem]["latents"], path.stem


def pictures() -> dict[str, tuple[np.ndarray, dict]]:
    """Return pictures of all shapes that a file may have, and how each is compressed."""
    from skimage.data import astronaut

    colour = astronaut()[40:168, 150:313]
    slope = np.broadcast_to(np.arange(163, dtype="uint8"), (128, 163))
    noise = np.random.default_rng(0).integers(0, 256, (37, 21, 4), dtype="uint8")
    return {
        "low": (colour, {"quality": 5}), "high": (colour, {"quality": 97}), "gray": (colour[..., 0], {}),
        "alpha": (np.dstack([colour, slope]), {}), "gray-alpha": (np.dstack([colour[..., 0], slope]), {}),
        "opaque": (np.dstack([colour, np.full_like(slope, 255)]), {}), "thin": (colour[:1], {"quality": 80}),
        "lossless": (colour, {"lossless": True}), "lossless-gray": (colour[..., 1], {"lossless": True}),
        "lossless-alpha": (noise, {"lossless": True}), "near": (colour, {"max_error": 3}),
        "drawn": (np.kron(np.random.default_rng(1).integers(0, 3, (9, 8)), np.ones((7, 6))).astype("uint8") * 90, {}),
        "flat": (np.full((40, 50, 3), 7, "uint8"), {}), "dot": (np.zeros((1, 1, 3), "uint8"), {}),
    }  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("simd", [True, False])
def test_pictures_are_those_of_python_to_one_level_and_lossless_ones_exactly(
    weights: Path, simd: bool, tmp_path: Path
):
    files, expected = [], []
    for name, (image, options) in pictures().items():
        data = aewidgets.compress(image, **options)
        files.append(tmp_path / f"{name}.aew")
        files[-1].write_bytes(data)
        expected.append(np.asarray(aewidgets.decompress(data)))
    for path, got, want in zip(files, run(files, weights, simd=simd), expected, strict=True):
        channels = 1 if want.ndim == 2 else want.shape[2]
        assert (got["height"], got["width"], got["channels"]) == (*want.shape[:2], channels), path.stem
        off = np.abs(pixels(path, want.shape).astype(int) - want)
        assert off.max() <= (0 if "maxError" in got else 1), path.stem
        if want.ndim == 3 and channels in (2, 4):
            assert not off[..., -1].any(), path.stem


def test_a_file_that_is_still_arriving_shows_more_and_more(tmp_path: Path):
    path = Path(shutil.copy(GOLDEN / "trellis-colour-high.aew", tmp_path))
    fingerprint = parse(path.read_bytes()).fingerprint.hex()
    shares = [0.01, 0.3, 0.6, 0.9, 1]
    (got,) = run([path], GOLDEN / "trellis.npz", fingerprint=fingerprint, shares=shares)
    groups = [0 if count == "IncompleteError" else count for count in got["counts"]]
    assert groups[0] == 0 and 0 < groups[3] < groups[4] == 3
    assert groups == sorted(groups)


@pytest.mark.parametrize("shape", [(45, 38), (45, 38, 3)])
def test_deep_samples_are_those_of_python_nearly_and_lossless_ones_are_refused_in_words(
    weights: Path, shape: tuple[int, ...], tmp_path: Path
):
    smooth = np.add.outer(np.arange(45) * 900, np.arange(38) * 600)
    image = (smooth if len(shape) == 2 else np.stack([smooth, smooth[::-1], smooth[:, ::-1]], -1)).astype("uint16")
    files = [tmp_path / "deep.aew", tmp_path / "exact.aew"]
    files[0].write_bytes(aewidgets.compress(image, 70))
    files[1].write_bytes(aewidgets.compress(image, lossless=True))
    got, refused = run(files, weights)
    want = np.asarray(aewidgets.decompress(files[0].read_bytes()))
    assert got["depth"] == 16 and want.dtype == np.uint16
    shown = np.fromfile(f"{files[0]}.pixels", "<u2").reshape(shape)
    assert np.abs(shown.astype(int) - want).max() <= 4
    assert refused["name"] == "BitstreamError" and "16 bits" in refused["error"]


def test_a_colour_profile_comes_along(tmp_path: Path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(np.zeros((9, 9, 3), "uint8")).save(tmp_path / "a.png", icc_profile=profile)
    (tmp_path / "a.aew").write_bytes(aewidgets.compress(tmp_path / "a.png"))
    assert run([tmp_path / "a.aew"])[0]["icc"] == len(profile)


def test_changed_files_are_refused_or_decoded_and_never_break_the_decoder():
    files = [GOLDEN / f"trellis-{name}.aew" for name in ("colour-low", "gray", "one-pixel")]
    fingerprint = parse(files[0].read_bytes()).fingerprint.hex()
    counts = run(files, GOLDEN / "trellis.npz", fingerprint=fingerprint, mutations=150)
    assert [one["other"] for one in counts] == [[], [], []]
    assert all(one["refused"] > 100 for one in counts)


def test_lossless_samples_that_are_damaged_are_refused(tmp_path: Path):
    rng = np.random.default_rng(2)
    noise, few = rng.integers(0, 256, (16, 15, 4), dtype="uint8"), rng.integers(0, 4, (33, 31), dtype="uint8") * 60
    files = [tmp_path / "noise.aew", tmp_path / "few.aew"]
    for path, image in zip(files, (noise, few), strict=True):
        path.write_bytes(aewidgets.compress(image, lossless=True))
    counts = run(files, mutations=300)
    assert [one["other"] for one in counts] == [[], []]


def test_what_is_wrong_is_said_in_the_words_of_python(tmp_path: Path):
    whole = (GOLDEN / "trellis-gray.aew").read_bytes()
    wrong = {
        "png.aew": b"\x89PNG\r\n\x1a\n" + bytes(20), "new.aew": whole[:3] + b"\x02" + whole[4:],
        "cut.aew": whole[:-3], "bit.aew": whole[:40] + bytes([whole[40] ^ 1]) + whole[41:],
    }  # fmt: skip
    for name, data in wrong.items():
        (tmp_path / name).write_bytes(data)
    answers = run([tmp_path / name for name in wrong])
    assert {one["name"] for one in answers} == {"BitstreamError"}
    words = [one["error"] for one in answers]
    assert "does not start with 'AEW'" in words[0] and "version 2" in words[1]
    assert "checksum" in words[2] and "checksum" in words[3]


def test_the_kernel_is_that_of_its_source(tmp_path: Path):
    if not (JS.parent / "node_modules" / "wabt").is_dir():
        pytest.skip("no wabt: cd js && npm ci, and the WebAssembly kernel is compared with its source")
    subprocess.run(["node", "build.mjs", str(tmp_path / "kernel.js")], cwd=JS, check=True, capture_output=True)
    built = (JS / "src" / "kernel.wasm.js").read_text(encoding="utf-8")
    assert (tmp_path / "kernel.js").read_text(encoding="utf-8") == built
    assert base64.b64decode(built.split('"')[1]).startswith(b"\0asm")
