"""Standard input and output in the place of files, times and suffixes on request, and arguments in another order."""

import io
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from click.testing import CliRunner
from odd import COLOUR
from PIL import Image

from aewidgets.cli import main
from aewidgets.codec.compression import decompress
from aewidgets.codec.files.packing import Packer
from aewidgets.codec.files.picture import picture_of
from aewidgets.images.reading import LOSSLESS_SUFFIXES, write_image

COMMANDS = {
    # command -> its source, and options; compress is given the card of a tiny codec
    "compress": ("a.png", []),
    "decompress": ("a.aew", []),
    "denoise": ("a.png", ["--method", "median"]),
}
each_command = pytest.mark.parametrize(
    "command", [pytest.param(name, marks=pytest.mark.long if name == "compress" else ()) for name in COMMANDS]
)  # only compress loads Keras


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a folder with one picture as a.png and a.aew, which is the current folder."""
    write_image(COLOUR, tmp_path / "a.png")
    (tmp_path / "a.aew").write_bytes(Packer(picture_of(COLOUR), None).lossless())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, **how):
    return CliRunner().invoke(main, [str(a) for a in arguments], **how)


def options_of(command, request):
    return [*COMMANDS[command][1], *(["--model", request.getfixturevalue("card")] if command == "compress" else [])]


@each_command
def test_a_pipe_carries_what_a_file_holds(command, place, request):
    source, options = COMMANDS[command][0], options_of(command, request)
    result = {"compress": "b.aew"}.get(command, "b.png")
    assert run(command, source, "-o", result, *options).exit_code == 0
    wanted, given = (place / result).read_bytes(), (place / source).read_bytes()
    before = sorted(place.iterdir())
    for arguments in (["-", "-o", "-"], [source, "-o", "-"], ["-", "-o", "-", "--overwrite"]):
        piped = run(command, *arguments, *options, input=given)
        assert piped.exit_code == 0, piped.stderr
        assert piped.stdout_bytes == wanted
        assert piped.stderr.startswith("standard output: ")
    assert sorted(place.iterdir()) == before  # no file called "-"
    assert run(command, "-", "-o", "c" + result[1:], *options, input=given).exit_code == 0
    assert (place / ("c" + result[1:])).read_bytes() == wanted


@each_command
def test_what_a_pipe_cannot_do_is_said(command, place, request):
    source, options = COMMANDS[command][0], options_of(command, request)
    for arguments, words in (
        (["-", source, "-o", "-"], "stands for one picture"),
        ([source, source, "-o", "-"], "stands for one picture"),
        ([".", "-o", "-"], "is a folder"),
        (["-", "-o", "."], "has no name"),
    ):
        refused = run(command, *arguments, *options, input=b"")
        assert refused.exit_code == 2 and words in refused.stderr and not refused.stdout_bytes
    broken = run(command, "-", "-o", "-", *options, input=b"no picture")
    assert broken.exit_code == 1 and broken.stderr.startswith("failed: standard input: ") and not broken.stdout_bytes
    (place / "-").write_bytes((place / source).read_bytes())  # a file with that name is meant by ./-
    assert run(command, "./-", "-o", "-", *options, input=b"").stdout_bytes


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of POSIX")
@each_command
def test_a_named_pipe_is_read_once(command, place, request):
    source, options = COMMANDS[command][0], options_of(command, request)
    result = "c.aew" if command == "compress" else "c.png"
    assert run(command, source, "-o", f"b{result[1:]}", *options).exit_code == 0
    data = (place / source).read_bytes()
    os.mkfifo("pipe")
    writer = threading.Thread(target=(place / "pipe").write_bytes, args=(data,), daemon=True)
    writer.start()
    done = run(command, "pipe", "-o", result, *options)
    writer.join(60)
    assert done.exit_code == 0 and not writer.is_alive(), done.stderr
    assert (place / result).read_bytes() == (place / f"b{result[1:]}").read_bytes()


@pytest.mark.parametrize("suffix", LOSSLESS_SUFFIXES)
def test_the_format_on_standard_output_is_chosen(place, suffix):
    if suffix == ".pgm":
        write_image(COLOUR[..., 0], place / "a.png")
        (place / "a.aew").write_bytes(Packer(picture_of(np.ascontiguousarray(COLOUR[..., 0])), None).lossless())
    for command, (source, options) in list(COMMANDS.items())[1:]:
        file = run(command, source, "-o", f"b{suffix}", "--overwrite", *options)
        piped = run(command, source, "-o", "-", "--format", suffix[1:], *options)
        assert file.exit_code == piped.exit_code == 0
        assert piped.stdout_bytes == (place / f"b{suffix}").read_bytes()


def test_formats_that_contradict_are_refused(place):
    for command, (source, options) in list(COMMANDS.items())[1:]:
        refused = run(command, source, "-o", "b.png", "--format", "ppm", *options)
        assert refused.exit_code == 2 and "--format" in refused.stderr
    assert run("decompress", "a.aew", "--format", "ppm").exit_code == 0
    assert (place / "a.ppm").read_bytes()[:2] == b"P6"


def test_a_real_pipe_ends_without_a_word_on_standard_output(place):
    command = [sys.executable, "-m", "aewidgets", "decompress", "-", "-o", "-"]
    done = subprocess.run(command, input=(place / "a.aew").read_bytes(), capture_output=True, timeout=120, check=True)
    with Image.open(io.BytesIO(done.stdout)) as picture:
        np.testing.assert_array_equal(np.asarray(picture), COLOUR)


def test_info_reads_a_pipe(place):
    named = run("info", "a.aew", "--json").stdout.replace('"a.aew"', '"standard input"')
    assert run("info", "-", "--json", input=(place / "a.aew").read_bytes()).stdout == named
    assert run("info", "absent.aew").exit_code == 2


@pytest.mark.long
def test_compressing_twice_is_refused_in_words(place, card):
    for given in ("a.aew", "-"):
        refused = run("compress", given, "-o", "b.aew", "--model", card, input=(place / "a.aew").read_bytes())
        assert refused.exit_code == 1 and "is an .aew file already" in refused.stderr
    assert not (place / "b.aew").exists()


@pytest.mark.long
def test_times_are_kept_and_suffixes_appended_on_request(place, card):
    os.utime("a.png", ns=(10**18, 10**18 + 123_456_700))
    plain = ["--model", card]
    assert run("compress", "a.png", "-o", "now.aew", *plain).exit_code == 0
    assert (place / "now.aew").stat().st_mtime_ns > 10**18 + 10**12
    assert run("compress", "a.png", "--append-suffix", "--keep-times", *plain).exit_code == 0
    assert (place / "a.png.aew").stat().st_mtime_ns == 10**18 + 123_456_700
    assert run("decompress", "a.png.aew", "-o", "back.png", "--keep-times", "--model", card).exit_code == 0
    assert (place / "back.png").stat().st_mtime_ns == 10**18 + 123_456_700
    write_image(COLOUR, place / "a.tif")  # two sources of one name
    assert run("compress", "a.png", "a.tif", "-o", "out/", *plain).exit_code == 1
    assert run("compress", "a.png", "a.tif", "-o", "out/", "--append-suffix", *plain).exit_code == 0
    assert sorted(p.name for p in (place / "out").iterdir()) == ["a.png.aew", "a.tif.aew"]
    refused = run("compress", "a.png", "-o", "-", "--keep-times", *plain)
    assert refused.exit_code == 2 and "--keep-times" in refused.stderr


@pytest.mark.parametrize(("command", "source", "result"), [("compress", "a.png", "b.aew"),
                                                           ("decompress", "a.aew", "b.png")])  # fmt: skip
def test_a_result_named_without_o_is_explained(place, command, source, result):
    if command == "compress":
        pytest.importorskip("keras")
    refused = run(command, source, result)
    assert refused.exit_code == 2 and f"{source} -o {result}" in refused.stderr
    assert not (place / result).exists()


def test_open_files_are_taken_where_paths_are(place):
    with (place / "a.aew").open("rb") as file:
        np.testing.assert_array_equal(decompress(file), COLOUR)
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as end:
        end.write((place / "a.aew").read_bytes())
    with os.fdopen(reader, "rb") as file:
        np.testing.assert_array_equal(decompress(file), COLOUR)
