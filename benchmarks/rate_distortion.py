"""All codecs on Kodak, AVIF and JPEG XL at their slowest too: points, BD-rates, intervals, worst images.

Anchors are optimised JPEG, as in README's table, and then AVIF at its slowest, tuned for PSNR.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from aewidgets.cli import main as aewidgets

#: Qualities of the slow settings: five each, which cover 29 to 38 dB on photographs of Kodak's kind.
SLOW = {
    "avif-psnr": (16, 30, 44, 58, 70),
    "avif-speed-0": (25, 42, 58, 70, 80),
    "jxl-effort-9": (5, 20, 35, 50, 65, 75, 85, 90, 95),
}
FAST = ("learned", "learned-factorised", "jpeg", "jpeg2000", "webp", "avif", "avif-psnr-speed-6", "jxl")
EFFORT_9 = (10, 30, 48, 66, 82)  # of the learned codec


def main() -> None:
    """Run `aewidgets rd kodak`: a quarter of an hour on two cores without the slow settings, two hours with them."""
    with tempfile.TemporaryDirectory() as folder:
        highest = f"{folder}/effort-9.json"
        refined = ["rd", "kodak", "--codec", "learned", "--effort", "9", "--json", highest, "--quiet"]
        aewidgets([*refined, *(f"--quality={q}" for q in EFFORT_9)], standalone_mode=False)
        everything = Path(folder) / "all.json"
        names = [f"--codec={name}" for name in (*FAST, *SLOW)]
        slow = [f"--quality={name}={q}" for name, ladder in SLOW.items() for q in ladder]
        common = ["rd", "kodak", "--curve", highest]
        aewidgets([*common, "--anchor", "jpeg", *names, *slow, "--json", str(everything)], standalone_mode=False)
        tables(everything)


def tables(file: Path) -> None:
    """Print the BD-rates of the learned codecs against every other, from a study that `rd --json` wrote."""
    from aewidgets.studies.rate.curve_files import from_json

    study = from_json(file.read_text(encoding="utf-8"))
    for rate in study.bd_rates:
        if rate.test.startswith("learned") and rate.percent is not None:
            interval = "" if rate.low is None else f" ({rate.low:.1f} to {rate.high:.1f})"
            print(f"{rate.test} against {rate.anchor}: {rate.percent:+.1f} %{interval}")
