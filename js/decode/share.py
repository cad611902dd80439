"""Write the decoder's share of a codec's weights, for `loadModel`: python js/decode/share.py photo photo.npz

It holds the arrays that decoding reads, as the shipped file holds them, and the fingerprint of that file.
"""

import sys
from pathlib import Path

import numpy as np

from aewidgets.codec.zoo import load
from aewidgets.system.cards import pack_weights

ENCODER = ("g_a/", "h_a/", "transform/analysis", "strength", "z_gain")  # what only encoding reads


def share(name: str) -> bytes:
    """Return the bytes of a file with the decoder's share of the weights of a shipped codec."""
    codec = load(name)
    kept = {key: array for key, array in codec.arrays.items() if not key.startswith(ENCODER)}
    return pack_weights(kept | {"fingerprint": np.frombuffer(codec.fingerprint, "uint8")})


if __name__ == "__main__":
    source, target = sys.argv[1:]
    Path(target).write_bytes(share(source))
    print(f"{target}: {Path(target).stat().st_size:,} bytes")
