"""The integral of curves of rates, held against SciPy's."""

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from aewidgets.studies.rate.integrals import CurveIntegral


@pytest.mark.parametrize("points", [2, 3, 4, 9])
@pytest.mark.parametrize("rising", [True, False])
def test_the_integral_is_that_of_scipy(points, rising):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x, y = np.cumsum(rng.uniform(0.01, 3, points)), rng.normal(size=points)
        y = np.cumsum(np.abs(y)) if rising else np.round(y)
        ours, theirs = CurveIntegral(x, y), PchipInterpolator(x, y).antiderivative()
        for place in (x[0], x[-1], *x, *rng.uniform(x[0], x[-1], 9)):
            assert ours(place) == pytest.approx(float(theirs(place)), rel=1e-12, abs=1e-12)
