"""Integer networks that predict the mean and table index of every symbol, alike in encoder and decoder. No bytes.

One pass over the latents serves encoding and decoding: it computes the means and indexes of each part and asks a
`Coder` for its symbols. The Keras twins, for training, are in `aewidgets.codec.model.contexts`; letters are those of
`aewidgets.codec.model.codec`.

Decoded latents are int32 multiples of 1/64; activations are integers in 0 ... 255, multiples of 1/32. The inputs of the
heads are kept as int16 and processed in tiles, so that memory grows by little more than the latents themselves.
"""

from dataclasses import dataclass

import numpy as np

from aewidgets.codec.coding.constants import (
    ACTIVATION_MAX,
    DC_CHANNELS,
    DC_CLASSES,
    HYPER_STRIDE,
    MAX_STREAMS,
    QUALITY_MAX,
)
from aewidgets.codec.coding.integer.convolution import IntegerConv
from aewidgets.codec.coding.integer.dc import activations, dc_differences, dc_passes, dc_prediction, signed_log
from aewidgets.codec.coding.integer.grids import depth_to_space, tiles
from aewidgets.codec.coding.integer.passes import TILE, code_passes
from aewidgets.codec.coding.integer.priors import Coder, Narrow, Prior, stored, table_index


@dataclass(frozen=True)
class FactorisedNetworks:
    """Networks of the factorised family: a symbol's table depends only on its channel and the quality.

    Args:
        prior: means and table indexes of all channels.
        groups: numbers of channels per group; each group has a substream.
    """

    prior: Prior
    groups: tuple[int, ...]

    @property
    def streams(self) -> int:
        """Number of substreams."""
        return len(self.groups)

    def run(
        self,
        coder: Coder,
        height: int,
        width: int,
        quality: int,
        streams: int | None = None,
        out: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Code all latents by a coder.

        Args:
            coder: gives the symbols of each part.
            height, width: numbers of latent positions.
            quality: stored quality, 0 ... 65535.
            streams: number of substreams to code, from the first; the latents of others take their means. None: all.
            out: array for the decoded latents. It may be the memory of those that the coder reads: each part is
                written when the coder has read it.

        Returns:
            Decoded latents, int32 (height, width, channels) multiples of 1/64, and their symbols, see `stored`.
        """
        mean, index = self.prior(quality)
        shape = (height, width, len(mean))
        y_hat, symbols = np.empty(shape, "int32") if out is None else out, np.zeros(shape, "int16")
        start = 0
        for stream, size in enumerate(self.groups[:streams]):
            part = np.s_[..., start : start + size]
            index_part = np.broadcast_to(table_index(index)[start : start + size], (height, width, size))
            mean_part = np.broadcast_to(mean[start : start + size], (height, width, size))
            coded = coder.code(stream, mean_part.ravel(), index_part.ravel(), lambda y, part=part: y[part])
            coded = coded.reshape(height, width, size)
            symbols[part] = stored(coded)
            y_hat[part] = coded + mean_part
            start += size
        y_hat[..., start:] = mean[start:]
        return y_hat, symbols


@dataclass(frozen=True)
class HyperNetworks:
    """Networks of the hyperprior family.

    They code the hyper-latent, the DC plane from coarse to fine, then the groups from low to high frequency.

    Args:
        z_prior: means and table indexes of the hyper-latent's channels.
        prior: means and table indexes of the latents' channels, to which the heads add.
        dc_prior: means and table indexes of the DC plane, with a column per (colour, class), class fastest.
        hyper: convolutions of the hyper-synthesis; each is followed by depth-to-space of 2.
        heads: for each group, its convolutions.
        dc_heads: for each kind of `DC_NEIGHBOURS`, or for none, convolutions over single positions.
        later: for each group and each of its passes after the first (see `PASSES`), the convolutions that correct the
            head's result by the symbols of the passes before.
        groups: numbers of channels per group; the first group is the DC plane.
        logarithm: uint8 (LOG_ENTRIES,), round(24 * log2(1 + i / 8)).
    """

    z_prior: Prior
    prior: Prior
    dc_prior: Prior
    hyper: tuple[IntegerConv, ...]
    heads: tuple[tuple[IntegerConv, ...], ...]
    dc_heads: dict[str, tuple[IntegerConv, ...]]
    later: tuple[tuple[tuple[IntegerConv, ...], ...], ...]
    groups: tuple[int, ...]
    logarithm: np.ndarray

    @property
    def streams(self) -> int:
        """Number of substreams, at most `MAX_STREAMS`; the hyper-latent and the first groups share the first."""
        return min(MAX_STREAMS, len(self.groups) - 1)

    def run(
        self,
        coder: Coder,
        height: int,
        width: int,
        quality: int,
        streams: int | None = None,
        out: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Code all latents by a coder.

        Args:
            coder: gives the symbols of each part.
            height, width: numbers of latent positions.
            quality: stored quality, 0 ... 65535.
            streams: number of substreams to code, from the first; the latents of others stay zero, which is not their
                mean. None: all.
            out: array for the decoded latents, as in `FactorisedNetworks.run`; only where all are coded.

        Returns:
            Decoded latents, int32 (height, width, channels) multiples of 1/64, and their symbols, see `stored`.
        """
        shared = len(self.groups) - self.streams  # number of groups beside the DC plane in the first substream
        groups = self.groups if streams is None else self.groups[: shared + streams]
        y_hat = np.zeros((height, width, sum(self.groups)), "int32") if out is None else out
        symbols = np.zeros(y_hat.shape, "int16")
        # Inputs of the heads, in a frame of zeros for convolutions: features, then what later groups see of each group.
        context = np.zeros((height + 2, width + 2, self.heads[len(groups) - 1][0].kernel.shape[2]), "int16")
        inside = context[1:-1, 1:-1]
        features = self._hyper_features(self._code_z(coder, height, width, quality), quality)[:height, :width]
        seen = features.shape[2]
        inside[..., :seen] = features
        del features
        mean, index = np.empty((2, height, width, DC_CHANNELS), "int32")
        for tile, tile_mean, tile_index, _ in self._head(0, context[..., :seen]):
            mean[tile], index[tile] = tile_mean, tile_index
        self._code_dc(coder, quality, mean, index, y_hat, symbols)
        visible = [activations(self.logarithm, dc_differences(y_hat[..., :DC_CHANNELS]))]
        prior_mean, prior_index = self.prior(quality)
        start = DC_CHANNELS
        for g, size in enumerate(groups[1:], 1):
            for part in visible:
                inside[..., seen : seen + part.shape[2]] = part
                seen += part.shape[2]
            visible.clear()
            del part, mean, index  # of the group before
            here, stream = slice(start, start + size), max(0, g - shared)
            mean, index, hidden = self._predict(g, context[..., :seen], prior_mean[here], prior_index[here])
            if g + 1 == len(groups):
                del context, inside  # they are not needed again, and the largest group is about to be coded
            if not self.later[g]:
                coded = coder.code(stream, mean.ravel(), index.ravel(), lambda y, here=here: y[..., here])
                coded = coded.reshape(mean.shape)
                for row in range(height):  # row by row: all at once would take several arrays of this size
                    symbols[row, :, here] = stored(coded[row])
                    y_hat[row, :, here] = np.add(mean[row], coded[row], dtype="int32")
                del coded
            else:
                later = self.later[g]
                symbols[..., here] = code_passes(coder, stream, later, self.logarithm, mean, index, hidden, here)
                y_hat[..., here] = mean
            visible = list(signed_log(self.logarithm, y_hat[..., here])) if g + 1 < len(groups) else []
            start += size
        return y_hat, symbols

    def _code_z(self, coder, height, width, quality):
        """Code the hyper-latent and return it, int32 multiples of 1/64."""
        shape = (-(-height // HYPER_STRIDE), -(-width // HYPER_STRIDE), self.z_prior.mean.shape[1])
        mean, index = (np.broadcast_to(t, shape) for t in self.z_prior(quality))
        z = coder.code(0, mean.ravel(), table_index(index).ravel(), lambda z: z).reshape(shape)
        return z + mean

    def _hyper_features(self, z_hat, quality):
        """Return the features that the hyper-synthesis makes of the hyper-latent, one vector per latent position."""
        z = np.clip(z_hat >> 2, -ACTIVATION_MAX, ACTIVATION_MAX).astype("float32")
        level = np.full((*z.shape[:2], 1), quality * 127 // QUALITY_MAX, "float32")
        x = np.concatenate([z, level], axis=-1)
        for layer in self.hyper:
            x = depth_to_space(layer(x), 2)
        return x

    def _head(self, g, context):
        """Yield the head's results of each tile of group `g`, from its framed context.

        They are (rows, columns); mean and index, both int32 (h, w, size); and the input of the last convolution.
        """
        first, *further, last = self.heads[g]
        for tile in tiles(context.shape[0] - 2, context.shape[1] - 2, TILE):
            rows, columns = tile.region()
            x = first.inside(context[rows.start : rows.stop + 2, columns.start : columns.stop + 2])
            for layer in further:
                x = layer(x)
            yield (rows, columns), *np.split(last(x).astype("int32"), 2, axis=-1), x

    def _predict(self, g, context, prior_mean, prior_index):
        """Return mean, index and framed features of group `g`, from its head and priors.

        The mean of a group of several passes is int32, of others that of a `Narrow`. A group of a single pass has its
        table numbers as index, and None for features.
        """
        height, width, later = context.shape[0] - 2, context.shape[1] - 2, self.later[g]
        shape = (height, width, self.groups[g])
        mean, index = Narrow(shape), np.empty(shape, "int32" if later else "uint8")
        hidden = np.zeros((height + 2, width + 2, self.heads[g][-1].kernel.shape[2]), "uint8") if later else None
        for tile, tile_mean, tile_index, features in self._head(g, context):
            mean.put(tile, tile_mean + prior_mean)
            tile_index += prior_index
            index[tile] = tile_index if later else table_index(tile_index)
            if hidden is not None:
                hidden[1:-1, 1:-1][tile] = features
        return mean.values.astype("int32") if later else mean.values, index, hidden

    def _code_dc(self, coder, quality, mean, index, y_hat, symbols):
        """Code the DC plane into the first channels of `y_hat` and `symbols`; mean and index are its head's."""
        height, width = mean.shape[:2]
        dc = np.zeros((height, width, DC_CHANNELS), "int64")
        class_mean, class_index = (t.reshape(DC_CHANNELS, DC_CLASSES) for t in self.dc_prior(quality))
        for number, kind, rows, columns, step in dc_passes(height, width):
            if not len(rows):
                continue
            m, i = mean[rows, columns] + class_mean[:, number], index[rows, columns] + class_index[:, number]
            if kind:
                predicted, around = dc_prediction(dc, kind, rows, columns, step)
                m = m + predicted
            if kind in self.dc_heads:
                x = activations(self.logarithm, around)[None]
                for layer in self.dc_heads[kind]:
                    x = layer(x)
                more_mean, more_index = np.split(x[0].astype("int32"), 2, axis=-1)
                m, i = m + more_mean, i + more_index
            m, i = m.astype("int32"), table_index(i)
            s = coder.code(0, m.ravel(), i.ravel(), lambda y, r=rows, c=columns: y[r, c, :DC_CHANNELS]).reshape(m.shape)
            dc[rows, columns] = s + m
            symbols[rows, columns, :DC_CHANNELS] = stored(s)
        y_hat[..., :DC_CHANNELS] = dc


Networks = FactorisedNetworks | HyperNetworks
