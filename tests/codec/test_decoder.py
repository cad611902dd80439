"""The decoder on NumPy: the pictures of Keras without it in the process, in tiles as at once, in little memory."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import tiny

from aewidgets.codec import compression, zoo
from aewidgets.codec.coding.container import BitstreamError, parse
from aewidgets.codec.coding.integer import analysis, grids, synthesis
from aewidgets.codec.coding.quality import stored_quality

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=["hyperprior", "factorised"])
def codec(request):
    return tiny.trained(request.param)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype("uint8")


def astronaut():
    from skimage.data import astronaut

    return astronaut()


@pytest.mark.parametrize("quality", [1, 50, 100])
def test_numpy_and_keras_pictures_differ_by_at_most_one_level(codec, quality):
    stored = stored_quality(quality)
    encoded = codec.encode(astronaut()[40:200, 130:354], stored)
    ours = codec.picture(encoded.y_hat, encoded.symbols, stored).astype("int16")
    theirs = codec.halves.picture(encoded.y_hat, encoded.symbols, stored).astype("int16")
    assert np.abs(ours - theirs).max() <= 1
    assert np.mean(ours != theirs) < 1e-3


def _shipped():
    return [zoo.load(name) for name in zoo.names()]


@pytest.mark.parametrize("quality", [50, *(pytest.param(q, marks=pytest.mark.slow) for q in (5, 95))])
def test_shipped_weights_give_the_picture_of_keras_on_photographs(data_root, quality):
    from aewidgets.images.sets import load_images

    stored = stored_quality(quality)
    for model in _shipped():
        for _, image in load_images("kodak", limit=1):
            encoded = model.encode(image, stored)
            ours, theirs = (p(encoded.y_hat, encoded.symbols, stored) for p in (model.picture, model.halves.picture))
            assert np.abs(ours.astype("int16") - theirs).max() <= 1


@pytest.mark.parametrize("shape", [(23, 17), (1, 40), (40, 1), (9, 9)])
def test_tiles_of_a_picture_are_those_of_the_whole(codec, shape):
    """Random latents of large magnitude: a margin that is too small by one sample shows."""
    rng = np.random.default_rng(3)
    symbols = rng.integers(-40, 41, (*shape, 24)).astype("int32")
    whole = codec.synthesis.picture(symbols * 64, symbols, 30000, side=64).astype("int16")
    for side in (3, 8):
        tiled = codec.synthesis.picture(symbols * 64, symbols, 30000, side=side)
        assert np.abs(whole - tiled).max() <= 1
        assert np.mean(whole != tiled) < 1e-3


@pytest.mark.parametrize("number", range(3))
def test_smaller_margins_would_be_seen(codec, number, monkeypatch):
    """At each of the three scales, so that the test above does test them."""
    rng = np.random.default_rng(4)
    symbols = rng.integers(-40, 41, (20, 20, 24)).astype("int32")
    stacks = codec.synthesis.stacks(30000)
    whole = codec.synthesis.picture(symbols * 64, symbols, 30000, side=64)
    right = synthesis.reach
    shorter = 2  # samples: half a position of the next coarser scale may hide one
    monkeypatch.setattr(synthesis, "reach", lambda stack: right(stack) - shorter * (len(stack) == len(stacks[number])))
    assert np.mean(whole != codec.synthesis.picture(symbols * 64, symbols, 30000, side=5)) > 1e-3


@pytest.mark.parametrize("shape", [(320, 480), (16, 700), (401, 333)])
def test_latents_of_tiles_are_those_of_the_whole(codec, shape):
    image = noise(*shape)
    y, z = codec.analysis.latents(image, 30000, side=1000)
    tiled_y, tiled_z = codec.analysis.latents(image, 30000, side=8)
    np.testing.assert_allclose(tiled_y, y, atol=1e-4)
    assert (z is None) == (tiled_z is None)
    if z is not None:
        np.testing.assert_allclose(tiled_z, z, atol=1e-4)


def test_an_analysis_margin_smaller_by_one_would_be_seen(codec, monkeypatch):
    image = noise(320, 480)
    y, _ = codec.analysis.latents(image, 30000, side=1000)
    monkeypatch.setattr(analysis, "MARGIN", analysis.MARGIN - 1)
    assert np.abs(codec.analysis.latents(image, 30000, side=8)[0] - y).max() > 1e-4


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("buffer", [1, 300, 1 << 18])
def test_blocks_of_a_convolution_are_those_of_the_whole(workers, buffer, monkeypatch):
    rng = np.random.default_rng(5)
    x, kernel = rng.integers(-9, 9, (21, 300, 4)).astype("int16"), rng.integers(-9, 9, (3, 3, 4, 5)).astype("float32")
    monkeypatch.setattr(grids, "WORKERS", workers)
    grids._pool.cache_clear()
    monkeypatch.setattr(grids, "BUFFER", buffer)
    expected = sum(
        np.einsum("hwc,co->hwo", x[i : i + 19, j : j + 298].astype("int64"), kernel[i, j].astype("int64"))
        for i in range(3)
        for j in range(3)
    )
    np.testing.assert_array_equal(grids.convolve(x, kernel, lambda y: None), expected)


def test_tiles_cover_a_grid_once():
    seen = np.zeros((37, 50), int)
    for tile in grids.tiles(37, 50, 16):
        seen[tile.region()] += 1
        rows, columns = tile.region(2, 3)
        assert rows.start >= 0 and rows.stop <= 74
        assert columns.start >= 0 and columns.stop <= 100
    assert (seen == 1).all()


def test_space_to_depth_inverts_depth_to_space():
    x = np.random.default_rng(6).normal(size=(3, 5, 48))
    np.testing.assert_array_equal(grids.space_to_depth(grids.depth_to_space(x, 4), 4), x)


def fresh(code, *arguments):
    """Runs code in a new interpreter and returns what it printed."""
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


HEAVY = "sorted({'keras', 'tensorflow', 'jax', 'torch', 'scipy', 'skimage'} & set(sys.modules))"


def test_decoding_loads_no_keras(card, tmp_path):
    image = astronaut()[40:168, 130:322]
    codec = zoo.load(card)
    data = codec.compress(image, 50)
    (tmp_path / "x.aew").write_bytes(data)
    printed = fresh(
        f"""
        import sys
        import numpy as np
        from aewidgets.codec import zoo
        codec, data = zoo.load(sys.argv[1]), open(sys.argv[2], "rb").read()
        np.save(sys.argv[3], codec.decompress(data))
        codec.thumbnail(data)
        codec.bit_map(data)
        print({HEAVY})
        """,
        card,
        tmp_path / "x.aew",
        tmp_path / "x.npy",
    )
    assert printed.strip() == "[]"
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), codec.decompress(data))


@pytest.mark.parametrize("command", [["info", "x.aew"], ["decompress", "x.aew", "-o", "x.png", "--model"]])
def test_commands_that_read_load_no_keras(card, tmp_path, command):
    data = zoo.load(card).compress(noise(40, 56), 50)
    (tmp_path / "x.aew").write_bytes(data)
    arguments = [str(tmp_path / a) if a.startswith("x.") else a for a in command]
    arguments += [card] if arguments[-1] == "--model" else []
    printed = fresh(
        f"""
        import sys
        from aewidgets.cli import main
        try:
            main(sys.argv[1:])
        except SystemExit as end:
            print("exit", end.code or 0)
        print({HEAVY})
        """,
        *arguments,
    )
    assert printed.splitlines()[-2:] == ["exit 0", "[]"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
def test_large_pictures_decode_in_bounded_memory(card, tmp_path):
    """Twelve megapixels of a tiny codec; `python -m benchmarks large` measures the real one."""
    rng = np.random.default_rng(7)
    codec = zoo.load(card)
    image = np.tile(noise(100, 100), (30, 40, 1))
    image = np.minimum(image, rng.integers(100, 256, (3000, 1, 1))).astype("uint8")
    (tmp_path / "x.aew").write_bytes(codec.compress(image, 10))
    printed = fresh(
        """
        import sys
        from aewidgets.codec import zoo
        codec, data = zoo.load(sys.argv[1]), open(sys.argv[2], "rb").read()
        codec.decompress(data)
        print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
        """,
        card,
        tmp_path / "x.aew",
    )
    assert int(printed) < 400 * 1024  # KiB; 36 MB of it are the picture


@pytest.mark.parametrize("reduction", [4, 8, 16])
def test_a_thumbnail_is_the_picture_made_smaller(reduction, data_root):
    from aewidgets.images.sets import load_images

    for model in _shipped():
        ((_, image),) = load_images("kodak", limit=1)
        data = model.compress(image[:500, :700], 60)
        small = model.thumbnail(data, reduction)
        full = np.pad(model.decompress(data), ((0, -500 % 16), (0, -700 % 16), (0, 0)), mode="edge").astype(float)
        n = reduction
        means = full.reshape(full.shape[0] // n, n, full.shape[1] // n, n, 3).mean(axis=(1, 3))
        means = means[: -(-500 // n), : -(-700 // n)]
        assert small.shape == means.shape
        inside = np.s_[: 500 // n, : 700 // n]  # beyond, the picture goes on with something else
        assert 10 * np.log10(255**2 / np.mean((small - means)[inside] ** 2)) > {4: 26, 8: 32, 16: 36}[n]


def test_a_thumbnail_needs_only_the_first_substream(codec):
    image = noise(80, 100)
    data = codec.compress(image, 50)
    first = len(data) - sum(codec.group_bytes(data)[1:])
    np.testing.assert_array_equal(codec.thumbnail(data[:first]), codec.thumbnail(data))
    assert codec.thumbnail(data).shape == (10, 13, 3)
    assert codec.thumbnail(codec.compress(image[..., 0], 50), 16).shape == (5, 7)
    with pytest.raises(ValueError, match="4, 8 or 16"):
        codec.thumbnail(data, 3)


def test_an_arriving_file_decodes_as_far_as_it_is_here(codec):
    data = codec.compress(noise(40, 56), 90)
    sizes = codec.group_bytes(data)
    header = len(data) - sum(sizes)
    ends = header + np.cumsum(sizes)
    for here in (*ends, *(ends[:-1] + 1), *(ends[1:] - 1)):
        arrived = codec.decompress_arriving(data[:here])
        assert (arrived.groups, arrived.of) == (int((ends <= here).sum()), len(sizes))
        np.testing.assert_array_equal(arrived.picture, codec.decompress(data, arrived.groups))
    for here in (header, ends[0] - 1):
        with pytest.raises(BitstreamError, match="wait"):
            codec.decompress_arriving(data[:here])
    for here in (0, 7, 20):
        with pytest.raises(BitstreamError):
            codec.decompress_arriving(data[:here])


def test_damage_in_an_arriving_file_is_seen_by_its_symbols(codec):
    data = bytearray(codec.compress(noise(40, 56), 90))
    sizes = codec.group_bytes(bytes(data))
    second = len(data) - sum(sizes[1:])
    data[second + 5] ^= 64
    assert codec.decompress_arriving(bytes(data[:second])).groups == 1
    with pytest.raises(BitstreamError, match="damaged"):
        codec.decompress_arriving(bytes(data[: second + sizes[1]]))


def test_the_public_face_takes_files_of_any_kind_as_they_arrive(card):
    lossy, flat = noise(40, 56), np.zeros((40, 56, 3), "uint8")
    data = compression.compress(lossy, 5, model=card)
    sizes = zoo.load(card).group_bytes(data)
    part, whole = (compression.decompress_arriving(d) for d in (data[: -sizes[-1]], data))
    assert (part.groups, whole.groups) == (len(sizes) - 1, len(sizes))
    np.testing.assert_array_equal(whole.picture, compression.decompress(data))
    lossless = compression.compress(flat, 50, model=card)
    assert compression.decompress_arriving(lossless)[1:] == (1, 1)
    with pytest.raises(BitstreamError, match="wait"):
        compression.decompress_arriving(lossless[:-1])
    assert compression.thumbnail(data).shape == compression.thumbnail(lossless).shape == (5, 7, 3)


def test_weights_loaded_by_their_card_decode_their_files(card):
    codec = zoo.load(card)
    data = codec.compress(noise(16, 16), 50)
    assert zoo.for_bytes(data) is codec
    assert parse(data).fingerprint == codec.fingerprint
