"""Where results go: what `-o` may be, own results are no inputs; odd names, links, pipes and full disks."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from aewidgets.cli import main
from aewidgets.codec.files.packing import Packer
from aewidgets.codec.files.picture import picture_of
from aewidgets.commands.tasks import plan
from aewidgets.images.reading import LOSSLESS_SUFFIXES

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes, links and devices of POSIX")

COMMANDS = {
    # command -> source, its options, suffixes that a result may have, the suffix of results in folders
    "compress": ("a.png", [], (".aew",), ".aew"),
    "decompress": ("a.aew", [], LOSSLESS_SUFFIXES, ".png"),
    "denoise": ("a.png", ["--method", "median"], LOSSLESS_SUFFIXES, ".png"),
}
each_command = pytest.mark.parametrize(
    "command", [pytest.param(name, marks=pytest.mark.long if name == "compress" else ()) for name in COMMANDS]
)  # only compress loads Keras


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a folder with one small drawing as a.png and a.aew, which is the current folder."""
    samples = np.random.default_rng(0).integers(0, 256, (2, 3, 3), "uint8").repeat(8, 0).repeat(8, 1)
    Image.fromarray(samples).save(tmp_path / "a.png")
    (tmp_path / "a.aew").write_bytes(Packer(picture_of(samples), None).lossless())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir())


@each_command
def test_one_picture_goes_where_the_user_said(command, place):
    """A path that ends in a slash is a folder, another one a file, whose suffix must be one that the command writes."""
    source, options, endings, suffix = COMMANDS[command]
    (place / "there").mkdir()
    before = set(files(place))
    for output in ("out/", "deep/er/", "dotted.png/", "x.aew/", "there", "there2/."):
        result = run(command, source, "-o", output, *options)
        assert result.exit_code == 0, result.output
        assert files(place / output) == [f"a{suffix}"]
    for ending in endings:
        result = run(command, source, "-o", f"b{ending}", *options)
        assert result.exit_code == 0 and (place / f"b{ending}").is_file(), result.output
    before = set(files(place))
    others = ("plain", "x.jpg", "x.avif", "x.aewx", "x.aew.gif", ".aew", ".png", "y.aew", "y.png")
    for name in (name for name in others if not name[1:].endswith(endings)):
        result = run(command, source, "-o", name, *options)
        assert result.exit_code == 2, (name, result.output)
        assert f"expected a file that ends in {endings[0]}" in " ".join(result.output.split())
    for name in ("a.png/", "a.aew/"):
        result = run(command, source, "-o", name, *options)
        assert result.exit_code == 2 and "is a file" in result.output
    assert set(files(place)) == before


@each_command
def test_several_pictures_make_no_folder_that_is_called_like_a_file(command, place):
    source, options, endings, suffix = COMMANDS[command]
    (place / "in").mkdir()
    (place / "in" / source).write_bytes((place / source).read_bytes())
    for inputs in ([source, f"in/{source}"], ["in"]):
        result = run(command, *inputs, "-o", f"x{endings[0]}", *options)
        assert result.exit_code == 2 and "is the name of a file" in " ".join(result.output.split())
    assert run(command, "in", "-o", f"x{endings[0]}/", *options).exit_code == 0
    assert files(place / f"x{endings[0]}") == [f"a{suffix}"]


@pytest.mark.parametrize("out", ["out", "./out/", "deep/../out", "deep/er/out"])
def test_the_same_command_again_makes_nothing_new(place, out):
    (place / "deep").mkdir()
    (place / "deep" / "b.png").write_bytes((place / "a.png").read_bytes())
    arguments = ["denoise", ".", "-o", out, "--method", "median"]
    assert run(*arguments).exit_code == 0
    first = files(place)
    assert len(first) == 5
    for _ in range(2):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        assert "left out: 2 below" in result.output and result.output.count("kept: ") == 2
        assert files(place) == first


@posix
def test_results_are_known_through_links_too(place):
    (place / "out").mkdir()
    (place / "away").symlink_to(place / "out", target_is_directory=True)
    for output in ("away", "out"):
        assert run("denoise", ".", "-o", output, "--method", "median").exit_code == 0
        assert files(place / "out") == ["a.png"]


@pytest.mark.parametrize("output", [".", "./", "../{name}", "{whole}"])
def test_results_among_the_pictures_that_are_searched_are_refused(place, output):
    output = output.format(name=place.name, whole=place)
    before = files(place)
    result = run("denoise", ".", "-o", output, "--method", "median")
    assert result.exit_code == 2 and "a second run would take them for inputs" in " ".join(result.output.split())
    assert run("denoise", "a.png", "-o", output, "--method", "median").exit_code == 1  # a picture is never replaced
    assert files(place) == before
    assert run("decompress", ".", "-o", output, "--overwrite").exit_code == 0  # .aew files alone are searched
    assert files(place) == before


@posix
def test_links_to_folders_are_named_and_links_to_nowhere_fail(place):
    (place / "in").mkdir()
    (place / "in" / "a.png").symlink_to("../a.png")
    (place / "in" / "gone.png").symlink_to("nowhere.png")
    (place / "in" / "further").symlink_to(place, target_is_directory=True)
    result = run("denoise", "in", "-o", "out", "--method", "median")
    assert result.exit_code == 1
    assert "left out: in/further is a link to a folder" in result.output
    assert "failed: in/gone.png: No such file or directory" in result.output
    assert files(place / "out") == ["a.png"]


@posix
@pytest.mark.skipif(not hasattr(os, "seteuid") or os.geteuid() != 0, reason="root alone may become somebody else")
def test_pictures_of_formats_that_are_not_read_are_named(place):
    for name in ("b.heic", "c.PSD", "notes.txt", ".hidden.heic"):
        (place / name).write_bytes(b"x")
    result = run("denoise", ".", "-o", "out", "--method", "median")
    assert result.exit_code == 0
    assert "left out: .: 2 of a format that is not read (b.heic, c.PSD)" in result.output
    assert "left out" not in run("decompress", ".", "-o", "png").output


def test_folders_that_may_not_be_searched_are_told():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "open.png").touch()
        (folder / "shut").mkdir(0o700)
        os.seteuid(65534)
        try:
            tasks = plan([folder], None, ".aew", (".png",))
        finally:
            os.seteuid(0)
    assert [(task.source.name, task.trouble) for task in tasks] == [
        ("open.png", ""), ("shut", "cannot be searched: Permission denied")
    ]  # fmt: skip


@posix
@each_command
@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_pipes_and_devices_stay_what_they_are(command, overwrite, place):
    """Never with a device itself: a link in a folder of its own is all that a mistake could replace."""
    source, options, endings, _ = COMMANDS[command]
    pipe, link, got = place / f"pipe{endings[0]}", place / f"null{endings[0]}", []
    os.mkfifo(pipe)
    link.symlink_to("/dev/null")
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    result = run(command, source, "-o", pipe, *options, *overwrite)
    if result.exit_code:  # so that the reader ends
        pipe.write_bytes(b"")
    reader.join()
    assert result.exit_code == 0, result.output
    assert run(command, source, "-o", link, *options, *overwrite).exit_code == 0
    assert run(command, source, "-o", place / f"file{endings[0]}", *options).exit_code == 0
    assert got == [(place / f"file{endings[0]}").read_bytes()]
    assert stat.S_ISFIFO(pipe.stat().st_mode) and link.is_symlink() and link.is_char_device()


@posix
@pytest.mark.slow
def test_compress_takes_a_pipe_of_any_name_and_prints_elsewhere(place):
    command = [sys.executable, "-m", "aewidgets", "compress", "a.png", "-o", "/dev/stdout"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout == (place / "a.aew").read_bytes()
    assert b"lossless" in done.stderr


@posix
@each_command
def test_overwrite_goes_through_links_and_keeps_permissions(command, place):
    source, options, endings, _ = COMMANDS[command]
    (place / "far").mkdir()
    target, link = place / "far" / f"x{endings[0]}", place / f"link{endings[0]}"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert run(command, source, "-o", link, *options).exit_code == 1
    assert target.read_bytes() == b"old"
    assert run(command, source, "-o", link, *options, "--overwrite").exit_code == 0
    assert link.is_symlink() and target.read_bytes() != b"old" and stat.S_IMODE(target.stat().st_mode) == 0o640


@posix
def test_names_as_long_as_a_name_may_be_and_of_bytes_that_are_no_text(place):
    """No name ends the batch; lines show bytes that are no text as Python does."""
    names = ["x" * 251, "y" * 246, "\u65e5\u672c" * 41, os.fsdecode(b"caf\xe9"), "[red]", "a b", "new\nline", "-"]
    (place / "in").mkdir()
    for name in names:
        (place / "in" / f"{name}.aew").write_bytes((place / "a.aew").read_bytes())
    for encoding in ("utf-8", "ascii"):
        environment = os.environ | {"PYTHONIOENCODING": encoding}
        command = [sys.executable, "-m", "aewidgets", "decompress", "in", "-o", encoding]
        done = subprocess.run(command, capture_output=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        assert b"caf?.png: " in done.stdout or b"caf\\udce9.png: " in done.stdout
        assert files(place / encoding) == sorted(f"{name}.png" for name in names)


@posix
@each_command
@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="a device of Linux")
def test_a_full_disk_is_told_with_the_path(command, place):
    source, options, endings, _ = COMMANDS[command]
    full = place / f"full{endings[0]}"
    full.symlink_to("/dev/full")
    result = run(command, source, "-o", full, *options)
    assert result.exit_code == 1
    assert result.output == f"failed: {source}: {full}: No space left on device\n"


@pytest.mark.parametrize("options", [["--json", "x/y.json"], ["--curves-out", "a.png"], ["--json", "no/x.json"]])
def test_what_rd_cannot_write_is_told_with_the_path(options, place):
    (place / "x").mkdir()
    (place / "x" / "y.json").mkdir()
    result = run("rd", "a.png", "--codec", "jpeg", "--quality", 5, "--quality", 50, "--quiet", *options)
    assert result.exit_code in (1, 2) and isinstance(result.exception, SystemExit)
    assert "y.json" in result.output or "a.png" in result.output or "no" in result.output


@posix
@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="a device of Linux")
@pytest.mark.parametrize("option", ["--json", "--plot"])
def test_a_full_disk_is_told_with_the_path_by_rd(option, place):
    full = place / "full"
    full.symlink_to("/dev/full")
    result = run("rd", "a.png", "--codec", "jpeg", "--quality", 5, "--quality", 50, "--quiet", option, full)
    assert result.exit_code == 1 and f"Error: {full}: No space left on device" in result.output


@posix
def test_nobody_reading_is_no_traceback(place):
    command = f"{sys.executable} -m aewidgets info a.aew | head -c 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("a", "")


def test_an_output_is_looked_at_before_any_work(place):
    with pytest.raises(click.UsageError, match="make it first"):
        plan([Path("a.png")], "absent/x.aew", ".aew", (".png",), (".aew",))


@pytest.mark.parametrize("command", ["decompress", "denoise"])
def test_max_pixels_reaches_reading_and_writing(command, place, monkeypatch):
    """As if every limit were far below the size of this picture; the option alone lifts all of them."""
    from aewidgets.images import reading

    source, options, _, _ = COMMANDS[command]
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9)
    monkeypatch.setattr(reading, "MAX_PIXELS", 9)
    if command == "denoise":
        result = run(command, source, "-o", "b.png", *options)
        assert result.exit_code == 1 and "pixels" in result.output
    assert run(command, source, "-o", "b.png", *options, "--max-pixels", 24 * 16 - 1).exit_code == 1
    result = run(command, source, "-o", "b.png", *options, "--max-pixels", 24 * 16)
    assert result.exit_code == 0, result.output
    assert Image.MAX_IMAGE_PIXELS == 9


def test_max_pixels_reaches_other_processes(place):
    shutil.copy("a.aew", "b.aew")
    result = run("decompress", "a.aew", "b.aew", "-o", "out/", "--jobs", 2, "--max-pixels", 24 * 16)
    assert result.exit_code == 0, result.output
    assert run("decompress", "a.aew", "b.aew", "-o", "no/", "--jobs", 2, "--max-pixels", 24 * 16 - 1).exit_code == 1
