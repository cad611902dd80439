"""The table of denoisers takes methods of one's own beside those of record, and writes nothing of them."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import denoising
from benchmarks.__main__ import main as bench


def test_a_method_of_ones_own_has_a_row_in_every_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys):
    gray = np.tile(np.arange(48, dtype=np.uint8) * 5, (40, 1))
    images = {"set12": gray, "bsd68": gray.T, "cbsd68": np.stack([gray] * 3, -1)}
    monkeypatch.setattr(denoising, "load_images", lambda name: [("ramp", images[name])])
    monkeypatch.chdir(tmp_path)
    Path("strange_table.py").write_text("def gone(image, noise_level):\n    return image * 0 + noise_level / 255\n")
    before = denoising.RESULTS.read_bytes(), denoising.TABLE.read_bytes()
    assert bench(["denoising", "--method", "strange_table.py:gone"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| gone |")]
    errors = [np.mean((gray.astype(float) - level) ** 2) for level in (15, 25, 50)]
    expected = " | ".join(f"{10 * np.log10(255**2 / error):.2f}" for error in errors)
    assert len(rows) == 3 and all(row.startswith(f"| gone | {expected} |") for row in rows)
    assert (denoising.RESULTS.read_bytes(), denoising.TABLE.read_bytes()) == before


def test_other_benchmarks_take_no_method(capsys):
    assert bench(["cost", "--method", "a:b"]) == 2
    assert "denoising alone" in capsys.readouterr().err
