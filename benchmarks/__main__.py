"""Command `python -m benchmarks`: runs all benchmarks, or the named ones.

Kodak is for reporting: choose nothing by it.
"""

import sys
from importlib import import_module

PARTS = ("cost", "seconds", "decoder", "large", "sizes", "odd_pictures", "prefixes", "trellis", "notebooks")
PARTS += ("targets", "effort", "backends", "studio", "explorer", "monitor", "training", "watching", "rate_distortion")
PARTS += ("denoise_speed", "restoration")
HOURS = ("ablations", "autoencoders", "denoising", "self_supervised")  # only when named


def main(arguments: list[str]) -> int:
    """Run benchmarks by name; return the exit status, 2 for an unknown name."""
    unknown = set(arguments) - {*PARTS, *HOURS}
    if unknown:
        known = ", ".join(PARTS + HOURS)
        print(f"no benchmark is called {', '.join(sorted(unknown))}; names are {known}", file=sys.stderr)
        return 2
    for part in arguments or PARTS:
        module = import_module(f"benchmarks.{part}")
        print(f"\n{part}: {module.__doc__.splitlines()[0]}\n", flush=True)
        module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
