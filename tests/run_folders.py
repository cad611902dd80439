"""Makes run folders as a report leaves them, without running it; as a program, many at once. No assertions here."""

import base64
import io
import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

START = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)


def png(seed: int = 0, size: tuple[int, int] = (240, 180)) -> bytes:
    """Return the bytes of a PNG of waves, smooth like a photograph, which differs from seed to seed."""
    x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    wave = [np.sin(9 * (x * np.cos(seed + c) + y * np.sin(seed + c)) + seed) for c in range(3)]
    image = Image.fromarray(np.uint8(127.5 + 127.5 * np.stack(wave, axis=-1)))
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def notebook(*pictures: bytes) -> dict:
    """Return an executed notebook, nbformat 4, whose one cell displayed the given PNG images."""
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {"image/png": base64.b64encode(one).decode()}}
        for one in pictures
    ]
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "show()", "execution_count": 1}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{**cell, "outputs": outputs}]}


def record(
    number: int = 0,
    *,
    name: str = "noise",
    parameters: dict | None = None,
    status: str = "completed",
    every: timedelta = timedelta(days=1),
    **more: object,
) -> dict:
    """Return the content of run.json for run `number` of a notebook that runs at a steady pace."""
    started = START + number * every
    codes = {"completed": 0, "cell failed": 1, "timeout": 3, "kernel died": 4, "threshold missed": 6}
    failure = {"cell": 2, "cell_id": "a", "name": "ValueError", "message": "expected an image"}
    return {
        "notebook": f"{name}.ipynb",
        "notebook_sha256": "ab" * 32,
        "status": status,
        "exit_code": codes.get(status, 1),
        "failure": failure if status == "cell failed" else None,
        "parameters": parameters or {},
        "parameters_given": sorted(parameters or {}),
        "started": started.isoformat(timespec="seconds"),
        "finished": (started + timedelta(seconds=42)).isoformat(timespec="seconds"),
        "seconds": 42.0 + number % 7,
        "versions": {"python": "3.13.1", "numpy": "2.3.0"},
        "format": 1,
        **more,
    }


def put(store, about: dict, metrics: dict | None = None, picture: bytes | None = None, name: str | None = None) -> str:
    """Publish a run folder in a store, as `run_report` does, and return its name."""
    stem = about["notebook"].removesuffix(".ipynb")
    moment = datetime.fromisoformat(about["started"])
    ending = "" if about["status"] in ("completed", "threshold missed") else "-failed"
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "run.json": json.dumps(about),
            "metrics.json": json.dumps(metrics or {}),
            f"{stem}.ipynb": json.dumps(notebook(*([picture] if picture else []))),
            f"{stem}.html": "<!doctype html><title>A report</title><h1>A report</h1>",
        }
        for file, text in files.items():
            (Path(folder) / file).write_text(text, encoding="utf-8")
        return store.put_run(Path(folder), name or f"{stem}-{moment:%Y%m%dT%H%M%SZ}{ending}")


def publish_and_index(url: str, first: int, count: int) -> None:
    """Publish runs at once, each in a thread of its own, which then updates the index."""
    from concurrent.futures import ThreadPoolExecutor

    from aewidgets.reports.runs.index import update_index
    from aewidgets.reports.stores.opening import open_store

    def write(number: int) -> None:
        store = open_store(url)
        put(store, record(number, parameters={"n": number}), {"n": number}, png(1), name=f"run-{number:04d}")
        update_index(store, wait=None)  # however busy the machine is

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(write, range(first, first + count)))


if __name__ == "__main__":
    publish_and_index(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
