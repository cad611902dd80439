"""Registry of named data sets: content, source, licence, checksums and published split. Opens no picture.

`aewidgets.images.sets` opens the pictures of `IMAGES`; `aewidgets.training.data` divides those of `SPLITS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["DATASETS", "HELD_OUT", "IMAGES", "PHOTOGRAPHS", "SCIKIT_LEARN", "SPLITS", "DataSet", "NamedImages",
           "NamedSplits"]  # fmt: skip


@dataclass(frozen=True)
class DataSet:
    """A named data set.

    Attributes:
        name: argument of `load_images` or `load_splits`.
        content: description of the pictures.
        licence: licence as the source states it.
        pixels: SHA-256 of the pixels, as each kind of set defines; empty for sets that are not downloaded.
    """

    name: str
    content: str
    licence: str
    pixels: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class NamedImages(DataSet):
    """A named set of pictures of any size, which `load_images` opens one at a time.

    Attributes:
        use: permitted use in this project, so that reported figures are fair.
        count: number of pictures.
        folders: folders of the files below a data folder; empty for sets inside other packages.
        address: web address of the source.
        pixels: `pixel_sha256` of each picture, for a set that is downloaded.
    """

    use: str
    count: int
    folders: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True)
class NamedSplits(DataSet):
    """A named set of small pictures of one shape with labels, which `load_splits` divides into three parts.

    Attributes:
        classes: names of the labels, in their order.
        test: share of the pictures that is held out; 0 for sets with a test part of their own.
        validation: share of the training pictures that is set aside.
        files: array files below a data folder; empty for sets inside other packages.
        kept: name that Keras gives the set in its cache; "" for sets inside other packages.
        sized: True if the pictures are cut to the size asked for, and not resized.
        pixels: SHA-256 of all training pictures, then of all test pictures, as bytes.
    """

    classes: tuple[str, ...]
    test: float = 0
    validation: float = 1 / 6
    files: tuple[str, ...] = ()
    kept: str = ""
    sized: bool = False


#: Photographs of the "bundled" set that scikit-learn ships.
SCIKIT_LEARN = ("china", "flower")
#: All photographs of the "bundled" set: scikit-image ships the others.
PHOTOGRAPHS = (
    "astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "retina", "immunohistochemistry",
    "stereo_motorcycle", *SCIKIT_LEARN,
)  # fmt: skip
#: Photographs of the "bundled" set that no model is trained on.
HELD_OUT = ("chelsea", "coffee")

_REPORT_ONCE = "report once; never train or choose a model on it"
_DENOISING = "published denoising figures; never train or choose a model on it"
_PACKAGED = "public domain or CC0 as scikit-image states; scikit-learn's two CC BY 2.0"
_BSDS = "https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/resources.html"
_CID22 = "https://cloudinary.com/labs/cid22"
_TESTSETS = "https://github.com/cszn/FFDNet/tree/master/testsets"
_DIGITS = tuple("0123456789")

#: Every data set by name.
DATASETS: dict[str, NamedImages | NamedSplits] = {
    d.name: d
    for d in (
        NamedImages(
            "bundled", "colour photographs that scikit-image ships, and two of scikit-learn's where it is installed",
            _PACKAGED, "anything but figures of record; chelsea and coffee are held out of training", 10,
        ),
        NamedImages(
            "bundled-holdout", "chelsea, coffee and camera (gray), which scikit-image ships",
            "public domain or CC0, as scikit-image states", "tests, demonstrations; never train on it", 3,
        ),
        NamedImages(
            "kodak", "Kodak photographs, 768x512", "released for unrestricted usage", _REPORT_ONCE, 24,
            ("kodak",), "https://r0k.us/graphics/kodak/kodak",
            pixels=(
                "f3f0309aa82da62830b5baa1c6222cd0263529e2f52dc538752204ef34e3e6ee",
                "efb3a142b9fd1213659057e60a23bdc9cb941629196c61d8cd587bb704092a5c",
                "f382c9f19db1032ddea11365b2f78e23ab255e1841435ef615c5c0bb7954cc0d",
                "e8bc6d66578eedbed6d8478a5ed004e63bb3801d1e60b26a531877da77c3f2ba",
                "e0ca3db383cb31b2e890665e09c0399b0a84d4a7d106692fb8c35517aafc4cb8",
                "59d983a73c75219e39793ad3cbbd55da25dc968a344aeb077b9b5c0b000d70f7",
                "913a2babd7ba1bc89216c7664f10f505b2313e81e113b2b2d95190f09a12669c",
                "787d712e7dd5332bf201eeef24c590b409e19e1802bb7de293ded84a63768b7b",
                "711cfad450f4c0032fb007bea531f721dedd8caab9d494d01fa37b9f7b104cbf",
                "8536a6eff5385ff17124514ddbef225460211ece8bc967a13f9127bef13f53cb",
                "a63d9315d4c9fbdecaa9cf95ea6c481a0e3472e8ab3c8b7afa174b876b90bade",
                "dfd9eff8cb44974bcbea9acfe03eef3d68c059fad876679913b0a781c6dc8f71",
                "fa612a130b13e5a250e58df0810dc7ef249087f7e0c13c62102aa961fa1037c7",
                "88dc670efb9ef12a5a75f0b6781f840912d738d434bf7933a10c9f66c3bf68f1",
                "55e07516f03ccc4c1254db958a818dd8c87ba3f3919fbbb4d00b2db3cfe85542",
                "46f26938118cc23081c49f2a92b22cd2a3271acea38a1aba80cc98940b8e2b01",
                "b59939091397b95494c77b73bc62cfef45df645da851adaf77d72f5496c60eb9",
                "6cfe860b5f410d67239f77141b17228341f2d5640d235844c5b128c700d63647",
                "be1ad9833b5eb9dadb8ee9e1c6c5747fa4da991d78275434b198b461d2b5e00f",
                "65a7dc4950dffc7b1c3a4caa4a7c86727b8daba72788bbb338a4cdfa32a23d78",
                "cb12e2a4186d58f12d22e9e91dc027fbf07c760066da2bdcb5ddcfc30c9ae8e7",
                "7aa6307b6d32ebdae6be7fafe2e70902f63f50b3afebcf1da777f7b8f40beb40",
                "84278e4abfd7eb4a9c0170f2ca7cf8ab954bb7c7793eae4253a0aa64a9d15146",
                "3fa80499f14cf6d98cb9877fc59008d693f7a1396e1a7c0f512535bfd6b391df",
            ),
        ),
        NamedImages(
            "photos-train", "CID22 photographs, 512x512", "CC BY-SA 4.0", "training", 208, ("photos/train",), _CID22,
        ),
        NamedImages(
            "photos-select", "CID22 photographs, 512x512", "CC BY-SA 4.0",
            "choosing models; never train on it", 41, ("photos/select",), _CID22,
        ),
        NamedImages(
            "bsds500", "BSDS500 photographs, 481x321, JPEG", "research and education",
            "training only; halve their size first for codecs", 400, ("bsds500/train", "bsds500/test"), _BSDS,
        ),
        NamedImages("set12", "Set12, gray", "none stated", _DENOISING, 12, ("set12",), _TESTSETS),
        NamedImages("bsd68", "BSD68, gray, 481x321", "none stated", _DENOISING, 68, ("bsd68",), _TESTSETS),
        NamedImages("cbsd68", "CBSD68, colour, 481x321", "none stated", _DENOISING, 68, ("cbsd68",), _TESTSETS),
        NamedSplits(
            "digits", "1,797 handwritten digits, 8x8 gray, which scikit-learn ships", "CC BY 4.0 (UCI)", _DIGITS,
            test=1 / 5,
        ),
        NamedSplits(
            "faces", "100 faces and 100 other pictures, 25x25 gray, which scikit-image ships",
            "public photographs of the news, as scikit-image has them", ("face", "other"), test=1 / 5,
        ),
        NamedSplits(
            "patches", "patches of ten photographs, colour, divided by photograph; chelsea and coffee are held out",
            _PACKAGED, PHOTOGRAPHS, sized=True,
        ),
        NamedSplits(
            "mnist", "70,000 handwritten digits, 28x28 gray", "none stated", _DIGITS,
            files=("mnist/mnist.npz",), kept="mnist.npz",
            pixels=(
                "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
                "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
            ),
        ),
        NamedSplits(
            "fashion-mnist", "70,000 pictures of clothes, 28x28 gray", "MIT",
            ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"),
            files=("fashion_mnist/fashion_mnist.npz",), kept="fashion-mnist",
            pixels=(
                "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
                "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
            ),
        ),
        NamedSplits(
            "cifar10", "60,000 photographs of ten things, 32x32 colour", "none stated",
            ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
            files=("cifar10/train4000.npz", "cifar10/test249.npz"), kept="cifar-10-batches-py-target",
            # The first 4,000 training pictures, since Keras checks the archive of all 50,000, and the 249 test
            # pictures of the file above.
            pixels=(
                "bac45b45504ed1289a3f437be4bfbefece248abbc094a428a0b4dfab00e776ae",
                "9efc4efe6329ecab397fa9045a4372734724973746008b487c9661fa07043731",
            ),
        ),
    )
}  # fmt: skip

#: Sets that `load_images` opens.
IMAGES = {name: d for name, d in DATASETS.items() if isinstance(d, NamedImages)}
#: Sets that `load_splits` divides.
SPLITS = {name: d for name, d in DATASETS.items() if isinstance(d, NamedSplits)}
