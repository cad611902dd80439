"""The browser's decoder run in Node, on codes and a portable decoder that Python made. No assertions here."""

import json
import subprocess
from pathlib import Path

import numpy as np

JS = Path(__file__).resolve().parent.parent / "js"


def decode_in_node(made, codes: np.ndarray, folder: Path) -> tuple[np.ndarray, float]:
    """Decode codes (n, ...); return pictures, float32 (n, height, width, channels), and milliseconds for each."""
    (folder / "decoder.json").write_text(json.dumps(made.steps), encoding="utf-8")
    (folder / "weights.bin").write_bytes(made.weights)
    (folder / "codes.bin").write_bytes(np.asarray(codes, "<f4").tobytes())
    run = subprocess.run(["node", "decode.mjs", str(folder)], cwd=JS, check=True, capture_output=True, text=True)
    pictures = np.frombuffer((folder / "pictures.bin").read_bytes(), "<f4")
    return pictures.reshape(len(codes), *made.steps[-1]["shape"]), float(run.stdout)
