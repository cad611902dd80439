"""The learned codec: pictures to the bytes of .aew files and back.

```
   image x                                                                   image x_hat
      |                                                                           ^
+-----v-----------+                                                  +------------+------------+
| analysis g_a    |                                                  | synthesis g_s           |
| coding/integer/ |                                                  | coding/integer/         |
| analysis.py     |                                                  | synthesis.py            |
+-----+-----------+                                                  +------------^------------+
      | latents y, in quantiser steps                                             | decoded latents y_hat
      +--------------------------+                                                |
      |                +---------v----------+                                     |
      |                | hyper-analysis h_a |                                     |
      |                | analysis.py, too   |                                     |
      |                +---------+----------+                                     |
      |                          | hyper-latents z, coded first                   |
+-----v-------------+  +---------v---------------------------------------------+  |
| quantiser         |  | entropy networks: h_s, DC plane, groups in passes     |  |
| coding/trellis/   <--+ coding/integer/: networks.py, dc.py, passes.py       +--+
| quantisers.py     |  | one mean and one table per symbol, by what is decoded |
+-----+-------------+  +---------+-----------------------------^---------------+
      | symbols                  | tables                      | symbols
+-----v--------------------------v-----+         +-------------+---------------+
| entropy coder, tables and trellis    |  bytes  | entropy decoder             |
| coding/entropy/symbols.py, ans.py,   +---------> the same modules, networks  |
| coding/trellis/, coding/container.py |         | and tables                  |
+--------------------------------------+         +-----------------------------+
```

The factorised family has neither z nor contexts: its means and tables depend on channel and quality alone. From the
image to the bytes and back everything runs on NumPy (`coding/`), with integers wherever encoder and decoder must agree.
Training and effort follow gradients on Keras (`model/`, `effort/`), where the transforms are the same.

The life of one picture:

1. `files/picture.py` reads a file, or any image, into a `Picture`: colours, alpha, colour profile, metadata.
2. `files/packing.py` puts alpha, profile and metadata into chunks (`coding/chunks.py`, `files/lossless.py`).
3. `zoo.py` loads the weights; `trained.py` has everything that one set of weights can do.
4. `coding/integer/analysis.py` runs g_a and h_a on the colours, tile by tile: latents y and z at a quality
   (`coding/quality.py`).
5. `effort/latents.py` improves y by gradients, where effort is wanted.
6. `coding/latents.py` walks the integer networks, which give every symbol a mean and a table; the quantiser turns
   latents less their means into symbols, and `coding/entropy/` turns those into substreams, one or more groups in each.
7. `coding/container.py` puts header, checks, substreams and chunks into the bytes of a file. If the lossless file is no
   larger, that is what `files/packing.py` returns. `files/targets.py` repeats steps 4 to 7 to meet a size or a PSNR.
8. Back: the container is parsed and verified; its fingerprint finds the weights in `zoo.py`; `coding/latents.py` walks
   the same networks and decodes symbols and latents; `coding/integer/synthesis.py` makes the image, and alpha joins it.

`compression.py` does all of this in one call, `registry.py` puts it beside Pillow's codecs and JPEG XL (`jpeg_xl.py`)
behind one interface, and `release.py` makes a trained model ready to ship.
"""
