"""The encoder on NumPy: the latents of Keras without it, the same bytes in threads, no memory kept for sizes."""

import gc
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import tiny
from skimage.data import astronaut, chelsea, coffee
from threadpoolctl import threadpool_info, threadpool_limits

from aewidgets.codec import zoo
from aewidgets.codec.coding.integer import grids
from aewidgets.codec.coding.integer.threads import single_thread
from aewidgets.codec.coding.latents import encode_latents
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.system import backends
from aewidgets.system.backends import BackendError, require_backend

KINDS = {"hyperprior": ("hyperprior", False), "factorised": ("factorised", False), "trellis": ("hyperprior", True)}


@pytest.fixture(scope="module", params=KINDS)
def codec(request):
    family, trellis = KINDS[request.param]
    return tiny.trained(family, trellis=trellis)


def by_keras(codec, image, stored):
    """Return what `encode` returns, from the latents of the Keras model."""
    y, z = codec.halves.latents(image, stored)
    return encode_latents(codec.networks, codec.coding_tables, y, z, stored, codec.quantiser(stored))


def psnr_db(codec, encoded, image, stored):
    shown = codec.picture(encoded.y_hat, encoded.symbols, stored)[: image.shape[0], : image.shape[1]]
    return 10 * np.log10(255**2 / np.mean((shown.astype("float32") - image) ** 2))


@pytest.mark.parametrize("shape", [(160, 224, 3), (77, 101, 3), (50, 66), (1, 1, 3), (1, 90, 3), (90, 1)])
def test_latents_are_those_of_keras(codec, shape):
    image = np.ascontiguousarray(astronaut()[100 : 100 + shape[0], 100 : 100 + shape[1]])
    image = image if len(shape) == 3 else image[..., 1]
    for quality in (1, 37.5, 100):
        stored = stored_quality(quality)
        ours, theirs = (half.latents(image, stored) for half in (codec.analysis, codec.halves))
        for found, expected in zip(ours, theirs, strict=True):
            assert (found is None) == (expected is None)
            if found is not None:
                assert found.dtype == np.float32
                np.testing.assert_allclose(found, expected, atol=4e-6 * max(1, np.abs(expected).max()))


def check_equally_good(codec, pictures, qualities):
    """Check bytes in all, and mean PSNR, against those by Keras.

    A latent between two symbols may go to the other one, and later contexts see that: a single file may differ more.
    """
    sizes, decibels = [], []
    for picture in pictures:
        for quality in qualities:
            stored = stored_quality(quality)
            both = codec.encode(picture, stored), by_keras(codec, picture, stored)
            sizes.append([sum(map(len, encoded.streams)) for encoded in both])
            decibels.append([psnr_db(codec, encoded, picture, stored) for encoded in both])
            if codec.config["family"] == "factorised" and codec.coding_tables.trellis is None:  # each by itself
                assert np.mean(both[0].symbols != both[1].symbols) < 1e-5
    ours, theirs = np.sum(sizes, axis=0)
    assert ours == pytest.approx(theirs, rel=5e-4)
    ours, theirs = np.mean(decibels, axis=0)
    assert ours == pytest.approx(theirs, abs=0.01)


def test_files_are_as_large_as_with_the_latents_of_keras_and_as_good(codec):
    pictures = astronaut()[:208, 150:390], chelsea()[50:230, 100:300], coffee()[:175, 200:408]
    check_equally_good(codec, pictures, (10, 60, 95))


@pytest.mark.slow
@pytest.mark.parametrize("name", zoo.names())
def test_shipped_weights_code_as_well_as_with_the_latents_of_keras(name):
    check_equally_good(zoo.load(name), (astronaut(), chelsea(), coffee()), (10, 50, 90))


def test_threads_encode_to_the_same_bytes_and_leave_blas_as_it_was(codec, monkeypatch):
    """As many pictures at once as there are threads, whatever BLAS may use, however convolutions are shared."""
    monkeypatch.setattr(grids, "WORTH", 1)
    pictures = [np.ascontiguousarray(astronaut()[n : n + 70 + n, : 200 - 3 * n]) for n in range(0, 50, 10)]
    alone = [codec.compress(picture, 70) for picture in pictures]
    for threads, workers in ((1, 1), (2, 2), (2, 3)):
        monkeypatch.setattr(grids, "WORKERS", workers)
        grids._pool.cache_clear()
        with threadpool_limits(threads, "blas"), ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda picture: codec.compress(picture, 70), pictures)) == alone
            assert blas_threads() == {threads}
    grids._pool.cache_clear()


def blas_threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_the_limit_of_one_thread_holds_until_the_last_who_wants_it_is_done():
    with threadpool_limits(2, "blas"):
        before = blas_threads()
        with ExitStack() as first, ExitStack() as second:
            first.enter_context(single_thread())
            second.enter_context(single_thread())
            first.close()
            assert blas_threads() == {1}
        assert blas_threads() == before


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from Linux's /proc")
def test_sixty_sizes_leave_nothing_in_memory():
    codec, rng = tiny.trained(trellis=True), np.random.default_rng(0)
    image = rng.integers(0, 256, (64, 64, 3), dtype="uint8")

    def megabytes_after(count):
        for height, width in rng.integers(1, 65, (count, 2)):
            codec.compress(np.ascontiguousarray(image[:height, :width]), 50)
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    before = megabytes_after(20)
    assert megabytes_after(60) - before < 20  # a compiled graph for each would be over 100


ABSENT = """
import sys
from importlib.machinery import PathFinder

absent = {"keras", "tensorflow", "jax", "torch"}

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, *where):
        return None if name.split(".")[0] in absent else super().find_spec(name, *where)

sys.meta_path[:] = [Without if finder is PathFinder else finder for finder in sys.meta_path]
"""


def fresh(code, *arguments):
    """Run code in a new interpreter in which Keras and its backends are not installed, and return what it printed."""
    run = subprocess.run(
        [sys.executable, "-c", ABSENT + textwrap.dedent(code) + "\nassert not absent & set(sys.modules)"]
        + [str(argument) for argument in arguments],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a folder of two pictures, one with an empty alpha."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("pictures")
    (folder / "in").mkdir()
    picture = astronaut()[:40, :56]
    Image.fromarray(picture).save(folder / "in" / "a.png")
    Image.fromarray(np.dstack([picture, np.zeros((40, 56), "uint8")])).save(folder / "in" / "b.png")
    Image.fromarray(picture[..., 0]).save(folder / "mask.png")
    return folder


def test_python_encodes_without_keras_installed(folder):
    """By every way there is to encode in Python: `compress`, targets, a mask, the registry, Pillow, curves, studio."""
    fresh(
        """
        import numpy as np
        import aewidgets
        image = aewidgets.read_image(sys.argv[1] + "/in/a.png")
        files = [aewidgets.compress(image, model=m) for m in ("photo", "photo-factorised", "photo-ms-ssim")]
        files += [aewidgets.compress_to(image, num_bytes=500), aewidgets.compress_to(image, psnr_db=30)]
        files += [aewidgets.compress(image, mask=sys.argv[1] + "/mask.png")]
        files += [aewidgets.compress(sys.argv[1] + "/in/b.png"), aewidgets.compress(image[:, :1])]
        files += [aewidgets.get_codec("learned").compress(image, 50)]
        assert [aewidgets.decompress(data).shape[:2] for data in files] == 7 * [(40, 56)] + [(40, 1), (40, 56)]

        import aewidgets.pillow
        from PIL import Image
        Image.fromarray(image).save(sys.argv[1] + "/pillow.aew", quality=50)
        assert open(sys.argv[1] + "/pillow.aew", "rb").read() == files[0]
        """,
        folder,
    )


@pytest.mark.long
def test_curves_and_the_studio_encode_without_keras_installed(folder):
    pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")
    fresh(
        """
        import aewidgets
        from aewidgets.studies.rate import operating_points
        from aewidgets.widgets import CompressionStudio
        image = aewidgets.read_image(sys.argv[1] + "/in/a.png")
        aewidgets.rate_distortion([("a", image)], ["learned", "jpeg"], qualities=(50,))
        operating_points._LARGE = 0  # both sides have curves, and no other codec
        studio = CompressionStudio(image, "learned", "jpeg", 50)
        studio.show()
        assert studio.wait(900) and not studio.error
        assert studio.left_point["bytes"] == len(aewidgets.compress(image))
        """,
        folder,
    )


COMMANDS = [
    ["compress", "in/a.png", "-o", "a.aew"],
    ["compress", "in/a.png", "-o", "b.aew", "--psnr", "30"],
    ["compress", "in", "-o", "out", "--jobs", "2"],
    ["rd", "in/a.png", "--codec", "learned", "--quality", "50"],
]


def test_the_command_line_encodes_without_keras_installed(folder):
    printed = fresh(
        f"""
        import os
        from aewidgets.cli import main
        os.chdir(sys.argv[1])
        for command in {COMMANDS}:
            try:
                main(command)
            except SystemExit as end:
                print("exit", end.code or 0)
        """,
        folder,
    )
    assert printed.count("exit 0") == len(COMMANDS)
    assert (folder / "out" / "b.aew").read_bytes()


def test_effort_without_keras_says_what_to_install(folder):
    printed = fresh(
        """
        import aewidgets
        from aewidgets.cli import main
        tries = [
            lambda: aewidgets.compress(sys.argv[1] + "/in/a.png", effort=3),
            lambda: aewidgets.compress_to(sys.argv[1] + "/in/a.png", bpp=1, effort=3),
            lambda: aewidgets.get_codec("learned").at_effort(3),
            lambda: aewidgets.load_autoencoder("mnist-variational-2"),
        ]
        for attempt in tries:
            try:
                attempt()
            except ValueError as error:
                print(error)
        try:
            main(["compress", sys.argv[1] + "/in/a.png", "-o", sys.argv[1] + "/e.aew", "--effort", "3"])
        except SystemExit as end:
            print("exit", end.code)
        """,
        folder,
    )
    *lines, last = printed.splitlines()
    assert len(lines) == 4 and last == "exit 1"
    for line in lines:
        assert "pip install 'aewidgets[tensorflow]'" in line
    assert all(line.startswith("effort 3, which follows gradients, needs Keras") for line in lines[:3])


@pytest.mark.parametrize(
    ("there", "named", "words"),
    [
        ((), "", "no Keras is installed"),
        (("keras",), "", "no backend is installed"),
        (("keras", "jax"), "torch", "KERAS_BACKEND, torch, which is not installed"),
        (("keras", "jax"), "", None),
        (("keras", "torch"), "torch", None),
    ],
)
def test_what_is_missing_is_named(there, named, words, monkeypatch):
    monkeypatch.setattr(backends, "find_spec", lambda name: name in there or None)
    monkeypatch.setenv("KERAS_BACKEND", named)
    if words is None:
        require_backend("this")
        return
    with pytest.raises(BackendError, match=f"this needs .*{words}.*pip install 'aewidgets"):
        require_backend("this")
