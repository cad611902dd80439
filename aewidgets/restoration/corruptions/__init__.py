"""Corruptions of images: noise, blur, JPEG, lost pixels, low light; by name or as plain functions. No Keras, no files.

    >>> import numpy as np
    >>> corrupt(np.full((8, 8), 0.5), "blur:1.6+gaussian:2", seed=0).description
    'Gaussian blur, sigma 1.6 pixels, then Gaussian noise, noise level 2 of 255'
"""

from aewidgets.restoration.corruptions.applying import Corrupted, corrupt
from aewidgets.restoration.corruptions.blurs import gaussian_blur, gaussian_psf, motion_blur, motion_psf
from aewidgets.restoration.corruptions.camera import Camera, camera_noise, random_camera
from aewidgets.restoration.corruptions.damage import holes, jpeg_artefacts, low_contrast, low_light, missing_pixels
from aewidgets.restoration.corruptions.kinds import CORRUPTIONS, Kind, Parameter
from aewidgets.restoration.corruptions.noise import gaussian_noise, poisson_noise, salt_and_pepper, speckle_noise
from aewidgets.restoration.corruptions.steps import Step, parse_steps

__all__ = [
    "CORRUPTIONS",
    "Camera",
    "Corrupted",
    "Kind",
    "Parameter",
    "Step",
    "camera_noise",
    "corrupt",
    "gaussian_blur",
    "gaussian_noise",
    "gaussian_psf",
    "holes",
    "jpeg_artefacts",
    "low_contrast",
    "low_light",
    "missing_pixels",
    "motion_blur",
    "motion_psf",
    "parse_steps",
    "poisson_noise",
    "random_camera",
    "salt_and_pepper",
    "speckle_noise",
]
