"""Arrays of a file of weights to the integer networks of a codec. NumPy only: what a decoder needs without Keras.

`aewidgets.codec.model.export.to_arrays` writes the arrays.
"""

import numpy as np

from aewidgets.codec.coding.constants import DC_NEIGHBOURS, PASSES
from aewidgets.codec.coding.integer.convolution import IntegerConv
from aewidgets.codec.coding.integer.networks import FactorisedNetworks, HyperNetworks, Networks
from aewidgets.codec.coding.integer.priors import Prior


def networks_from(arrays: dict[str, np.ndarray], groups: tuple[int, ...]) -> Networks:
    """The integer networks that `to_arrays` wrote.

    Args:
        arrays: by name.
        groups: channels per group.

    Raises:
        KeyError, ValueError: when arrays are missing or no such networks.
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
