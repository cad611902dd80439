"""Effort never makes a file worse in its own measure, the decoder does not change, a mask moves bits; everywhere."""

import keras
import numpy as np
import pytest
import tiny
from odd import COLOUR, GRAY

from aewidgets.codec.coding.container import parse
from aewidgets.codec.coding.entropy.tables import ideal_bits, table_bits
from aewidgets.codec.coding.lagrangian import lmbda_of
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.codec.effort import latents as refinement
from aewidgets.codec.effort.symbols import EncodeOptions, choose, choose_symbols
from aewidgets.codec.effort.window import RefinedWindow, context_bits
from aewidgets.codec.files.packing import Packer, unpack
from aewidgets.codec.files.picture import picture_of
from aewidgets.codec.files.targets import Target, search
from aewidgets.images.masks import BACKGROUND, read_mask, weight_of

pytestmark = pytest.mark.long

QUALITY = stored_quality(60)
PART = COLOUR[:80, :116]


@pytest.fixture(scope="module", autouse=True)
def _eager():
    """Take TensorFlow's steps without a graph: for a few of a tiny model, tracing takes most of the time."""
    make_ready = RefinedWindow.make_ready

    def ready(window):
        made = make_ready(window)
        made.run_eagerly = keras.backend.backend() == "tensorflow"
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RefinedWindow, "make_ready", ready)
        yield


@pytest.fixture(scope="module", params=["hyperprior", "factorised", "trellis"])
def codec(request):
    if request.param == "trellis":
        return tiny.trained(trellis=True)
    return tiny.trained(request.param)


@pytest.fixture(scope="module")
def hyperprior():
    return tiny.trained()


def loss(codec, image, encoded, weight=None):
    """Return bits + lambda * weighted squared error, of what a decoder shows."""
    shown = codec.picture(encoded.y_hat, encoded.symbols, QUALITY)[: image.shape[0], : image.shape[1]]
    error = ((shown.astype("float64") - image) ** 2).mean(axis=-1)
    return encoded.ideal_bits + lmbda_of(QUALITY / 65535) * (error if weight is None else weight * error).sum()


def left_half(image):
    return weight_of((np.arange(image.shape[1]) < image.shape[1] / 2) * np.ones(image.shape[:2]))


@pytest.mark.backend
def test_more_effort_is_better_in_bits_and_error_together(codec):
    encoded = [codec.encode(PART, QUALITY, measure=True, options=EncodeOptions(effort)) for effort in (0, 1, 3)]
    losses = [loss(codec, PART, e) for e in encoded]
    assert losses[1] < losses[0]
    assert losses[2] < losses[0]


@pytest.mark.backend
def test_the_decoder_sees_what_was_chosen(codec):
    others = keras.backend.backend() != "tensorflow"  # compile for each size, which takes most of the time
    for image in (PART,) if others else (PART, GRAY[:37, :50], COLOUR[:1, :1]):
        encoded = codec.encode(image, QUALITY, options=EncodeOptions(1))
        y_hat, symbols = codec.latents(parse(codec.container(image, encoded, QUALITY).pack()))
        np.testing.assert_array_equal(y_hat, encoded.y_hat)
        np.testing.assert_array_equal(symbols, encoded.symbols)


@pytest.mark.backend
def test_what_contexts_cost_is_what_the_integer_networks_say(hyperprior):
    """The bits whose gradients are followed are the logistic's, so with logistic tables nearly those of the file."""
    from keras import ops

    y, z = hyperprior.analysis.latents(PART, QUALITY)
    refiner = hyperprior.refiner
    ones = np.ones(y.shape[:2])
    y_hat, symbols, z_hat, _ = choose_symbols(hyperprior, y, z, QUALITY, refiner.curvature(QUALITY), ones)
    decoded = ops.convert_to_tensor(y_hat[None].astype("float32") / 64)
    found = context_bits(
        refiner.model.context,
        decoded,
        decoded,
        ops.convert_to_tensor(z_hat[None]),
        ops.convert_to_tensor(np.array([QUALITY / 65535], "float32")),
    )
    assert float(found) == pytest.approx(bits_after_dc(hyperprior, z, symbols), rel=0.02)


def bits_after_dc(codec, z, symbols):
    """Return the bits of all symbols but the hyper-latents' and the DC plane's, by the integer networks."""
    channels = np.broadcast_to(np.arange(symbols.shape[2]), symbols.shape)
    total = 0.0

    class Reader:
        z_read = False

        def code(self, stream, mean, index, select):
            nonlocal total
            if not self.z_read:
                self.z_read = True
                return codec.quantiser(QUALITY)(select(z).ravel() - mean / 64, index) * np.int32(64)
            values = select(symbols).ravel().astype("int32")
            total += ideal_bits(codec.coding_tables.tables, values, index)[select(channels).ravel() >= 3].sum()
            return values * np.int32(64)

    codec.networks.run(Reader(), *symbols.shape[:2], QUALITY)
    return total


@pytest.mark.slow
def test_small_windows_find_what_a_whole_picture_does(hyperprior, monkeypatch):
    image = COLOUR[:64, :130]  # as latents 4 x 9: two windows of 8
    whole = loss(hyperprior, image, hyperprior.encode(image, QUALITY, measure=True, options=EncodeOptions(4)))
    plain = loss(hyperprior, image, hyperprior.encode(image, QUALITY, measure=True))
    monkeypatch.setattr(refinement, "WINDOW", 8)
    monkeypatch.setattr(refinement, "MARGIN", 2)
    calls = []
    options = EncodeOptions(4, progress=lambda done, total: calls.append((done, total)))
    cut = loss(hyperprior, image, hyperprior.encode(image, QUALITY, measure=True, options=options))
    assert whole < plain
    assert plain - cut > 0.7 * (plain - whole)
    total = calls[0][1]
    assert total > refinement.PASSES_OF_EFFORT[4]
    assert calls == [(n, total) for n in range(1, total + 1)]


@pytest.mark.parametrize("shape", [(1, 1), (9, 70), (64, 64), (65, 66), (70, 131), (200, 67)])
def test_windows_cover_the_grid_once_and_begin_where_hyper_latents_do(shape):
    seen, sizes = np.zeros(shape, int), set()
    for inside, region in refinement._windows(*shape):
        seen[inside] += 1
        sizes.add(tuple(s.stop - s.start for s in region))
        for i, r, length in zip(inside, region, shape, strict=True):
            assert 0 <= r.start <= i.start < i.stop <= r.stop <= length
            assert r.start % 4 == 0 and r.stop - r.start <= refinement.WINDOW
    assert (seen == 1).all()
    assert len(sizes) <= refinement._SHAPES


def test_stopping_keeps_the_best_so_far(hyperprior):
    def after(passes):
        done = []
        options = EncodeOptions(9, progress=lambda n, of: done.append(n), stop=lambda: len(done) >= passes)
        return hyperprior.encode(PART, QUALITY, measure=True, options=options), len(done)

    plain = hyperprior.encode(PART, QUALITY, measure=True)
    at_once, _ = after(0)
    np.testing.assert_array_equal(at_once.symbols, plain.symbols)
    soon, done = after(3)
    assert done == 3
    assert loss(hyperprior, PART, soon) < loss(hyperprior, PART, plain)


@pytest.mark.slow
def test_latents_do_not_run_away_where_curvatures_are_wrong(hyperprior, monkeypatch):
    """Curvatures are wrong for a transform that is far from orthonormal: then every move is too long."""
    right = refinement.Refiner.curvature
    monkeypatch.setattr(refinement.Refiner, "curvature", lambda self, quality: right(self, quality) / 1000)
    plain, best = (hyperprior.encode(PART, QUALITY, measure=True, options=EncodeOptions(effort)) for effort in (0, 9))
    assert loss(hyperprior, PART, best) <= loss(hyperprior, PART, plain)


def test_effort_is_deterministic(hyperprior):
    files = {Packer(picture_of(PART), hyperprior, EncodeOptions(2)).lossy(QUALITY)[0] for _ in range(2)}
    assert len(files) == 1


@pytest.mark.parametrize("effort", [0, 2])
def test_a_mask_takes_bits_from_where_it_is_black(hyperprior, effort):
    weight = left_half(COLOUR)
    plain = hyperprior.encode(COLOUR, QUALITY, measure=True)
    masked = hyperprior.encode(COLOUR, QUALITY, measure=True, options=EncodeOptions(effort, weight))
    assert masked.ideal_bits < plain.ideal_bits
    if effort:
        once = hyperprior.encode(COLOUR, QUALITY, measure=True, options=EncodeOptions(0, weight))
        assert loss(hyperprior, COLOUR, masked, weight) < loss(hyperprior, COLOUR, once, weight)
    half = plain.symbols.shape[1] // 2
    before, after = (np.abs(e.symbols.astype(int)) for e in (plain, masked))
    assert after[:, half + 1 :].sum() < before[:, half + 1 :].sum()


@pytest.mark.parametrize("target", [Target(num_bytes=900), Target(psnr_db=22.0)])
def test_targets_are_met_with_effort_and_a_mask(hyperprior, target):
    low, high = (Packer(picture_of(COLOUR), hyperprior).lossy(q)[0] for q in (0, 65535))
    if target.num_bytes:
        target = Target(num_bytes=(len(low) + len(high)) // 2)
        options = EncodeOptions(1, left_half(COLOUR))
    else:
        packer = Packer(picture_of(COLOUR), hyperprior)
        shown = unpack(packer.lossy(40000)[0], lambda container: hyperprior).colour
        target = Target(psnr_db=float(10 * np.log10(65025 / np.mean((shown.astype(float) - COLOUR) ** 2))))
        options = EncodeOptions(1)
    found = search(Packer(picture_of(COLOUR), hyperprior, options), target)
    if target.num_bytes:
        assert 0.98 * target.num_bytes <= len(found.data) <= target.num_bytes
    else:
        shown = unpack(found.data, lambda container: hyperprior).colour
        reached = 10 * np.log10(65025 / np.mean((shown.astype(float) - COLOUR) ** 2))
        assert reached == pytest.approx(target.psnr_db, abs=0.05)


def test_choices_are_the_cheapest_of_all_symbols(hyperprior):
    rng = np.random.default_rng(0)
    bits = table_bits(hyperprior.coding_tables.tables)
    residual, index = rng.normal(0, 3, 4000).astype("float32"), rng.integers(0, 40, 4000).astype("uint8")
    for curvature in (0.5, 20.0):
        chosen = choose(bits, residual, index, np.full(4000, curvature))
        every = np.arange(-20, 21)
        costs = bits[index[:, None], np.abs(every)] + curvature / 2 * (residual[:, None] - every) ** 2
        found = bits[index, np.abs(chosen)] + curvature / 2 * (residual - chosen) ** 2
        # With a low curvature the best may lie further inside than the candidates: rarely, and then it matters little
        assert np.mean(found - costs.min(axis=1)) < 0.02 * np.mean(found)
        if curvature == 20.0:
            np.testing.assert_allclose(found, costs.min(axis=1), rtol=1e-5)


def test_a_mask_may_be_bytes_or_floats():
    floats = np.linspace(0, 1, 12, dtype="float32").reshape(3, 4)
    np.testing.assert_allclose(read_mask(floats, 3, 4), floats)
    np.testing.assert_allclose(read_mask(np.uint8(255) * np.eye(3, dtype="uint8"), 3, 3), np.eye(3))
    np.testing.assert_allclose(weight_of(np.array([[0, 1]])), [[BACKGROUND, 1]])
    with pytest.raises(ValueError, match="expected 5 x 3 as the picture, got 4 x 3"):
        read_mask(floats, 3, 5)
    with pytest.raises(ValueError, match=r"expected floats in \[0, 1\]"):
        read_mask(2 * floats, 3, 4)


@pytest.mark.parametrize("effort", [-1, 10, 2.5])
def test_other_efforts_are_refused(effort):
    with pytest.raises(ValueError, match="from 0"):
        EncodeOptions(effort)
