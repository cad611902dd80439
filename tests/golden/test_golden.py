"""Coded bytes are a promise: these files, made once with a frozen model, decode to what they decoded to then.

`GENERATE_GOLDEN=FAMILY pytest tests/golden` makes those of one family, with today's architecture of `tests/tiny.py`.
Making some anew is a change of the bitstream, and a line in CHANGELOG.md; a new architecture gets a new name below.
"""

import json
import os
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny

from aewidgets.codec.coding.constants import NUM_KNOTS
from aewidgets.codec.coding.container import parse
from aewidgets.codec.coding.entropy import ans
from aewidgets.codec.coding.latents import decode_latents
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.codec.files.packing import Packer, unpack
from aewidgets.codec.files.picture import picture_of
from aewidgets.codec.zoo import load_weights
from aewidgets.system.cards import pack_weights

HERE = Path(__file__).parent
#: Name of the golden files -> family of the model. "hyperprior" has groups in one pass each and ReLUs, "passes" the
#: checkerboards, the heads for the DC plane and the leaky activations that came after it, "trellis" its tables besides.
FAMILIES = {"hyperprior": "hyperprior", "factorised": "factorised", "passes": "hyperprior", "trellis": "hyperprior"}
CASES = {
    "colour-low": ((33, 47, 3), 5),
    "colour-high": ((96, 112, 3), 97),
    "gray": ((40, 24), 30),
    "one-pixel": ((1, 1, 3), 50),
}


def picture(shape):
    i, j = np.mgrid[: shape[0], : shape[1]]
    x = np.stack([128 + 90 * np.sin(i / 5 + c) * np.cos(j / 7) for c in range(3)], axis=-1)
    x = (x + np.random.default_rng(0).normal(0, 60, x.shape)).clip(0, 255)
    return np.rint(x if len(shape) == 3 else x[..., 0]).astype("uint8")


def codec(family):
    """Return a frozen codec, its weights as today's code takes them.

    The two oldest name no activation: they have ReLUs, and a synthesis whose output counts in units of 16/255.
    """
    frozen = load_weights((HERE / f"{family}.npz").read_bytes())
    if "activation" not in frozen.config:
        frozen.config["activation"] = "relu"
        for name in ("g_s_4/4/kernel", "g_s_4/4/bias"):
            frozen.arrays[name] = 16 * frozen.arrays[name]
    return frozen


def check(y_hat, symbols):
    """Return what is pinned of decoded latents and symbols: checksums of their integers."""
    return [zlib.crc32(np.ascontiguousarray(a, "<i4").tobytes()) for a in (y_hat, symbols)]


#: Pictures of more than 8 bits: shape, bits per sample, and quality, or a bound on errors for files without a model.
DEEP = {
    "colour": ((33, 47, 3), 16, 50, None),
    "gray": ((40, 24), 12, 97, None),
    "lossless": ((33, 47, 3), 16, None, 0),
    "near-lossless": ((40, 24), 10, None, 3),
}


def deep_picture(shape, depth):
    """Return a picture of more than 8 bits that uses a part of its range."""
    i, j = np.mgrid[: shape[0], : shape[1]]
    light = [0.4 + 0.2 * np.sin(i / 9 + c) * np.cos(j / 11) for c in range(3)]
    noise = np.random.default_rng(1).normal(0, 0.003, (*i.shape, 3))
    x = np.rint(((1 << depth) - 1) * (np.stack(light, axis=-1) + noise)).astype("uint16")
    return x if len(shape) == 3 else x[..., 0]


def deep_codec():
    """Return a frozen codec; its one strength of quantisation is that of all qualities, as encoders have it now."""
    frozen = codec("trellis")
    frozen.arrays["strength"] = np.full(NUM_KNOTS, frozen.arrays["strength"])
    return frozen


def deep_file(case):
    """Return the bytes of a file made today."""
    shape, depth, quality, bound = DEEP[case]
    packer = Packer(replace(picture_of(deep_picture(shape, depth)), depth=depth), deep_codec())
    if quality is None:
        return packer.near_lossless(bound) if bound else packer.lossless()
    return packer.lossy(stored_quality(quality))[0]


if name := os.environ.get("GENERATE_GOLDEN"):
    pinned = json.loads((HERE / "pinned.json").read_text())
    if name == "deep":
        for case in DEEP:
            data = deep_file(case)
            (HERE / f"deep-{case}.aew").write_bytes(data)
            decoded = unpack(data, lambda container: deep_codec())
            pinned[f"deep-{case}"] = {"picture": decoded.samples.ravel().tolist()[::23]}
    else:
        arrays = tiny.trained(FAMILIES[name], trellis=name == "trellis").arrays
        (HERE / f"{name}.npz").write_bytes(pack_weights(arrays))
        frozen = codec(name)
        for case, (shape, quality) in CASES.items():
            data = frozen.compress(picture(shape), quality)
            (HERE / f"{name}-{case}.aew").write_bytes(data)
            pinned[f"{name}-{case}"] = {
                "latents": check(*frozen.latents(parse(data))),
                "picture": frozen.decompress(data).ravel().tolist()[::23],
            }
    (HERE / "pinned.json").write_text(json.dumps(pinned))

PINNED = json.loads((HERE / "pinned.json").read_text())


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_golden_file_decodes_as_ever(family, case):
    data = (HERE / f"{family}-{case}.aew").read_bytes()
    assert len(data) < 1000
    pinned, frozen = PINNED[f"{family}-{case}"], codec(family)
    assert check(*frozen.latents(parse(data))) == pinned["latents"]
    picture_now = frozen.decompress(data)
    assert picture_now.shape == CASES[case][0]
    assert np.abs(picture_now.ravel()[::23].astype(int) - pinned["picture"]).max() <= 1


@pytest.mark.parametrize("case", DEEP)
def test_a_golden_file_of_more_than_eight_bits_decodes_as_ever(case):
    shape, depth, quality, bound = DEEP[case]
    data = (HERE / f"deep-{case}.aew").read_bytes()
    decoded = unpack(data, lambda container: deep_codec())
    assert decoded.samples.shape == shape and decoded.depth == depth
    off = np.abs(decoded.samples.ravel()[::23].astype(int) - PINNED[f"deep-{case}"]["picture"]).max()
    assert off == 0 if quality is None else off <= 2
    if quality is None:
        assert np.abs(decoded.samples.astype(int) - deep_picture(shape, depth)).max() <= bound


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("family", ["hyperprior", "passes", "trellis"])
def test_a_golden_file_decodes_without_constriction(family, case):
    container, frozen = parse((HERE / f"{family}-{case}.aew").read_bytes()), codec(family)
    decoded = decode_latents(
        frozen.networks,
        frozen.coding_tables,
        container.streams,
        container.checks,
        *container.latent_shape,
        container.quality,
        ans.PythonAnsDecoder,
    )
    assert check(*decoded) == PINNED[f"{family}-{case}"]["latents"]
