"""How the code speaks: docstrings that can be read alone, and one word for one thing."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import aewidgets

PACKAGE = Path(aewidgets.__file__).parent
REPOSITORY = PACKAGE.parent

# A docstring begins with a verb or with the noun it returns. These begin a fragment.
FRAGMENTS = ("Of", "Those", "The same", "As", "In", "By", "Whether")
# word that is gone -> the word that took its place
GONE = {
    r"spoil\w*": "corrupt",
    r"(?:Cannot)?Travel(?:ling)?": "PortableDecoder, NotPortable",
    r"Choosing": "EncodeOptions",
    r"choose_latents": "choose_symbols",
    r"Follower": "FixedPath",
    r"Alphabet": "CodingTables",
    r"LiveWidget": "BaseWidget",
    r"AskedWidget": "AnsweringWidget",
    r"(?:Denoise|Run)Memory": "ResultCache, RunRecorder",
}


def docstrings() -> Iterator[tuple[str, str]]:
    """Yield (place, first line) of every docstring of the library."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node)
                if text:
                    place = f"{path.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 1)}"
                    yield place, text.splitlines()[0]


def test_docstrings_begin_with_a_verb_or_a_noun():
    """At most five may begin otherwise, where that reads well."""
    pattern = re.compile(rf"(?:{'|'.join(FRAGMENTS)})\b")
    found = [f"{place} {line}" for place, line in docstrings() if pattern.match(line)]
    assert len(found) <= 5, "\n".join(found)


def test_docstrings_are_whole_sentences():
    """A first line ends in a full stop, a colon, a question mark, or in the middle of a sentence that goes on."""
    found = [f"{place} {line}" for place, line in docstrings() if not line[:1].isupper() and line[:1].islower()]
    assert found == []


def test_every_module_says_what_it_holds():
    silent = [path for path in PACKAGE.rglob("*.py") if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert silent == []


@pytest.mark.parametrize("word", GONE)
def test_words_that_were_replaced_are_gone(word: str):
    """In code, docs and notebooks that git tracks; in the modules that widgets are built into, too."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("no git checkout: what is tracked is not known")
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    suffixes = {".py", ".md", ".ipynb", ".js", ".css", ".html", ".toml", ".yml", ".yaml"}
    paths = [REPOSITORY / name for name in listed.stdout.splitlines() if Path(name).suffix in suffixes]
    pattern = re.compile(rf"\b{word}\b")
    this = Path(__file__).resolve()
    found = [p for p in paths if p.resolve() != this and p.is_file() and pattern.search(p.read_text(encoding="utf-8"))]
    assert found == [], f"say {GONE[word]}"
