"""Whole files: their permissions, links, pipes and devices, long and odd names, and errors that name the path."""

import errno
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aewidgets.system.writing import whole_file, write_bytes, write_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions, links and pipes of POSIX")


@pytest.fixture
def umask():
    """Return a function that sets the umask for one test."""
    before = os.umask(0)
    os.umask(before)
    yield os.umask
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o027, 0o077])
def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path, umask, mask):
    umask(mask)
    write_bytes(tmp_path / "new", b"1")
    assert mode(tmp_path / "new") == 0o666 & ~mask


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o755, 0o666])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path, umask, bits):
    umask(0o022)
    path = tmp_path / "old"
    path.write_bytes(b"1")
    path.chmod(bits)
    with whole_file(path) as file:
        file.write(b"2")
        (part,) = [p for p in tmp_path.iterdir() if p != path]
        assert mode(part) & ~bits == 0  # at no time may others read more than the result lets them
    assert mode(path) == bits
    assert path.read_bytes() == b"2"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_is_replaced_keeps_its_owner(tmp_path):
    path = tmp_path / "old"
    path.write_bytes(b"1")
    os.chown(path, 12345, 54321)
    write_bytes(path, b"2")
    assert (path.stat().st_uid, path.stat().st_gid, path.read_bytes()) == (12345, 54321, b"2")


def test_links_stay_and_what_they_lead_to_is_replaced(tmp_path):
    (tmp_path / "far").mkdir()
    target, link, second = tmp_path / "far" / "file", tmp_path / "link", tmp_path / "second"
    link.symlink_to("far/file")
    second.symlink_to("link")
    write_bytes(link, b"new")  # it leads nowhere yet
    assert target.read_bytes() == b"new"
    write_bytes(second, b"newer")
    assert (target.read_bytes(), link.is_symlink(), second.is_symlink()) == (b"newer", True, True)
    assert names(tmp_path / "far") == ["file"]


def test_a_link_in_a_circle_is_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="circle"):
        write_bytes(tmp_path / "a", b"1")
    assert (tmp_path / "a").is_symlink()


def test_a_pipe_stays_a_pipe_and_its_reader_gets_every_byte(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    data = bytes(range(256)) * 1000  # more than a pipe holds
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with whole_file(pipe) as file:
        file.write(data)
        file.seek(0)  # as writers of pictures do
        file.write(data[:7])
    reader.join()
    assert got == [data]
    assert stat.S_ISFIFO(pipe.stat().st_mode) and names(tmp_path) == ["pipe"]


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="a device of Linux")
def test_a_device_is_written_into_through_a_link_too(tmp_path):
    """Through links to devices, so that a mistake here replaces a link in a folder of its own and no device."""
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "full").symlink_to("/dev/full")
    write_bytes(tmp_path / "null", b"1")
    with pytest.raises(OSError, match="No space left") as caught:
        write_bytes(tmp_path / "full", b"1")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path / "full"))
    assert all(p.is_symlink() and p.is_char_device() for p in tmp_path.iterdir())


def test_folders_and_sockets_are_refused_as_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket has at most 107 bytes
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
        for path in (tmp_path / "folder", tmp_path / "socket"):
            with pytest.raises(OSError, match="expected a file or a new name") as caught:
                write_bytes(path, b"1")
            assert caught.value.filename == str(path)
    assert names(tmp_path) == ["folder", "socket"]


@pytest.mark.parametrize("length", [1, 200, 245, 246, 250, 255])
def test_every_name_that_a_file_may_have_can_be_written(tmp_path, length):
    write_bytes(tmp_path / ("x" * length), b"1")
    write_text(tmp_path / ("\u00e4" * (length // 2) or "y"), "2")
    assert not [name for name in names(tmp_path) if name.startswith(".")]


def test_names_and_texts_of_bytes_that_are_not_utf8(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff\xfe.txt")
    write_text(path, "\udcff and \u00e4")
    assert path.read_text(encoding="utf-8") == "\\udcff and \u00e4"


def test_a_block_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"mine")

    def fail():
        with whole_file(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert names(tmp_path) == ["x"] and path.read_bytes() == b"mine"


def test_errors_name_the_path_and_not_the_temporary_file(tmp_path):
    for path in (tmp_path / "absent" / "x", tmp_path / ("x" * 256)):
        with pytest.raises(OSError) as caught:
            write_bytes(path, b"1")
        assert caught.value.filename == str(path) and str(path) in str(caught.value)
    with pytest.raises(OSError) as caught, whole_file(tmp_path / "y"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(tmp_path / "y")
    with pytest.raises(FileNotFoundError) as caught, whole_file(tmp_path / "y"):
        (tmp_path / "other").read_bytes()
    assert caught.value.filename == str(tmp_path / "other")
    assert names(tmp_path) == []


_LIMITED = """
import resource, sys
from pathlib import Path
from aewidgets.system.writing import write_bytes
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    write_bytes(path, bytes(1000))
except OSError as error:
    print(error.filename == str(path), list(path.parent.iterdir()))
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
try:
    write_bytes(path, b"1")
except OSError as error:
    print(error.filename == str(path), error.strerror)
"""


def test_a_full_disk_and_too_many_open_files_name_the_path(tmp_path):
    arguments = [sys.executable, "-c", _LIMITED, str(tmp_path / "x")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["True []", "True Too many open files"]
