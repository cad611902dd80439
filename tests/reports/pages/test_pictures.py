"""Pictures that the text of a notebook names are part of its page, or a note says which are not and why."""

import base64
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell  # noqa: E402
from PIL import Image  # noqa: E402

from aewidgets.reports.pages.losses import Losses  # noqa: E402
from aewidgets.reports.pages.markdown import markdown_html  # noqa: E402
from aewidgets.reports.pages.pictures import Pictures  # noqa: E402
from aewidgets.reports.pages.report import page_of  # noqa: E402

RECORD = {
    "notebook": "x.ipynb", "notebook_sha256": "ab" * 32, "status": "completed", "failure": None, "parameters": {},
    "parameters_given": [], "started": "2026-01-01T00:00:00+00:00", "seconds": 1.5, "versions": {"python": "3.12"},
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A notebook's folder with pictures of every kind, in a folder that has one more."""
    folder = tmp_path / "home"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.png", "b c.png", "sub/ü.jpg", "d.gif", "e.webp", "50%.png", "../above.png"):
        Image.new("RGB", (4, 4)).save(folder / name)
    (folder / "f.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "film.mp4").write_bytes(b"....ftypisom")
    (folder / "secret.txt").write_text("password")
    (folder / "disguised.png").write_text("password")
    (folder / "link.png").symlink_to(folder.parent / "above.png")
    return folder


def drawn(markdown: str, folder: Path | None, **attachments) -> tuple[str, list[str]]:
    """Return Markdown as HTML, and what it lost."""
    losses = Losses()
    made = markdown_html(markdown, 1, attachments, Pictures((folder,) if folder else (), losses))
    return made, [str(loss) for loss in losses.told()]


@pytest.mark.parametrize(
    ("markdown", "kind"),
    {
        "![x](a.png)": "image/png", "![x](./a.png)": "image/png", "![x](b%20c.png)": "image/png",
        "![x](50%.png)": "image/png",
        "![x](<b c.png>)": "image/png", "![x](sub/ü.jpg)": "image/jpeg", "![x](sub/%C3%BC.jpg)": "image/jpeg",
        "![x](d.gif)": "image/gif", "![x](e.webp)": "image/webp", "![x](f.svg)": "image/svg+xml",
        "![x](a.png?raw=true)": "image/png", "![x](a.png#left)": "image/png", "![x][1]\n\n[1]: a.png": "image/png",
        "words <img alt=\"it's\" src=\"b c.png\" width=3>": "image/png",
        "<IMG SRC=a.png srcset='a.png 2x'>": "image/png",
        "<div>\n<img src='a.png'/>\n</div>": "image/png", "| a |\n|---|\n| ![x](a.png) |": "image/png",
        "<video controls src='film.mp4'></video>": "video/mp4", "[![x](a.png)](https://example.org)": "image/png",
        "<video><source src='film.mp4'></video>": "video/mp4", "![x](files/a.png)": "image/png",
        "![x](sub\\ü.jpg)": "image/jpeg",
    }.items(),
)  # fmt: skip
def test_a_picture_beside_the_notebook_is_embedded(markdown: str, kind: str, folder: Path):
    page, lost = drawn(markdown, folder)
    assert lost == [] and page.lower().count(f'src="data:{kind};base64,') == 1 and "srcset" not in page


@pytest.mark.parametrize(
    ("markdown", "words"),
    {
        "![alt](gone.png)": "the picture gone.png is missing: there is no such file beside the notebook (alt)",
        "![](https://example.org/x.png)": "the picture https://example.org/x.png needs the network",
        "![](//example.org/x.png)": "the picture //example.org/x.png needs the network",
        "<img alt=\"a 'b'\" src='http://e.org/x'>": "the picture http://e.org/x needs the network (a 'b')",
        "![](../above.png)": "the picture ../above.png lies outside the folder of the notebook",
        "![](link.png)": "the picture link.png lies outside the folder of the notebook",
        "![](/etc/hostname)": "the picture /etc/hostname is not named by a path beside the notebook",
        "![](file:///etc/hostname)": "the picture file:///etc/hostname is not named by a path beside the notebook",
        "![](secret.txt)": "the picture secret.txt is of a kind that browsers do not show",
        "![](disguised.png)": "the picture disguised.png is of a kind that browsers do not show",
        "![](sub)": "the picture sub is missing: there is no such file beside the notebook",
        "![](attachment:x%20y.png)": "the picture x y.png is missing: it is not attached to its cell",
        "<iframe src='https://e.org/v'></iframe>": "the page https://e.org/v needs the network",
        "<video><source src='https://e.org/v.mp4'></video>": "the film or sound https://e.org/v.mp4 needs the network",
        f"![](sub/{'x' * 300}.png)": None,
    }.items(),
)  # fmt: skip
def test_a_picture_that_cannot_be_shown_is_never_left_out_in_silence(markdown: str, words: str | None, folder: Path):
    page, lost = drawn(markdown, folder)
    assert len(lost) == 1 and (words is None or lost == [f"cell 1: {words}"])
    assert page.count('class="lost"') == 1 and "<img" not in page and "password" not in page


def test_a_repository_is_one_place(folder: Path):
    (folder.parent / ".git").mkdir()
    page, lost = drawn("![](../above.png)", folder)
    assert lost == [] and "data:image/png" in page


def test_without_a_folder_the_note_says_why():
    assert drawn("![](a.png)", None)[1] == [
        "cell 1: the picture a.png lies beside a notebook that was read from elsewhere"
    ]


@pytest.mark.parametrize("name", ["a.png", "my picture.png", "bild-ü.png"])
def test_attachments_are_embedded_under_any_name(name: str):
    data = base64.b64encode(b"png").decode()
    url = f"attachment:{name}"
    for text in (f"![](<{url}>)", f"![]({url.replace(' ', '%20')})", f"<img src='{url}'>"):
        page, lost = drawn(text, None, **{name: {"image/png": data}})
        assert lost == [] and f"data:image/png;base64,{data}" in page


@pytest.mark.parametrize("text", ["`<img src=gone.png>`", "```\n![](gone.png)\n```", "<!-- <img src='gone.png'> -->"])
def test_pictures_in_code_and_comments_are_no_pictures(text: str, folder: Path):
    assert drawn(text, folder)[1] == []


def test_links_stay_as_they_are(folder: Path):
    page, lost = drawn("[data](sub/table.csv) <a href='gone.pdf'>pdf</a>", folder)
    assert lost == [] and 'href="sub/table.csv"' in page and "gone.pdf" in page


def test_markdown_that_code_displays_and_raw_cells_find_their_pictures_too(folder: Path):
    losses = Losses()
    outputs = [new_output("display_data", {"text/markdown": "![](a.png) ![](gone.png)"})]
    raw = new_raw_cell("<img src='d.gif'>", metadata={"raw_mimetype": "text/html"})
    cells = [new_markdown_cell("x"), new_code_cell("1", outputs=outputs), raw, new_raw_cell("<b>a note</b>")]
    page = page_of(new_notebook(cells=cells), RECORD, losses, (folder,))
    assert [loss.cell for loss in losses.told()] == [2] and "data:image/png" in page and "data:image/gif" in page
    assert "&lt;b&gt;a note" in page
