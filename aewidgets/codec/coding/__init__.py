"""Coder: integers to bits and back, with the same result on every machine. It knows no model, no Keras and no Pillow.

```
constants    numbers that the bitstream is made of: changing one needs a new format version
container    the .aew file around the substreams: header, checks, chunks
chunks       content of chunks, packed and unpacked within limits
quality      quality 1 ... 100 to stored quality 0 ... 65535 and back
lagrangian   what a bit is worth in squared error at a quality
entropy/     probability tables, the ANS coder, symbols in substreams; sparse codes of autoencoders
integer/     integer networks that predict every symbol's mean and table; the analysis that makes latents of images, and
             the synthesis that makes images of latents
trellis/     trellis-coded quantisation: levels, lanes, cheapest paths; the coding tables of a codec
latents      whole latents to substreams and back, with all of the above
```
Everything here runs on NumPy, with `constriction` as the fast entropy coder and `threadpoolctl` to keep BLAS on one
thread; nothing is imported from other folders of the package. A new encoder may choose other symbols, but the bytes
that a decoder accepts are a promise, which the golden files hold.
"""
