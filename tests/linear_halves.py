"""An autoencoder by hand, whose codes are known: for tests of studies and widgets. No assertions here."""

import numpy as np


class Halves:
    """The code is the picture's first `size` numbers, the rest is drawn as zero. Pictures are (n, 3, 4, 1)."""

    def __init__(self, size: int = 5):
        self.size = size

    def encode(self, images: np.ndarray) -> np.ndarray:
        scale = 255 if images.dtype == np.uint8 else 1
        return images.reshape(len(images), -1)[:, : self.size].astype("float32") / scale

    def decode(self, codes: np.ndarray) -> np.ndarray:
        made = np.zeros((len(codes), 12), "float32")
        made[:, : self.size] = codes
        return made.reshape(-1, 3, 4, 1)
