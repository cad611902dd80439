"""Integral of a monotone curve through points, as BD-rates need it: NumPy alone, for `rd` is to stay light."""

import numpy as np

__all__ = ["CurveIntegral"]


class CurveIntegral:
    """Integral, from the first point on, of the piecewise cubic through points that overshoots none of them (PCHIP).

    Fritsch and Butland, "A method for constructing local monotone piecewise cubic interpolants" (1984), with the ends
    and the results of `scipy.interpolate.PchipInterpolator`; two points are joined by a straight line.

    Args:
        x: (n,) places, ascending, at least two.
        y: (n,) heights of the curve there.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray):
        steps = np.diff(x)
        slopes = np.diff(y) / steps
        at_points = _slopes_at_points(steps, slopes)
        first, last = at_points[:-1], at_points[1:]
        square = (3 * slopes - 2 * first - last) / steps
        cube = (first + last - 2 * slopes) / steps**2
        self._x = x
        self._terms = np.stack([y[:-1], first / 2, square / 3, cube / 4])
        areas = steps * (y[:-1] + steps * (first / 2 + steps * (square / 3 + steps * cube / 4)))
        self._before = np.concatenate([[0.0], np.cumsum(areas)[:-1]])

    def __call__(self, place: float) -> float:
        """Return the integral up to a place between the first point and the last."""
        k = int(np.clip(np.searchsorted(self._x, place, side="right") - 1, 0, len(self._before) - 1))
        along = place - self._x[k]
        line, slope, square, cube = self._terms[:, k]
        return float(self._before[k] + along * (line + along * (slope + along * (square + along * cube))))


def _slopes_at_points(steps: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return the slope of the curve at each point from the widths and slopes between the points."""
    if len(steps) == 1:
        return np.repeat(slopes, 2)
    left, right = 2 * steps[1:] + steps[:-1], steps[1:] + 2 * steps[:-1]
    inner = np.zeros(len(steps) - 1)
    rising = slopes[:-1] * slopes[1:] > 0  # where the direction changes the curve is level
    low, high = slopes[:-1][rising], slopes[1:][rising]
    inner[rising] = (left + right)[rising] / (left[rising] / low + right[rising] / high)
    ends = _end(steps[0], steps[1], slopes[0], slopes[1]), _end(steps[-1], steps[-2], slopes[-1], slopes[-2])
    return np.concatenate([ends[:1], inner, ends[1:]])


def _end(step: float, next_step: float, slope: float, next_slope: float) -> float:
    """Return the slope at an end: of the parabola through three points, held to what overshoots none of them."""
    found = ((2 * step + next_step) * slope - step * next_slope) / (step + next_step)
    if found * slope <= 0:
        return 0.0
    if slope * next_slope < 0 and abs(found) > 3 * abs(slope):
        return 3 * slope
    return found
