"""Content of a sweep.json for tests, without running a sweep. No assertions here."""

import itertools
import math
from typing import Any

EVIL = "</script><img src=x onerror=window.hurt=1><script>window.hurt=2</script>"


def record(status: str = "finished") -> dict[str, Any]:
    """Return a sweep of 54 points of three parameters: three failed, three miss a threshold, two wait."""
    points = []
    grid = itertools.product([5.0, 10.0, 30.0, 50.0, 70.0, 90.0], [0, 2, 5], ["nlm", "tv", EVIL])
    for number, (quality, effort, method) in enumerate(grid, 1):
        state = "completed"
        if number > 52:
            state = "waiting"
        elif effort == 5 and quality == 70:
            state = "cell failed"
        elif effort == 0 and quality == 5:
            state = "threshold missed"
        known = state in ("completed", "threshold missed")
        metrics = {"psnr_db": 25 + 6 * math.log10(quality) + effort / 5, "worst": {"bpp": quality / 50}, "n": math.nan}
        failure = {"cell failed": f"AssertionError: {EVIL}", "threshold missed": "psnr_db >= 30: it is 29.2"}.get(state)
        run = None if state == "waiting" else f"tiny-{number:012x}" + "-failed" * (state == "cell failed")
        points.append(
            {
                "number": number, "status": state, "run": run, "failure": failure,
                "parameters": {"quality": quality, "effort": effort, "method": method},
                "parameters_sha256": "0" * 64, "metrics": metrics if known else {},
                "seconds": 2.5 if known else None, "kept": number < 10,
            }
        )  # fmt: skip
    return {
        "format": 1, "notebook": "tiny.ipynb", "stem": "tiny", "notebook_sha256": "ab" * 32, "status": status,
        "started": "2026-09-01T06:00:00+00:00", "written": "2026-09-01T06:05:00+00:00",
        "varied": ["quality", "effort", "method"], "shared": {"image": "cat.png"}, "dropped": [7], "points": points,
    }  # fmt: skip
