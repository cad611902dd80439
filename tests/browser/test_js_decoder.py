"""The decoder in JavaScript, in Chromium: a file of the shipped model and golden files have the symbols of Python."""

import functools
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

import aewidgets
from aewidgets.codec import zoo
from aewidgets.codec.coding.container import parse

pytestmark = pytest.mark.browser

DECODE = """async ([file, weights, fingerprint]) => {
    const { decode, loadModel, toRgba } = await import("/src/index.js");
    const { crc32, parse } = await import("/src/container.js");
    const bytes = async (name) => new Uint8Array(await (await fetch("/files/" + name)).arrayBuffer());
    const data = await bytes(file);
    const model = await loadModel(await bytes(weights), fingerprint ? { fingerprint } : {});
    const { y, symbols } = model.latents(parse(data));
    const integers = (plane) => crc32(new Uint8Array(Int32Array.from(plane.data).buffer));
    const picture = await decode(data, model);
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    canvas.putImageData(new ImageData(toRgba(picture), picture.width, picture.height), 0, 0);
    const shown = canvas.getImageData(0, 0, picture.width, picture.height).data;
    return { latents: integers(y), symbols: integers(symbols), shown: Array.from(shown) };
}"""


@pytest.fixture(scope="module")
def served(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of a server of the decoder's sources, and the folder that it shows as `files`."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(repository / "js" / "decode" / "src", folder / "src")
    (folder / "files").mkdir()
    (folder / "index.html").write_text("<!doctype html><title>decoder</title>", encoding="utf-8")

    class Quiet(SimpleHTTPRequestHandler):
        """A handler without a log."""

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", folder / "files"
    server.shutdown()
    server.server_close()


def test_a_photograph_is_that_of_python_to_one_level(browser, served, repository: Path, photo: np.ndarray):
    address, folder = served
    script = repository / "js" / "decode" / "share.py"
    subprocess.run([sys.executable, str(script), "photo", str(folder / "photo.npz")], check=True)
    codec = zoo.load("photo")
    data = codec.compress(photo, 60)
    (folder / "photo.aew").write_bytes(data)
    page = browser.new_page()
    page.goto(address)
    got = page.evaluate(DECODE, ["photo.aew", "photo.npz", None])
    page.close()
    latents = codec.latents(parse(data))
    assert [got["latents"], got["symbols"]] == [
        crc32(np.ascontiguousarray(array, "<i4").tobytes()) for array in latents
    ]
    shown = np.array(got["shown"], int).reshape(*photo.shape[:2], 4)
    assert np.abs(shown[..., :3] - aewidgets.decompress(data)).max() <= 1
    assert (shown[..., 3] == 255).all()


@pytest.mark.parametrize("family", ["factorised", "trellis"])
def test_golden_files_have_the_symbols_of_python(browser, served, repository: Path, family: str):
    address, folder = served
    golden = repository / "tests" / "golden"
    pinned = json.loads((golden / "pinned.json").read_text(encoding="utf-8"))
    shutil.copy(golden / f"{family}.npz", folder)
    page = browser.new_page()
    page.goto(address)
    for name in ("colour-low", "gray", "one-pixel"):
        path = Path(shutil.copy(golden / f"{family}-{name}.aew", folder))
        fingerprint = parse(path.read_bytes()).fingerprint.hex()
        got = page.evaluate(DECODE, [path.name, f"{family}.npz", fingerprint])
        assert [got["latents"], got["symbols"]] == pinned[f"{family}-{name}"]["latents"]
    page.close()
