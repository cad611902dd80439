"""Runs moto's S3 server in a process of its own, on loopback. No assertions here."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.browsing import free_port

#: Environment of boto for a server that accepts every key.
ACCOUNT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3_server(folder: Path) -> Iterator[dict[str, str]]:
    """Run a server with one bucket, `bucket`, and yield the environment in which boto finds it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    log = folder / "s3.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(urllib.request.Request(f"{url}/bucket", method="PUT"), timeout=5).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(log.read_text(errors="replace")[-3000:]) from None
                time.sleep(0.1)
        yield {**ACCOUNT, "AWS_ENDPOINT_URL": url}
    finally:
        process.kill()
        process.wait(20)
