"""Image sets are lazy and say what is missing; downloads are checked by their pixels."""

import os
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from skimage.data import camera, chelsea

from aewidgets.images import downloads
from aewidgets.images.arrays import ImageError
from aewidgets.images.datasets import IMAGES
from aewidgets.images.reading import write_image
from aewidgets.images.sets import ImageSet, find_images, load_images


@pytest.fixture
def nothing_here(monkeypatch, tmp_path):
    """Remove the mirror, and return an empty cache folder."""
    monkeypatch.delenv("AEWIDGETS_DATA", raising=False)
    monkeypatch.setenv("AEWIDGETS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path):
    for number in (10, 2, 1):
        write_image(chelsea()[:20, : 10 + number], tmp_path / f"photo{number}.png")
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


@pytest.fixture
def server(tmp_path):
    """Start a web server on this machine; return its address and the folder that it serves."""
    (tmp_path / "web").mkdir()
    handler = partial(QuietHandler, directory=str(tmp_path / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}", tmp_path / "web"
        http.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["bundled", "bundled-holdout"])
def test_bundled_sets_need_no_network(name, nothing_here):
    images = load_images(name)
    assert {"chelsea", "coffee"} <= set(images.names)
    for _, image in images:
        assert image.dtype == np.uint8
        assert image.ndim == 2 or image.shape[2] == 3


def test_a_folder_is_read_in_natural_order_and_lazily(folder):
    images = load_images(folder)
    assert images.names == ("photo1", "photo2", "photo10")
    assert [image.shape[1] for _, image in images] == [11, 12, 20]
    (folder / "photo2.png").write_bytes(b"broken meanwhile")
    assert images[2][1].shape == (20, 20, 3)
    with pytest.raises(ImageError, match=r"photo2\.png"):
        images[1]


def test_limits_and_slices_are_sets_themselves(folder):
    assert load_images(folder, limit=2).names == ("photo1", "photo2")
    assert load_images(folder)[1:].names == ("photo2", "photo10")
    with pytest.raises(ValueError, match="at least 1"):
        load_images(folder, limit=0)


def test_files_are_named_apart(folder):
    write_image(camera()[:20, :20], folder / "photo1.bmp")
    files = [folder / "photo1.png", folder / "photo1.bmp"]
    assert load_images(files).names == ("photo1.png", "photo1.bmp")
    assert load_images(files[0]).names == ("photo1",)
    (folder / "more").mkdir()
    write_image(camera()[:20, :20], folder / "more" / "photo1.png")
    twice = [files[0], folder / "more" / "photo1.png"]
    assert load_images(twice).names == tuple(map(str, twice))


def test_what_is_neither_set_nor_path_is_refused_with_a_guess(tmp_path):
    with pytest.raises(ValueError, match="did you mean 'kodak'"):
        load_images("kodac")
    with pytest.raises(ValueError, match="no picture here"):
        load_images(tmp_path)
    with pytest.raises(ValueError, match="empty list"):
        load_images([])


@pytest.mark.parametrize("name", [n for n, d in IMAGES.items() if d.folders and n != "kodak"])
def test_an_absent_set_says_where_to_get_it_and_put_it(name, nothing_here):
    with pytest.raises(FileNotFoundError, match="AEWIDGETS_DATA") as error:
        load_images(name)
    assert IMAGES[name].address in str(error.value)
    assert str(nothing_here / IMAGES[name].folders[0]) in str(error.value)


@pytest.mark.parametrize("name", [n for n, d in IMAGES.items() if d.folders])
def test_the_mirror_holds_each_set_whole(name):
    if not os.environ.get("AEWIDGETS_DATA"):
        pytest.skip("no mirror of the image sets: set AEWIDGETS_DATA to a folder that holds them")
    images = load_images(name)
    assert len(images) == IMAGES[name].count
    assert images[0][1].dtype == np.uint8


def test_the_mirrors_kodak_pictures_are_those_that_would_be_fetched():
    if not find_images("kodak"):
        pytest.skip("the Kodak images are not here: set AEWIDGETS_DATA to a folder that holds kodak/")
    images = load_images("kodak")
    assert images.names[0] == "kodim01" and images.names[-1] == "kodim24"
    assert tuple(downloads.pixel_sha256(image) for _, image in images) == IMAGES["kodak"].pixels


def test_kodak_is_fetched_once_and_only_as_far_as_asked(nothing_here, server, monkeypatch):
    address, web = server
    pictures = [chelsea()[:20, :30], chelsea()[20:40, :30]]
    for number, picture in enumerate(pictures, 1):
        write_image(picture, web / f"kodim{number:02d}.png")
    pixels = tuple(map(downloads.pixel_sha256, pictures))
    monkeypatch.setitem(IMAGES, "kodak", replace(IMAGES["kodak"], address=address, pixels=pixels))
    images = load_images("kodak", limit=2)
    assert images.names == ("kodim01", "kodim02")
    np.testing.assert_array_equal(images[1][1], pictures[1])
    for path in web.iterdir():
        path.unlink()
    assert len(load_images("kodak", limit=2)) == 2
    assert sorted(p.name for p in (nothing_here / "kodak").iterdir()) == ["kodim01.png", "kodim02.png"]


def test_a_picture_with_other_pixels_is_refused_and_not_kept(server, tmp_path):
    address, web = server
    write_image(chelsea()[:20, :30], web / "kodim01.png")
    with pytest.raises(downloads.DownloadError, match="holds another picture"):
        downloads.fetch_picture(f"{address}/kodim01.png", tmp_path / "a.png", IMAGES["kodak"].pixels[0])
    (web / "page.png").write_text("<html>moved</html>")
    with pytest.raises(downloads.DownloadError, match="not a picture"):
        downloads.fetch_picture(f"{address}/page.png", tmp_path / "a.png", IMAGES["kodak"].pixels[0])
    with pytest.raises(downloads.DownloadError, match=r"404.*fetch it yourself"):
        downloads.fetch_picture(f"{address}/absent.png", tmp_path / "a.png", IMAGES["kodak"].pixels[0])
    assert [p.name for p in tmp_path.iterdir()] == ["web"]


def test_an_address_that_does_not_answer_is_an_error_in_words(tmp_path):
    with pytest.raises(downloads.DownloadError, match="fetch it yourself and put it at"):
        downloads.fetch_picture("http://127.0.0.1:9/a.png", tmp_path / "a.png", IMAGES["kodak"].pixels[0])


def test_the_cache_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("AEWIDGETS_CACHE", str(tmp_path))
    assert downloads.cache_folder() == tmp_path
    monkeypatch.delenv("AEWIDGETS_CACHE")
    assert downloads.cache_folder().is_relative_to(Path.home()) or os.environ.get("XDG_CACHE_HOME")


@pytest.mark.parametrize(("count", "held"), [(2, 1), (9, 1), (16, 2), (400, 12)])
def test_what_is_held_out_is_not_learnt_from(count, held):
    pictures = ImageSet(((str(i), lambda: np.zeros((2, 2), "uint8")) for i in range(count)), "here")
    learn, judge = pictures.hold_out()
    assert len(judge) == held
    assert sorted((*learn.names, *judge.names), key=int) == list(pictures.names)
    assert set(learn.names).isdisjoint(judge.names)
