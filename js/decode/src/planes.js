// Arrays over a grid of positions, {height, width, channels, data}, row by row, and what rearranges them.

/** Return a plane of zeros; `Type` is the typed array that holds it. */
export function plane(height, width, channels, Type = Float32Array) {
  return { height, width, channels, data: new Type(height * width * channels) };
}

/** Return rows `top` to `bottom` and columns `left` to `right` of a plane, its first `channels`, zeros outside it. */
export function cut(x, top, bottom, left, right, channels = x.channels, Type = Float32Array) {
  const out = plane(bottom - top, right - left, channels, Type);
  const first = Math.max(0, left);
  const last = Math.min(x.width, right);
  for (let i = Math.max(0, top); i < Math.min(x.height, bottom); i++) {
    let from = (i * x.width + first) * x.channels;
    let to = ((i - top) * out.width + first - left) * channels;
    if (channels === x.channels) {
      out.data.set(x.data.subarray(from, from + (last - first) * channels), to);
      continue;
    }
    for (let j = first; j < last; j++, from += x.channels, to += channels) {
      for (let c = 0; c < channels; c++) out.data[to + c] = x.data[from + c];
    }
  }
  return out;
}

/** Put a plane into another from row `top`, column `left` and channel `first` on. */
export function put(x, out, top, left, first = 0) {
  for (let i = 0, from = 0; i < x.height; i++) {
    let to = ((top + i) * out.width + left) * out.channels + first;
    for (let j = 0; j < x.width; j++, to += out.channels) {
      for (let c = 0; c < x.channels; c++) out.data[to + c] = x.data[from++];
    }
  }
}

/** Rearrange (h, w, c * block**2) to (h * block, w * block, c), or with `back` the other way round. */
export function depthToSpace(x, block, back = false) {
  const [height, width, channels] = back
    ? [x.height / block, x.width / block, x.channels] : [x.height, x.width, x.channels / block ** 2];
  const deep = channels * block ** 2;
  const out = back ? plane(height, width, deep) : plane(height * block, width * block, channels);
  const wide = width * block * channels;
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const at = (i * width + j) * deep;
      for (let p = 0; p < block; p++) {
        const row = (i * block + p) * wide + j * block * channels;
        for (let q = 0; q < block; q++) {
          for (let c = 0; c < channels; c++) {
            // Channels of the deep side: in `depth_to_space` colour by colour, in `space_to_depth` alike.
            const d = at + c * block * block + p * block + q;
            const s = row + q * channels + c;
            if (back) out.data[d] = x.data[s];
            else out.data[s] = x.data[d];
          }
        }
      }
    }
  }
  return out;
}

/** Yield [top, bottom, left, right] of tiles of at most `side` x `side` positions that cover a grid. */
export function* tiles(height, width, side) {
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      yield [top, Math.min(top + side, height), left, Math.min(left + side, width)];
    }
  }
}
