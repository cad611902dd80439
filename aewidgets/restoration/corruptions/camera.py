"""Noise as cameras leave it in the pictures that they save: made at the sensor, and then processed. Seeded.

A clean picture is brought back to the light that the sensor measured (inverse tone curve, colour matrix and white
balance, as by Brooks et al. 2019, "Unprocessing images for learned raw denoising"), where shot and read noise is added
at the pixels of a Bayer mosaic. Demosaicing, the camera's own noise reduction, the tone curve and JPEG then make the
noise correlated over pixels and channels, weak in black and in white, and stronger in gray.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from aewidgets.classical.light import to_linear, to_srgb
from aewidgets.restoration.corruptions.damage import jpeg_artefacts
from aewidgets.restoration.corruptions.demosaicing import DEMOSAICINGS, mosaic, mosaic_masks

__all__ = ["TRAINED_DEMOSAICINGS", "Camera", "camera_noise", "random_camera"]

TRAINED_DEMOSAICINGS = ("bilinear", "gradient-corrected")  # of the cameras that are drawn; the third one is for tests
SHOT = (1e-4, 0.012)  # range of the shot noise that is drawn, by its logarithm
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
SRGB_TO_XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
XYZ_TO_CAMERA = np.array(  # of four cameras, as Brooks et al. published them
    [
        [[1.0234, -0.2969, -0.2266], [-0.5625, 1.6328, -0.0469], [-0.0703, 0.2188, 0.6406]],
        [[0.4913, -0.0541, -0.0202], [-0.6130, 1.3513, 0.2906], [-0.1564, 0.2151, 0.7183]],
        [[0.8380, -0.2630, -0.0639], [-0.2887, 1.0725, 0.2496], [-0.0627, 0.1427, 0.5438]],
        [[0.6596, -0.2079, -0.0562], [-0.4782, 1.3016, 0.1933], [-0.0970, 0.1581, 0.5181]],
    ]
)


@dataclass(frozen=True)
class Camera:
    """A camera that makes noise, and what it does with it before a picture is saved.

    Attributes:
        shot: variance of the noise at the sensor for each unit of light, where 1 saturates the sensor; 1e-4 is hardly
            seen, 0.012 is strong.
        read: variance of the noise at the sensor that does not depend on light, in squares of the same unit.
        red, blue: white balance, the factors of the two channels against green, at least 1.
        exposure: light of a white pixel at the sensor, 0 to 1.
        mixture: shares of four published cameras' colour matrices in this one's.
        phase: row and column, 0 or 1, of the first red pixel of the mosaic.
        demosaicing: a name in `aewidgets.restoration.corruptions.demosaicing.DEMOSAICINGS`.
        smoothing: standard deviation in pixels of the blur by which the camera reduces the noise; 0 for none.
        chroma: standard deviation of the colour of the noise over that of its brightness, at most.
        contrast: whether the tone curve is steeper in the middle than sRGB's.
        quality: quality of the JPEG, 1 to 100; None for a picture saved without loss, in 8 bits.
        block: row and column, 0 to 7, of the JPEG's first whole block; others than 0 stand for a picture cut later.
    """

    shot: float = 3e-3
    read: float = 5e-5
    red: float = 2.0
    blue: float = 1.7
    exposure: float = 0.8
    mixture: tuple[float, float, float, float] = (0.25, 0.25, 0.25, 0.25)
    phase: tuple[int, int] = (0, 0)
    demosaicing: str = "gradient-corrected"
    smoothing: float = 0.7
    chroma: float = 0.55
    contrast: bool = False
    quality: int | None = 92
    block: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.demosaicing not in DEMOSAICINGS:
            names = ", ".join(DEMOSAICINGS)
            raise ValueError(f"demosaicing: expected one of {names}, got {self.demosaicing!r}")
        for name in ("shot", "read", "smoothing", "chroma"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name}: expected a number of at least 0, got {getattr(self, name)!r}")
        if not 0 < self.exposure <= 1:
            raise ValueError(f"exposure: expected a number above 0 and up to 1, got {self.exposure!r}")
        if min(self.red, self.blue) < 1:
            raise ValueError(f"red and blue: expected factors of at least 1, got {self.red!r} and {self.blue!r}")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise ValueError(f"quality: expected 1 to 100, or None, got {self.quality!r}")

    @property
    def matrix(self) -> np.ndarray:
        """The colour matrix from linear sRGB to the sensor's colours, float32 (3, 3), of rows with sum 1."""
        matrix = np.tensordot(self.mixture, XYZ_TO_CAMERA, 1) @ SRGB_TO_XYZ
        return (matrix / matrix.sum(axis=1, keepdims=True)).astype(np.float32)


def random_camera(rng: np.random.Generator, shot: float | None = None) -> Camera:
    """Draw a camera of the kind that denoisers are trained on.

    Shot noise is log-uniform from 1e-4 to 0.012, and log read = 2.18 log shot + 1.20 with a standard deviation of 0.26,
    as Brooks et al. found it on real cameras.

    Args:
        rng: source of random numbers.
        shot: the shot noise, where it is to be that of `Camera`; drawn if None.
    """
    drawn = float(np.exp(rng.uniform(*np.log(SHOT))))
    shot = drawn if shot is None else shot
    read = float(np.exp(2.18 * np.log(shot) + 1.20 + 0.26 * rng.standard_normal())) if shot else 0.0
    return Camera(
        shot=shot,
        read=read,
        red=float(rng.uniform(1.9, 2.4)),
        blue=float(rng.uniform(1.5, 1.9)),
        exposure=float(rng.uniform(0.6, 1.0)),
        mixture=tuple(float(share) for share in rng.dirichlet(np.ones(4))),  # type: ignore[arg-type]
        phase=(int(rng.integers(2)), int(rng.integers(2))),
        demosaicing=str(rng.choice(TRAINED_DEMOSAICINGS)),
        smoothing=float(rng.uniform(0.5, 1.3)),
        chroma=float(rng.uniform(0.3, 0.8)),
        contrast=bool(rng.random() < 0.5),
        quality=int(rng.integers(80, 99)),
        block=(int(rng.integers(8)), int(rng.integers(8))),
    )


def camera_noise(image: np.ndarray, camera: Camera, seed: int | np.random.Generator) -> np.ndarray:
    """Add the noise that a camera leaves in its pictures.

    Args:
        image: clean picture, float (h, w) or (h, w, 3) in units of [0, 1], at least 8 pixels a side; gray becomes the
            luma of a gray picture taken in colour.
        camera: what makes the noise and processes it.
        seed: of the noise, or a source of random numbers.

    Returns:
        float32 of the same shape in [0, 1], in steps of 1 / 255.
    """
    rng = np.random.default_rng(seed)
    colour = np.asarray(image, np.float32)
    if colour.ndim == 2:
        colour = np.repeat(colour[..., None], 3, axis=2)
    height, width, _ = colour.shape
    balance = np.array([camera.red, 1, camera.blue], np.float32) / np.float32(camera.exposure)
    light = (to_linear(_untoned(np.clip(colour, 0, 1), camera)) @ camera.matrix.T).astype(np.float32) / balance
    masks = mosaic_masks(height, width, camera.phase)
    clean = mosaic(light, masks)
    variance = np.float32(camera.shot) * np.maximum(clean, 0) + np.float32(camera.read)
    noisy = clean + np.sqrt(variance) * rng.standard_normal(clean.shape, dtype=np.float32)
    back = np.linalg.inv(camera.matrix).T.astype(np.float32)
    field = np.subtract(*(_developed(np.minimum(raw, 1), masks, balance, back, camera) for raw in (noisy, clean)))
    field = _reduced(field, camera)
    if image.ndim == 2:
        field, colour = field @ LUMA, colour[..., 0]
    return _saved(colour + field, camera)


def _developed(raw: np.ndarray, masks: np.ndarray, balance: np.ndarray, back: np.ndarray, camera: Camera) -> np.ndarray:
    """Return the picture that a camera makes of what its sensor measured."""
    light = DEMOSAICINGS[camera.demosaicing](raw, masks) * balance
    values = to_srgb(np.clip(light @ back, 0, 1)).astype(np.float32)
    return values * values * (3 - 2 * values) if camera.contrast else values


def _untoned(values: np.ndarray, camera: Camera) -> np.ndarray:
    """Return values before the steeper tone curve, 3 v^2 - 2 v^3."""
    return 0.5 - np.sin(np.arcsin(1 - 2 * values) / 3) if camera.contrast else values


def _reduced(field: np.ndarray, camera: Camera) -> np.ndarray:
    """Return a field of noise (h, w, 3) after a camera's noise reduction: blurred, and with less colour."""
    if camera.smoothing:
        field = gaussian_filter(field, (camera.smoothing, camera.smoothing, 0), mode="mirror", truncate=3)
    brightness = (field @ LUMA)[..., None]
    colour = field - brightness
    most, found = camera.chroma * float(brightness.std()), float(np.sqrt(np.mean(np.square(colour))))
    return brightness + colour * np.float32(min(1.0, most / found) if found else 1.0)


def _saved(picture: np.ndarray, camera: Camera) -> np.ndarray:
    """Return a picture as its file has it."""
    if camera.quality is None:
        return np.rint(np.clip(picture, 0, 1) * 255).astype(np.float32) / np.float32(255)
    top, left = camera.block
    sides = ((top, 0), (left, 0), (0, 0))[: picture.ndim]
    padded = np.pad(picture, sides, mode="symmetric") if top or left else picture
    return jpeg_artefacts(padded, camera.quality)[top:, left:]
