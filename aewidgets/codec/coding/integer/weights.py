"""Integer networks of a codec, made of the arrays in a file of weights. NumPy only, so that a decoder needs no Keras.

`aewidgets.codec.model.export.to_arrays` writes these arrays.
"""

import numpy as np

from aewidgets.codec.coding.constants import DC_NEIGHBOURS, PASSES
from aewidgets.codec.coding.integer.convolution import IntegerConv
from aewidgets.codec.coding.integer.networks import FactorisedNetworks, HyperNetworks, Networks
from aewidgets.codec.coding.integer.priors import Prior


def networks_from(arrays: dict[str, np.ndarray], groups: tuple[int, ...]) -> Networks:
    """Return the integer networks that `aewidgets.codec.model.export.to_arrays` wrote.

    Args:
        arrays: arrays by name.
        groups: numbers of channels per group.

    Raises:
        KeyError: when an array is missing.
        ValueError: when arrays do not make such networks.
    """

    def prior(name):
        return Prior(arrays[f"{name}/mean"], arrays[f"{name}/index"])

    def conv(name):
        return IntegerConv(
            arrays[f"{name}/kernel"],
            arrays[f"{name}/bias"],
            arrays[f"{name}/shift"],
            bool(arrays[f"{name}/relu"]),
        )

    if "z_prior/mean" not in arrays:
        return FactorisedNetworks(prior("prior"), groups)
    heads = tuple(tuple(conv(f"head_{g}_{i}") for i in range(2 if g == 0 else 3)) for g in range(len(groups)))
    later = tuple(
        tuple(
            tuple(conv(f"head_{g}_pass_{k}_{i}") for i in range(2))
            for k in range(1, max(PASSES))
            if f"head_{g}_pass_{k}_0/kernel" in arrays
        )
        for g in range(len(groups))
    )
    return HyperNetworks(
        prior("z_prior"),
        prior("prior"),
        prior("dc_prior"),
        (conv("hyper_0"), conv("hyper_1")),
        heads,
        {k: (conv(f"dc_{k}_0"), conv(f"dc_{k}_1")) for k in DC_NEIGHBOURS if f"dc_{k}_0/kernel" in arrays},
        later,
        groups,
        arrays["logarithm"],
    )
