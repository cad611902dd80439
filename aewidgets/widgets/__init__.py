"""Widgets for notebooks: live with a kernel, in a report, and in an HTML file without either. No arithmetic.

A widget has *asked* traits, which you and the browser set, and *answered* traits, which only it sets.
"""

from aewidgets.widgets.denoise import DenoiseStudio
from aewidgets.widgets.explorer import LatentExplorer
from aewidgets.widgets.monitor import TrainingMonitor
from aewidgets.widgets.studio import CompressionStudio

__all__ = ["CompressionStudio", "DenoiseStudio", "LatentExplorer", "TrainingMonitor"]
