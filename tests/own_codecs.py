"""Codecs as other people write them: plain objects, which know nothing of aewidgets. No assertions here."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

_SIZE = struct.Struct("<BHH")  # axes, height, width


class Halves:
    """Codec that drops the lowest bits of each sample and deflates the rest: no loss at all at 8 bits."""

    name = "halves"
    qualities = (1, 8)
    unit = "bits a sample"

    def encode(self, image, quality):
        kept = image >> (8 - quality)
        return _SIZE.pack(image.ndim, *image.shape[:2]) + bytes([quality]) + zlib.compress(kept.tobytes())

    def decode(self, data):
        axes, height, width = _SIZE.unpack_from(data)
        shape = (height, width, 3)[:axes]
        kept = np.frombuffer(zlib.decompress(data[_SIZE.size + 1 :]), "uint8").reshape(shape)
        return kept << (8 - data[_SIZE.size])


class MozLike:
    """JPEG as mozjpeg sets it: a progressive scan, optimal Huffman codes, halved colours, Robidoux's table."""

    name = "mozlike"
    label = "JPEG, Robidoux's table"
    qualities = (5, 95)
    unit = "quality"
    suffix = ".jpg"
    TABLE = (
        16, 16, 16, 18, 25, 37, 56, 85, 16, 17, 20, 27, 34, 40, 53, 75,
        16, 20, 24, 31, 43, 62, 91, 135, 18, 27, 31, 40, 53, 74, 106, 156,
        25, 34, 43, 53, 69, 94, 131, 189, 37, 40, 62, 74, 94, 124, 169, 238,
        56, 53, 91, 106, 131, 169, 226, 311, 85, 75, 135, 156, 189, 238, 311, 418,
    )  # fmt: skip

    def encode(self, image, quality):
        scale = 5000 / quality if quality < 50 else 200 - 2 * quality
        table = [min(255, max(1, round(entry * scale / 100))) for entry in self.TABLE]
        options = {"subsampling": "4:2:0"} if image.ndim == 3 else {}
        buffer = io.BytesIO()
        tables = [table] * (2 if image.ndim == 3 else 1)
        Image.fromarray(image).save(buffer, "JPEG", optimize=True, progressive=True, qtables=tables, **options)
        return buffer.getbuffer()

    def decode(self, data):
        return Image.open(io.BytesIO(data))


class Distance:
    """JPEG XL of imagecodecs, whose quality is a distance: the smaller, the closer."""

    name = "jxl-distance"
    qualities = (15.0, 0.1)
    unit = "Butteraugli distance"
    suffix = ".jxl"

    def encode(self, image, quality):
        import imagecodecs

        return imagecodecs.jpegxl_encode(image, distance=quality, effort=3, numthreads=1)

    def decode(self, data):
        import imagecodecs

        return imagecodecs.jpegxl_decode(data, numthreads=1)


class LittleVAE:
    """A variational autoencoder of plain Keras layers, its means rounded in steps and deflated.

    It knows colour alone, and returns floats.
    """

    name = "little-vae"
    qualities = (1.0, 0.02)
    unit = "step"
    gray = False
    SIDE, CHANNELS = 8, 24  # pixels of a square, and numbers for each

    def __init__(self, photographs, steps=60):
        import keras
        from keras import layers, ops

        keras.utils.set_random_seed(0)
        picture = layers.Input((None, None, 3))
        both = layers.Conv2D(2 * self.CHANNELS, self.SIDE, self.SIDE)(picture)
        mean = both[..., : self.CHANNELS]
        self.encoder = keras.Model(picture, mean)
        code = layers.Input((None, None, self.CHANNELS))
        self.decoder = keras.Model(code, layers.Conv2DTranspose(3, self.SIDE, self.SIDE)(code))

        class Noisy(layers.Layer):
            def call(self, both):
                mean, log_variance = ops.split(both, 2, axis=-1)
                spread = ops.mean(ops.exp(log_variance) + ops.square(mean) - 1 - log_variance) / 2
                self.add_loss(1e-5 * spread)
                return mean + ops.exp(log_variance / 2) * keras.random.normal(ops.shape(mean))

        trained = keras.Model(picture, self.decoder(Noisy()(both)))
        trained.compile("adam", "mse")
        trained.optimizer.learning_rate = 0.01
        rng = np.random.default_rng(0)
        patches = np.stack([self._patch(photographs, rng) for _ in range(32 * steps)])
        trained.fit(patches, patches, batch_size=32, epochs=1, verbose=0)

    @staticmethod
    def _patch(photographs, rng):
        photograph = photographs[rng.integers(len(photographs))]
        row, column = (rng.integers(side - 31) for side in photograph.shape[:2])
        return photograph[row : row + 32, column : column + 32] / np.float32(255)

    def encode(self, image, quality):
        height, width = image.shape[:2]
        padded = np.pad(image, [(0, -height % self.SIDE), (0, -width % self.SIDE), (0, 0)], mode="edge")
        code = np.asarray(self.encoder(padded[None] / np.float32(255)))[0]
        symbols = np.rint(code / quality).astype("<i2")
        return struct.pack("<HHf", height, width, quality) + zlib.compress(symbols.tobytes(), 9)

    def decode(self, data):
        height, width, step = struct.unpack_from("<HHf", data)
        rows, columns = -(-height // self.SIDE), -(-width // self.SIDE)
        symbols = np.frombuffer(zlib.decompress(data[8:]), "<i2").reshape(rows, columns, self.CHANNELS)
        picture = np.asarray(self.decoder((symbols * np.float32(step))[None]))[0]
        return picture[:height, :width].clip(0, 1)


class Factorised:
    """A network of CompressAI, untrained, so that nothing is downloaded: its bytes are real, its pictures are not."""

    name = "compressai-factorised"
    qualities = None
    unit = ""
    gray = False

    def __init__(self):
        from compressai.zoo import bmshj2018_factorized

        self.network = bmshj2018_factorized(quality=1, pretrained=False).eval()
        self.network.update()

    def encode(self, image, quality):
        import torch

        height, width = image.shape[:2]
        padded = np.pad(image, [(0, -height % 64), (0, -width % 64), (0, 0)], mode="edge")
        with torch.no_grad():
            coded = self.network.compress(torch.from_numpy(padded).permute(2, 0, 1)[None] / 255)
        return struct.pack("<HHHH", height, width, *coded["shape"]) + coded["strings"][0][0]

    def decode(self, data):
        import torch

        height, width, *shape = struct.unpack_from("<HHHH", data)
        with torch.no_grad():
            picture = self.network.decompress([[data[8:]]], shape)["x_hat"]
        return picture[0].permute(1, 2, 0)[:height, :width].clamp(0, 1)
