// The checkerboard that transparency is shown on.

const SQUARE = 8; // pixels of the screen
const [LIGHT, DARK] = ["#e8e8e8", "#bebebe"];

/** A pattern of light and dark squares for a canvas. */
export function checkersOf(context) {
  const tile = new OffscreenCanvas(2 * SQUARE, 2 * SQUARE);
  const ctx = tile.getContext("2d");
  ctx.fillStyle = LIGHT;
  ctx.fillRect(0, 0, 2 * SQUARE, 2 * SQUARE);
  ctx.fillStyle = DARK;
  ctx.fillRect(SQUARE, 0, SQUARE, SQUARE);
  ctx.fillRect(0, SQUARE, SQUARE, SQUARE);
  return context.createPattern(tile, "repeat");
}

/** A picture as transparent as a mask says; the mask is of all of it, or of the part that begins at (x, y). */
export function masked(bitmap, mask, [x, y]) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  context.globalCompositeOperation = "destination-in";
  if (mask.width === bitmap.width) context.drawImage(mask, 0, 0);
  else context.drawImage(mask, x, y);
  bitmap.close();
  return canvas.transferToImageBitmap();
}
