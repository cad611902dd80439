"""Widgets for notebooks. Each works with a kernel, in a report, and in an HTML file without either.

A widget has *asked* traits, which Python and the browser set, and *answered* traits, which only the widget sets. All
arithmetic is done by `aewidgets.studies` and `aewidgets.training`.
"""

from aewidgets.system.extras import extras_in_words

with extras_in_words("aewidgets.widgets"):
    from aewidgets.widgets.compression_studio.widget import CompressionStudio
    from aewidgets.widgets.denoise_studio.widget import DenoiseStudio
    from aewidgets.widgets.image_compare.widget import ImageCompare
    from aewidgets.widgets.latent_explorer.widget import LatentExplorer
    from aewidgets.widgets.model_inspector.widget import ModelInspector
    from aewidgets.widgets.training_monitor.widget import TrainingMonitor

__all__ = ["CompressionStudio", "DenoiseStudio", "ImageCompare", "LatentExplorer", "ModelInspector", "TrainingMonitor"]
