"""Explanations of autoencoders: maps of what a target depends on, checks of the maps, surrogates, summaries of layers.

The order of reading is `layers` (the network as steps), `gradients`, `targets`, `gradient_maps`, `relevance` (LRP),
`maps` (one function for all methods), the checks `deletion` and `randomisation`, `surrogates` and `summary`.
"""
