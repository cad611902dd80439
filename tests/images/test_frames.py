"""Frames and pages chosen by number or by name, and inks on the screen."""

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from odd import press_profile, saved
from PIL import Image
from skimage.color import lab2rgb

import aewidgets
from aewidgets.cli import main
from aewidgets.images.arrays import ImageError
from aewidgets.images.reading import read_image
from aewidgets.system.notices import Notice

FRAMES = np.random.default_rng(3).integers(0, 2, (3, 6, 9), "uint8") * 255  # black and white: GIF has them exactly


def animation(file_format: str) -> bytes:
    """Return the bytes of a file of three frames."""
    buffer = io.BytesIO()
    first, *others = (Image.fromarray(frame) for frame in FRAMES)
    how = {"lossless": True} if file_format == "WEBP" else {}
    first.save(buffer, file_format, save_all=True, append_images=others, **how)
    return buffer.getvalue()


def gray(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 2 else image[..., 0]


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_each_frame_is_the_picture_that_was_put_in(file_format: str, tmp_path: Path):
    data = animation(file_format)
    path = tmp_path / f"a.{file_format.lower()}"
    path.write_bytes(data)
    with pytest.raises(ImageError, match="holds 3 frames or pages; choose one, 0 to 2"):
        read_image(data)
    with pytest.raises(ImageError, match="frame 3 was asked for, and there are 3 frames"):
        read_image(data, frame=3)
    for number, frame in enumerate(FRAMES):
        with path.open("rb") as file, Image.open(path) as picture:
            ways = [read_image(source, frame=number) for source in (data, path, str(path), file, picture)]
        ways.append(read_image(f"{path}[{number}]"))
        for image in ways:
            np.testing.assert_array_equal(gray(image), frame)
    with pytest.raises(ImageError, match="the name chooses frame 1, and frame 2"):
        read_image(f"{path}[1]", frame=2)


def test_a_single_picture_has_one_frame_and_an_array_none(tmp_path: Path):
    data = saved(FRAMES[0], "PNG")
    np.testing.assert_array_equal(read_image(data, frame=0), FRAMES[0])
    with pytest.raises(ImageError, match="there is 1 frame"):
        read_image(data, frame=1)
    with pytest.raises(ImageError, match="an array has no frames"):
        read_image(FRAMES[0], frame=0)
    for wrong in (-1, 1.0, True, "0"):
        with pytest.raises(ValueError, match="frame: expected a whole number"):
            read_image(data, frame=wrong)
    (tmp_path / "odd[1].png").write_bytes(data)  # a file that is really called so
    np.testing.assert_array_equal(read_image(tmp_path / "odd[1].png"), FRAMES[0])
    (tmp_path / "odd.png[1]").write_bytes(data)
    np.testing.assert_array_equal(read_image(tmp_path / "odd.png[1]"), FRAMES[0])


def test_commands_choose_a_page_by_option_and_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    deep = np.random.default_rng(4).integers(0, 65536, (3, 20, 24), "uint16")
    tifffile.imwrite("deep.tif", deep, photometric="minisblack")
    Path("plain.tif").write_bytes(animation("TIFF"))
    run = CliRunner().invoke
    for name in ("deep", "plain"):
        options = ["denoise", "--method", "median", "-o", "out/"]
        assert run(main, [*options, f"{name}.tif"]).exit_code == 1
        done = run(main, [*options, f"{name}.tif[2]", f"{name}.tif[1]"])
        assert done.exit_code == 0, done.stderr
        assert run(main, [*options, f"{name}.tif", "--frame", "2"]).exit_code == 0
        assert Path(f"out/{name}.tif").read_bytes() == Path(f"out/{name}-2.tif").read_bytes()
        assert Path(f"out/{name}-1.tif").read_bytes() != Path(f"out/{name}-2.tif").read_bytes()
        refused = run(main, ["denoise", f"{name}.tif[1]", "-o", f"{name}.tif", "--overwrite", "--method", "median"])
        assert refused.exit_code == 1 and "inputs are never replaced" in refused.stderr
    assert tifffile.imread("out/deep-2.tif").dtype == np.uint16


@pytest.mark.long
def test_a_page_is_compressed(tmp_path: Path, card: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("a.gif").write_bytes(animation("GIF"))
    done = CliRunner().invoke(main, ["compress", "a.gif[1]", "--model", card, "--bytes", "100000"])
    assert done.exit_code == 0, done.stderr
    np.testing.assert_array_equal(gray(aewidgets.decompress("a-1.aew")), FRAMES[1])
    assert aewidgets.compress("a.gif", model=card, frame=2) == aewidgets.compress("a.gif[2]", model=card)


def test_inks_are_shown_as_their_profile_says_and_a_notice_tells():
    """Corners of the profile whose Lab a screen has, by scikit-image, which adapts chromatic ones in a simpler way."""
    inks = {(0, 0, 0, 0): (100, 0, 0), (0, 0, 0, 255): (0, 0, 0), (255, 255, 255, 0): (23, 0, 0),
            (255, 255, 0, 0): (24, 22, -46)}  # fmt: skip
    picture = Image.new("CMYK", (len(inks), 1))
    for x, ink in enumerate(inks):
        picture.putpixel((x, 0), ink)
    data = saved(picture, "TIFF", icc_profile=press_profile())
    with pytest.warns(Notice, match="converted from CMYK to sRGB through the profile in the file"):
        image = read_image(data)
    wanted = 255 * lab2rgb(np.array([list(inks.values())], float))
    assert (np.abs(image - wanted).max(axis=2) <= [1, 1, 1, 20]).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as python -W error: no damage is told of then
        with pytest.raises(Notice, match="converted from CMYK"):
            read_image(data)
    with pytest.raises(ImageError, match="CMYK without a colour profile"):
        read_image(saved(picture, "TIFF"))
