"""Cheapest path through the trellis of `aewidgets.codec.coding.trellis.trellis`, by rate and distortion together.

Viterbi's algorithm runs over all lanes side by side. At each symbol a state is left by a level of even or of odd
magnitude. The candidates of either parity are a small one, 0 or 1, and the two larger ones next to the latent.
A decoder needs none of this.
"""

import numpy as np

from aewidgets.codec.coding.constants import MEAN_STEPS, TABLE_BITS, TRELLIS_UNIT
from aewidgets.codec.coding.entropy.tables import MAX_REACH, table_bits
from aewidgets.codec.coding.trellis.lanes import Lanes
from aewidgets.codec.coding.trellis.trellis import NEXT, NUM_STATES, Trellis, kinds_of

STEP = TRELLIS_UNIT / MEAN_STEPS  # unit of the trellis, in plain steps
AT_ONCE = 1 << 17  # symbols searched at once, to bound memory
# The two branches that lead into each state, as 2 * state + parity of the state that they leave.
INTO = np.array([[2 * s + p for s, p in np.argwhere(state == NEXT)] for state in range(NUM_STATES)])


class Paths:
    """Path finder of one trellis, which also measures what paths cost by its tables."""

    def __init__(self, trellis: Trellis):
        self.kinds = (TABLE_BITS - np.log2(trellis.kinds)).astype("float32")
        self.rest = table_bits(trellis.rest)  # bits by half the magnitude, sign included

    def bits(self, levels: np.ndarray, states: np.ndarray, index: np.ndarray) -> np.ndarray:
        """Return the cost in bits of each level (n,) in its state (n,) with table number `index` (n,)."""
        magnitude = np.abs(levels)
        more = np.where(magnitude == 1, 1, self.rest[index, np.minimum(magnitude // 2, MAX_REACH + 1)])
        return self.kinds[states, index, kinds_of(magnitude)] + np.where(magnitude, more, 0)

    def cheapest(self, residual: np.ndarray, index: np.ndarray, curvature) -> tuple[np.ndarray, np.ndarray]:
        """Return the path with the least sum of bits + curvature / 2 * error**2 in each lane.

        Args:
            residual: float (n,), latents less their means, in plain steps, in the order of the trellis.
            index: uint8 (n,), table numbers.
            curvature: second derivative of the distortion, in bits per squared step: (n,) or one for all.

        Returns:
            Levels, int32 (n,), and states, uint8 (n,).
        """
        count = len(residual)
        size = (np.abs(residual) / STEP).astype("float32")
        half = np.broadcast_to(np.asarray(curvature, "float32") * np.float32(STEP**2 / 2), (count,))
        lanes = Lanes.of(count)
        levels, states = np.empty(count, "int32"), np.empty(count, "uint8")
        most = max(1, AT_ONCE // max(1, lanes.steps)) * lanes.steps
        for first in range(0, count, most):
            part = slice(first, first + most)
            levels[part], states[part] = self._search(size[part], index[part], half[part], lanes.steps)
        return np.copysign(levels, residual).astype("int32"), states

    def _large(self, size, index, half, second, parity):
        """Return the cheapest magnitude >= 2 of a quantiser and parity, and its cost without the bits of its kind."""
        near = ((size + second) / 2).astype("int32")
        near -= (near & 1) != parity
        lower, upper = np.maximum(near, 2 + parity), np.maximum(near + 2, 2 + parity)
        costs = [
            self.rest[index, np.minimum(level >> 1, MAX_REACH + 1)] + half * (size - 2 * level + second) ** 2
            for level in (lower, upper)
        ]
        return np.where(costs[1] < costs[0], upper, lower), np.minimum(*costs)

    def _branches(self, size, index, half):
        """Return the costs (2 * NUM_STATES, n) of leaving each state by each parity.

        Also return whether the cheapest level is a large one, bool of the same shape, and the large levels with their
        costs, by quantiser and parity.
        """
        large = [[self._large(size, index, half, second, parity) for parity in (0, 1)] for second in (0, 1)]
        zero = half * size**2
        costs = np.empty((2 * NUM_STATES, len(size)), "float32")
        by_large = np.empty(costs.shape, bool)
        for state in range(NUM_STATES):
            second = state & 1
            bits = self.kinds[state, index]
            for parity in (0, 1):
                small = zero if not parity else half * (size - 2 + second) ** 2 + 1
                small = small + bits[:, parity]
                further = large[second][parity][1] + bits[:, 2 + parity]
                row = 2 * state + parity
                np.less(further, small, out=by_large[row])
                np.minimum(further, small, out=costs[row])
        return costs, by_large, large

    def _search(self, size, index, half, steps):
        """Return magnitudes and states (n,) of the cheapest path of whole lanes, by Viterbi's algorithm."""
        lanes = Lanes(len(size), steps)
        costs, by_large, large = self._branches(size, index, half)
        into = INTO.ravel()
        branch = lanes.split(costs[into])  # (steps, branches by where they lead, lanes)
        cost = np.full((NUM_STATES, lanes.number), np.inf, "float32")
        cost[0] = 0
        taken = np.empty((steps, NUM_STATES, lanes.number), bool)
        for step in range(steps):
            both = (cost[into >> 1] + branch[step]).reshape(NUM_STATES, 2, -1)
            np.less(both[:, 1], both[:, 0], out=taken[step])
            cost = np.minimum(both[:, 0], both[:, 1])
        state, lane = cost.argmin(axis=0), np.arange(lanes.number)
        ways = np.empty((steps, lanes.number), "uint8")
        for step in range(steps - 1, -1, -1):
            ways[step] = way = INTO[state, taken[step, state, lane].view("uint8")]
            state = way >> 1
        way = lanes.join(ways)
        parity, second = way & 1, (way >> 1) & 1
        levels = parity.astype("int32")
        (far,) = np.nonzero(by_large[way, np.arange(len(way))])
        for s in (0, 1):
            for p in (0, 1):
                here = far[(second[far] == s) & (parity[far] == p)]
                levels[here] = large[s][p][0][here]
        return levels, way >> 1
