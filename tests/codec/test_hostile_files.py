"""Any bytes give a picture of the size that the header names, or a `BitstreamError` with a reason. Nothing else."""

import contextlib
import io
import resource
import sys
import time

import hostile
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aewidgets.codec.coding.container import BitstreamError, parse

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def known():
    return hostile.codecs()


@pytest.fixture(scope="module")
def files(known):
    return hostile.whole_files(known)


def refused(data: bytes, decode) -> bool:
    """Return whether a file is refused; if it is not, check that its picture is the one the header names."""
    try:
        picture = decode(data)
    except BitstreamError as error:
        assert len(str(error)) > 20, "a refusal gives its reason"
        return True
    container = parse(data)
    assert picture.colour.shape[:2] == (container.height, container.width)
    assert picture.colour.dtype == container.levels.dtype
    return False


def test_whole_files_decode(files, known):
    assert not any(refused(data, hostile.decoder(known)) for data in files)


@pytest.mark.parametrize("family", [b"tiny", b"fact"])
@pytest.mark.parametrize("size", [3, 300, 15_000])
def test_well_made_files_of_absurd_symbols_decode(family, size, known):
    """No checksum, symbol check or final state can see this: the encoder itself was made to lie."""
    codec, rng = known[family], np.random.default_rng(size)
    image = rng.integers(0, 256, (50, 70, 3), dtype="uint8")
    lying = codec.encode(image, 30_000, lambda residual, index: rng.integers(-size, size + 1, residual.shape, "int32"))
    assert not refused(codec.container(image, lying, 30_000).pack(), hostile.decoder(known))


@settings(max_examples=400)
@given(data=st.data())
def test_damaged_files_decode_or_are_refused(data, files, known):
    this, other = (data.draw(st.sampled_from(files)) for _ in range(2))
    seed = data.draw(st.integers(0, 2**32 - 1))
    refused(hostile.mutated(this, other, np.random.default_rng(seed)), hostile.decoder(known))


@pytest.mark.filterwarnings("ignore::aewidgets.system.notices.Notice")  # colour of more than 8 bits is rounded
def test_other_ways_into_a_damaged_file_refuse_it_too(files, known, monkeypatch):
    """Check files that are still arriving, thumbnails, and Pillow, which has its own kinds of errors."""
    from PIL import Image

    import aewidgets.pillow  # noqa: F401 - registers the format
    from aewidgets.codec import zoo

    monkeypatch.setattr(zoo, "for_fingerprint", lambda name: known[name])
    rng, codec = np.random.default_rng(0), known[b"tiny"]
    for _ in range(300):
        this, other = (files[int(i)] for i in rng.integers(0, len(files), 2))
        data = hostile.mutated(this, other, rng)
        for way in (codec.decompress_arriving, codec.thumbnail):
            with contextlib.suppress(BitstreamError):
                way(data)
        if data[8:12] in known:
            with contextlib.suppress(OSError), Image.open(io.BytesIO(data)) as picture:
                picture.load()


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_after_the_magic_are_refused(known, body):
    assert refused(hostile.with_right_checksum(b"AEW\x01" + bytes(4) + body), hostile.decoder(known))


@pytest.mark.parametrize("data", [b"", b"\0" * 999, b"\x89PNG\r\n\x1a\n" + bytes(99), b"AEW", b"AEW\x01" + bytes(4)])
def test_what_is_no_such_file_is_refused(data, known):
    assert refused(data, hostile.decoder(known))


def test_bombs_are_refused_within_seconds_and_megabytes(known):
    """Try files of a few tens of bytes, or 65 kB, that claim up to 100 megapixels or floods of zeros."""
    decode = hostile.decoder(known)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = 0.0
    for data in hostile.bombs(known):
        start = time.process_time()
        refused(data, decode)
        slowest = max(slowest, time.process_time() - start)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    assert slowest < 20
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit < 700


@pytest.mark.slow
def test_20_000_mutations_half_of_them_with_right_checksums(files, known):
    """Print what came of them, with `pytest -m slow -s tests/codec/test_hostile_files.py`."""
    decode, rng = hostile.decoder(known), np.random.default_rng(2026)
    counts, right, slowest = {True: 0, False: 0}, 0, 0.0
    for _ in range(20_000):
        this, other = (files[int(i)] for i in rng.integers(0, len(files), 2))
        data = hostile.mutated(this, other, rng)
        right += data == hostile.with_right_checksum(data)
        start = time.process_time()
        counts[refused(data, decode)] += 1
        slowest = max(slowest, time.process_time() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform != "darwin" else 1 << 30)
    print(
        f"\n20,000 mutations, {right:,} with right checksums: {counts[True]:,} refused, {counts[False]:,} decoded, "
        f"0 escapes; slowest {slowest:.2f} s of processor time, peak {memory:.2f} GiB in all"
    )
    assert slowest < 20
