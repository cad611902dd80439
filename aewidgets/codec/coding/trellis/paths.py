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
# The branches, two into each state one after the other, as 2 * state + parity of the state that they leave.
INTO = np.array([2 * s + p for state in range(NUM_STATES) for s, p in np.argwhere(state == NEXT)])


class Paths:
    """Path finder of one trellis, which also measures what paths cost by its tables."""

    def __init__(self, trellis: Trellis):
        self.kinds = (TABLE_BITS - np.log2(trellis.kinds)).astype("float32")
        self.rest = table_bits(trellis.rest)  # bits by half the magnitude, sign included
        self._by_kind = np.ascontiguousarray(self.kinds.swapaxes(1, 2))  # by state, kind and table

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

    def _large(self, size, base, half, second, parity):
        """Return the cheapest magnitude >= 2 of a quantiser and parity, and its cost without the bits of its kind.

        `base` is where the bits of each symbol's table begin among those of all tables.
        """
        near = (size + second).astype("int32") >> 1
        near -= (near & 1) != parity

        def cost(level):
            error = size - np.float32(2) * level.astype("float32")
            error += np.float32(second)
            error *= error
            error *= half
            error += self.rest.take(base + np.minimum(level >> 1, MAX_REACH + 1))
            return error

        lower, upper = np.maximum(near, 2 + parity), np.maximum(near + 2, 2 + parity)
        below, above = cost(lower), cost(upper)
        return np.where(above < below, upper, lower), np.minimum(below, above)

    def _branches(self, size, index, half):
        """Return what symbols (steps, lanes) cost on each branch, float32 (steps, 2 * NUM_STATES, lanes).

        The order of branches is that of `INTO`. Also return whether the cheapest level is a large one, bool of the same
        shape, and the large levels, by quantiser and parity.
        """
        base = index * self.rest.shape[1]
        large = [[self._large(size, base, half, second, parity) for parity in (0, 1)] for second in (0, 1)]
        zero = half * size**2
        small = [[zero, half * (size - 2 + second) ** 2 + 1] for second in (0, 1)]
        steps, lanes = size.shape
        costs = np.empty((steps, 2 * NUM_STATES, lanes), "float32")
        by_large = np.empty(costs.shape, bool)
        for row, way in enumerate(INTO):
            state, second, parity = way >> 1, way >> 1 & 1, way & 1
            near = self._by_kind[state, parity].take(index)
            near += small[second][parity]
            far = self._by_kind[state, 2 + parity].take(index)
            far += large[second][parity][1]
            np.less(far, near, out=by_large[:, row])
            np.minimum(far, near, out=costs[:, row])
        return costs, by_large, [[level for level, _ in both] for both in large]

    def _search(self, size, index, half, steps):
        """Return magnitudes and states (n,) of the cheapest path of whole lanes, by Viterbi's algorithm."""
        lanes = Lanes(len(size), steps)
        number = lanes.number
        size, index, half = lanes.split(size), lanes.split(index.astype("intp")), lanes.split(half)
        branch, by_large, large = self._branches(size, index, half)
        branch[steps - (number * steps - lanes.count) :, :, -1] = 0  # after the last symbol nothing costs
        # Thousands of steps per picture, of few symbols each: every call in these two loops costs time.
        both = np.empty((2 * NUM_STATES, number), "float32")
        first, second = both[::2], both[1::2]
        taken, leaving = np.empty((steps, NUM_STATES, number), bool), INTO >> 1
        cost = np.full((NUM_STATES, number), np.inf, "float32")
        cost[0] = 0
        for step in range(steps):
            cost.take(leaving, axis=0, out=both, mode="clip")
            np.add(both, branch[step], out=both)
            np.less(second, first, out=taken[step])
            np.minimum(first, second, out=cost)
        # Rows of `INTO`: of the better branch into each state, then of the branches of the cheapest path.
        better = taken.view("uint8") + 2 * np.arange(NUM_STATES, dtype="uint8")[:, None]
        rows, start, lane = np.empty((steps, number), "intp"), leaving * number, np.arange(number)
        at = cost.argmin(axis=0) * number + lane
        for step in range(steps - 1, -1, -1):
            rows[step] = row = better[step].take(at)
            at = start.take(row)
            at += lane
        way = INTO.astype("uint8").take(rows)
        parity, odd = way & 1, way >> 1 & 1
        levels = parity.astype("int32")
        far = np.take_along_axis(by_large, rows[:, None], axis=1)[:, 0]
        for s in (0, 1):
            for p in (0, 1):
                here = far & (odd == s) & (parity == p)
                levels[here] = large[s][p][here]
        return lanes.join(levels), lanes.join(way >> 1)
