"""Command `python -m benchmarks`: runs all benchmarks, or the named ones; `--list` says what each re-makes.

Kodak is for reporting: choose nothing by it.
"""

import resource
import sys
import time
from importlib import import_module
from typing import NamedTuple


class Part(NamedTuple):
    """A benchmark: the figures that it makes again, where they stand, and how long it takes.

    Attributes:
        figures: what is measured.
        document: where the figures stand; "-" for figures that are quoted nowhere.
        minutes: of processor, all cores together, as measured on two cores; None where this was not measured.
        alone: whether it runs only when it is named.
    """

    figures: str
    document: str
    minutes: float | None
    alone: bool = False


PARTS = {
    "cost": Part("multiplications a pixel, sizes of weights", "README: on two cores", None),
    "encoder": Part("encoding, cold, warm and by part", "README: on two cores; encoder.md", None),
    "seconds": Part("seconds to encode and decode a picture, to import", "README: on two cores", 0.34),
    "decoder": Part("`aewidgets decompress` from a cold shell", "README: on two cores", None),
    "javascript": Part("the decoder in JavaScript on Kodak, in Node", "js/decode/README.md", None),
    "backends": Part("files of each backend decoded on each", "README: on two cores", None),
    "rate_distortion": Part("BD-rates of all codecs on Kodak, slow ones too", "README: table of codecs", None),
    "trellis": Part("gain of the trellis", "README: below the table of codecs", None),
    "effort": Part("gain and seconds of each effort, on photos-select", "-", None),
    "shrinking": Part("shrunken models, and files for ONNX and LiteRT", "README: smaller models; shrinking.md", 7.3),
    "restoration": Part("restorers and classical methods on Kodak", "README: restorer; restoration.md", None),
    "camera_noise": Part("denoising the noise of cameras, on photos-select", "-", 4.7),
    "odd_pictures": Part("what becomes of odd pictures", "odd_pictures.md", None),
    "picture_kinds": Part("kinds of pictures by modes of the commands", "picture_kinds.md", 0.10),
    "near_lossless": Part("near-lossless files beside other formats", "near_lossless.md", 5.6),
    "deep": Part("pictures of 16 bits beside JPEG XL and JPEG 2000", "deep.md", 2.1),
    "large": Part("large pictures: seconds and memory", "-", None),
    "sizes": Part("bits of pictures whose sides are no multiple of 64", "-", None),
    "prefixes": Part("worth of the first substreams", "-", None),
    "targets": Part("accuracy of `--bytes` and `--psnr`", "-", None),
    "notebooks": Part("seconds and memory of every notebook", "-", None),
    "studio": Part("CompressionStudio in JupyterLab (extra browser)", "-", None),
    "explorer": Part("LatentExplorer with 70,000 codes (extra browser)", "-", None),
    "explanation": Part("methods of explanation against their checks", "explanation.md", 3, alone=True),
    "monitor": Part("what a TrainingMonitor costs", "-", None),
    "training": Part("images a second beside plain Keras and PyTorch", "-", None),
    "watching": Part("share of training time that watching takes", "-", None),
    "denoise_speed": Part("speed of denoisers", "-", None),
    "ablations": Part("what each part of the codec buys", "ablations.md", 51, alone=True),
    "autoencoders": Part("errors of all autoencoders", "README: autoencoders; autoencoders.md", 119, alone=True),
    "denoising": Part("denoisers on the published sets", "README: denoisers; denoising.md", 93, alone=True),
    "self_supervised": Part("denoising without a clean picture", "README: denoisers", None, alone=True),
}


def listing() -> str:
    """Return a table: command, figures, document, minutes."""
    rows = [("python -m benchmarks ...", "re-makes", "which stands in", "minutes of processor")]
    for name, part in PARTS.items():
        minutes = "not measured" if part.minutes is None else f"{part.minutes:.3g}"
        rows.append((name + (" (only when named)" if part.alone else ""), part.figures, part.document, minutes))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ((cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def processor() -> float:
    """Return the seconds of processor that this process and its ended children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def own_methods(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the arguments without `--method NAME`, and these names."""
    rest, names = list(arguments), []
    while "--method" in rest[:-1]:
        at = rest.index("--method")
        names.append(rest[at + 1])
        del rest[at : at + 2]
    return rest, names


def main(arguments: list[str]) -> int:
    """Run benchmarks by name; return the exit status, 2 for an unknown name."""
    if arguments == ["--list"]:
        print(listing())
        return 0
    arguments, own = own_methods(arguments)
    if own and arguments != ["denoising"]:
        print("--method is for the benchmark denoising alone", file=sys.stderr)
        return 2
    if unknown := set(arguments) - set(PARTS):
        print(f"no benchmark is called {', '.join(sorted(unknown))}; names are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    if not arguments:
        print(listing(), flush=True)
    for name in arguments or [name for name, part in PARTS.items() if not part.alone]:
        module = import_module(f"benchmarks.{name}")
        print(f"\n{name}: {module.__doc__.splitlines()[0]}\n", flush=True)
        start, used = time.perf_counter(), processor()
        module.main(own) if own else module.main()
        minutes, used = (time.perf_counter() - start) / 60, (processor() - used) / 60
        print(f"\n{name}: {minutes:.2f} minutes, {used:.2f} of processor", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
