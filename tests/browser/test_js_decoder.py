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
    """Address of a server of the decoder's sources, and the folder that it shows as `files`, with weights."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(repository / "js" / "decode" / "src", folder / "src")
    (folder / "files").mkdir()
    script = repository / "js" / "decode" / "share.py"
    subprocess.run([sys.executable, str(script), "photo", str(folder / "files" / "photo.npz")], check=True)
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


def test_a_photograph_is_that_of_python_to_one_level(browser, served, photo: np.ndarray):
    address, folder = served
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


ELEMENT = """<!doctype html><title>element</title><script type="module" src="/src/element.js"></script>
<aew-img id="good" src="files/element.aew" alt="a face" weights="files/photo.npz"></aew-img>
<aew-img id="bad" src="files/none.aew" alt="nothing" weights="files/photo.npz"></aew-img>
<aew-img id="broken" src="files/broken.aew" weights="files/photo.npz"><b>instead</b></aew-img>
<div style="height: 5000px"></div>
<aew-img id="far" src="files/far.aew" loading="lazy" alt="far away" weights="files/photo.npz"></aew-img>"""


def test_an_element_shows_files_says_what_is_wrong_and_waits_until_it_is_near(browser, served, photo: np.ndarray):
    address, folder = served
    data = aewidgets.compress(photo, 40)
    for name in ("element.aew", "far.aew"):
        (folder / name).write_bytes(data)
    (folder / "broken.aew").write_bytes(data[:-9])
    (folder.parent / "element.html").write_text(ELEMENT, encoding="utf-8")
    page, asked = browser.new_page(viewport={"width": 800, "height": 600}), []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(f"{address}element.html")
    page.wait_for_function("document.getElementById('good').slotted.hidden", timeout=60_000)
    page.wait_for_function("document.getElementById('bad').words.textContent", timeout=60_000)
    page.wait_for_function("document.getElementById('broken').canvas.hidden", timeout=60_000)
    good = page.evaluate("""() => { const { canvas } = document.getElementById('good');
        return [canvas.width, canvas.height,
            Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)]; }""")
    assert good[:2] == [photo.shape[1], photo.shape[0]]
    shown = np.array(good[2], int).reshape(*photo.shape[:2], 4)[..., :3]
    assert np.abs(shown - aewidgets.decompress(data)).max() <= 1
    assert "404" in page.evaluate("bad.words.textContent")
    assert page.evaluate("bad.words.textContent").startswith("nothing: ")
    assert page.evaluate("broken.words.textContent") == "" and page.is_visible("#broken b")
    assert page.get_by_role("img", name="a face").count() == 1
    assert "far.aew" not in asked
    page.evaluate("far.scrollIntoView()")
    page.wait_for_function("document.getElementById('far').slotted.hidden", timeout=60_000)
    assert asked.count("photo.npz") == asked.count("element.aew") == asked.count("far.aew") == 1
    page.close()
