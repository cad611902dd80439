"""Numbers that the bitstream is made of, shared by the integer networks and their Keras twins. No functions.

A change to any of them changes what files mean, and needs a new format version.
"""

from itertools import product

import numpy as np

NUM_TABLES = 64  # probability tables, one per scale
TABLE_SCALES = np.geomspace(0.04, 256.0, NUM_TABLES)  # logistic scales in quantiser steps
TABLE_BITS = 24  # a table's integers sum to 2**24

MEAN_STEPS = 64  # means and decoded values are multiples of 1/64
INDEX_STEPS = 16  # table indexes are computed in 1/16 and rounded to a table
NUM_KNOTS = 9  # qualities at which gains and priors are stored; linear between
QUALITY_MAX = 65535  # stored quality, uint16

ACTIVATION_BITS = 5  # integer activations are multiples of 1/32 ...
ACTIVATION_MAX = 255  # ... clipped to 255/32
EXACT_LIMIT = 1 << 24  # float32 holds every integer below this

LOG_GAIN = 24.0  # context magnitudes: round(24 * log2(1 + |y|)), from a shipped table
LOG_STEPS = 8  # ... which has an entry for each 1/8 of |y|
LOG_ENTRIES = 8192
CONTEXT_LINEAR_MAX = 127  # linear DC differences, in 1/4 of a step, clipped to +-127

DC_CHANNELS = 3  # the first group: the block means of the three colours
DC_STEPS = (4, 2, 1)  # hierarchical interpolation, coarse to fine
DC_CLASSES = 1 + 2 * len(DC_STEPS)
# Decoded neighbours of the centre of four DCs, and of the middle of a side, as (row, column) in steps. The mean of the
# first `DC_AVERAGED` of them is the prediction; its scale and a correction follow from all.
DC_NEIGHBOURS = {
    "centre": [*product((-1, 1), (-1, 1)), *product((-3, 3), (-1, 1)), *product((-1, 1), (-3, 3))],
    "side": [(-1, 0), (1, 0), (0, -1), (0, 1), *product((-2, 2), (-1, 1)), *product((-1, 1), (-2, 2))],
}
DC_AVERAGED = 4

# Order in which the positions of a group are decoded when not all at once, as (row, column) modulo 2 of each pass. Two
# passes are a checkerboard (He et al. 2021, arXiv:2103.15306); three take every fourth position, then those between
# four of them, then the rest.
PASSES = {
    2: (((0, 0), (1, 1)), ((0, 1), (1, 0))),
    3: (((0, 0),), ((1, 1),), ((0, 1), (1, 0))),
}

# Trellis-coded quantisation, for models whose weights hold its tables; see `aewidgets.codec.coding.trellis.trellis`.
TRELLIS_UNIT = 42  # half a step of each of the two quantisers, in 1/64 of a plain step
TRELLIS_FROM = 9  # first table of the trellis: symbols of lower tables are nearly always zero, and are rounded
TRELLIS_LANE = 256  # largest number of symbols in a lane; lanes are coded side by side

MAX_STREAMS = 4  # substreams that a hyperprior codec writes; a file is decoded progressively, one after another

MAX_ERROR = 16  # largest bound on the error of a sample in a near-lossless file, in levels of 255

LATENT_STRIDE = 16  # pixels per latent position
HYPER_STRIDE = 4  # latent positions per hyper-latent position
