// Maps over pictures, in colours. Pixels in, pixels out; no page. still.py paints the same.

export const RAISES = [255, 138, 20];
export const LOWERS = [60, 150, 255];
export const SIZE = [190, 240, 60]; // of what has no sign

export const css = (colour) => `rgb(${colour})`;

/** What a share of the strongest, -1 to 1, looks like over a gray. */
export function blend(gray, share, signed) {
  const colour = !signed ? SIZE : share < 0 ? LOWERS : RAISES;
  const size = Math.abs(share);
  return colour.map((c) => (1 - size) * gray + size * c);
}

/** The gray that a pixel of a picture is dimmed to, below a map. */
export const dimmed = (red, green, blue) => 24 + (0.42 * (red + green + blue)) / 3;

/**
 * A map over a picture, or alone over black.
 * @param map int8, 127 is strongest; @param picture RGBA bytes of the same size, or null; @param signed whether below 0 means less
 * @returns RGBA bytes
 */
export function overlay(map, picture, signed) {
  const out = new Uint8ClampedArray(4 * map.length);
  for (let i = 0, k = 0; i < map.length; i++, k += 4) {
    const gray = picture ? dimmed(picture[k], picture[k + 1], picture[k + 2]) : 24;
    [out[k], out[k + 1], out[k + 2]] = blend(gray, map[i] / 127, signed);
    out[k + 3] = 255;
  }
  return out;
}

/** The bytes of a message as int8. */
export const signedBytes = (bytes) => new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
