"""Files decode to the same symbols on every machine: BLAS kernels, threads, plain integers, a plain entropy coder.

The Keras backends are in `test_backends.py`; here every line runs on NumPy.
"""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import tiny

from aewidgets.codec import zoo
from aewidgets.codec.coding.container import parse
from aewidgets.codec.coding.entropy import ans
from aewidgets.codec.coding.integer.convolution import IntegerConv, reference_conv
from aewidgets.codec.coding.latents import decode_latents
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.codec.release import write_release

pytestmark = pytest.mark.long

# Kernels that OpenBLAS has for x86-64, newest first; those that a processor lacks fall back to what it has.
KERNELS = ("SkylakeX", "Zen", "Haswell", "Sandybridge", "Nehalem", "Prescott")

CODE = """
    import hashlib, sys
    from contextlib import nullcontext
    import numpy as np
    from threadpoolctl import threadpool_info
    from aewidgets.codec import zoo
    from aewidgets.codec.coding import latents
    from aewidgets.codec.coding.container import parse
    from aewidgets.codec.coding.integer import grids

    card, files, threads = sys.argv[1:]
    codec = zoo.load(card)
    if threads == "2":  # let BLAS share a product, and make products large enough for it
        latents.single_thread = nullcontext
        grids.WORKERS, grids.BUFFER = 1, 1 << 24
    digest = hashlib.sha256()
    with np.load(files) as arrays:
        for n in range(int(arrays["count"])):
            data, y, z = (arrays[f"{name}{n}"] for name in ("data", "y", "z"))
            container = parse(data.tobytes())
            for array in codec.latents(container):
                digest.update(np.ascontiguousarray(array, "<i4").tobytes())
            z = z if z.size else None
            quantise = codec.quantiser(container.quality)
            encoded = latents.encode_latents(codec.networks, codec.coding_tables, y, z, container.quality, quantise)
            assert encoded.streams == container.streams, "encoded to other bytes"
    blas = {(b["architecture"], b["num_threads"]) for b in threadpool_info() if b["user_api"] == "blas"}
    print(digest.hexdigest(), *blas.pop())
"""


def digest_of(card, files, threads=1, **environment):
    """Return a digest of all decoded latents and symbols in a fresh process, and the BLAS kernel that it used.

    Args:
        card: path of a card, or a model's name.
    """
    settings = {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads), **environment}
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CODE), str(card), str(files), str(threads)],
        capture_output=True,
        text=True,
        env=os.environ | settings,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.split()[:2]


def collected(codec, pictures, qualities, path):
    """Write files of all pictures at all qualities, with the latents they came from, into one .npz."""
    arrays = {}
    for image in pictures:
        for quality in qualities:
            n, stored = len(arrays) // 3, stored_quality(quality)
            y, z = codec.analysis.latents(image, stored)
            encoded = codec.encode(image, stored)
            data = codec.container(image, encoded, stored).pack()
            arrays |= {f"data{n}": np.frombuffer(data, "uint8"), f"y{n}": y, f"z{n}": np.zeros(0) if z is None else z}
    np.savez(path, count=len(arrays) // 3, **arrays)
    return path


@pytest.fixture(scope="module", params=["hyperprior", "factorised"])
def tiny_case(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exact")
    codec = tiny.trained(request.param)
    write_release(codec, folder / "tiny.npz", {})
    codec = zoo.load(str(folder / "tiny.json"))
    image = np.random.default_rng(0).integers(0, 256, (150, 210, 3)).astype("uint8")
    return folder / "tiny.json", collected(codec, [image], (10, 95), folder / "files.npz")


def test_every_blas_kernel_and_thread_count_gives_the_same_symbols(tiny_case):
    digests = {digest_of(*tiny_case, OPENBLAS_CORETYPE=kernel)[0] for kernel in KERNELS}
    digests |= {digest_of(*tiny_case, threads)[0] for threads in (1, 2)}
    assert len(digests) == 1


@pytest.mark.slow
def test_shipped_weights_give_the_same_symbols_on_every_blas_kernel(data_root, tmp_path):
    from aewidgets.images.sets import load_images

    images = [image for _, image in load_images("kodak", limit=2)]
    for name in zoo.names():
        files = collected(zoo.load(name), images, (5, 95), tmp_path / f"{name}.npz")
        found = [digest_of(name, files, OPENBLAS_CORETYPE=kernel) for kernel in KERNELS]
        found += [digest_of(name, files, threads=2, OPENBLAS_CORETYPE=KERNELS[0])]
        assert len({digest for digest, _ in found}) == 1


@pytest.fixture(scope="module", params=["hyperprior", "factorised"])
def small(request):
    """Return a codec, and the container of a small picture."""
    codec = tiny.trained(request.param)
    image = np.random.default_rng(1).integers(0, 256, (70, 100, 3)).astype("uint8")
    return codec, parse(codec.compress(image, 70))


def decoded(codec, container, **options):
    return decode_latents(
        codec.networks,
        codec.coding_tables,
        container.streams,
        container.checks,
        *container.latent_shape,
        container.quality,
        **options,
    )


def test_floats_of_the_networks_are_the_integers_of_their_definition(small, monkeypatch):
    codec, container = small
    fast = decoded(codec, container)
    calls = []

    def whole(layer, x):
        calls.append(layer)
        return reference_conv(layer, x)

    def inside(layer, x, stride=1):
        y, r = whole(layer, x), layer.reach
        return y[r : y.shape[0] - r : stride, r : y.shape[1] - r : stride]

    monkeypatch.setattr(IntegerConv, "__call__", whole)
    monkeypatch.setattr(IntegerConv, "inside", inside)
    for ours, reference in zip(fast, decoded(codec, container), strict=True):
        np.testing.assert_array_equal(ours, reference)
    assert bool(calls) == (codec.config["family"] == "hyperprior")


def test_plain_python_decodes_the_same_symbols(small):
    for fast, plain in zip(decoded(*small), decoded(*small, decoder=ans.PythonAnsDecoder), strict=True):
        np.testing.assert_array_equal(fast, plain)
