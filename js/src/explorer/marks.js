// Drawings over the points: names of classes, a path, notes, rings, the place that is decoded, a lasso. No events.

const FONT = "system-ui, sans-serif";

/** All of them, onto a stage's canvas. */
export function paintMarks(ctx, map) {
  const drawing = new Marks(ctx, map);
  drawing.labels();
  drawing.path();
  drawing.notes();
  drawing.ring(map.hovered, 1.5);
  drawing.ring(map.pinned, 2.5);
  drawing.place();
  drawing.lasso();
}

class Marks {
  constructor(ctx, map) {
    Object.assign(this, { ctx, map, theme: map.theme, camera: map.camera });
  }

  /** Words with a rim of paper around them. */
  text(whole, x, y, font) {
    const words = whole.length > 40 ? `${whole.slice(0, 39)}…` : whole;
    const { ctx, theme } = this;
    Object.assign(ctx, { font, textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 4, strokeStyle: theme.paper, fillStyle: theme.ink });
    ctx.strokeText(words, x, y);
    ctx.fillText(words, x, y);
  }

  /** The lines that were begun, in ink, with a rim of paper around them. */
  stroke(width, rim) {
    for (const [lineWidth, strokeStyle] of [[width + rim, this.theme.paper], [width, this.theme.ink]]) {
      Object.assign(this.ctx, { lineWidth, strokeStyle });
      this.ctx.stroke();
    }
  }

  dot([x, y], radius, fill) {
    const { ctx } = this;
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    Object.assign(ctx, { fillStyle: fill, strokeStyle: this.theme.paper, lineWidth: 2 });
    ctx.fill();
    ctx.stroke();
  }

  labels() {
    const drawn = [];
    for (const { place, words } of this.map.labels) {
      let [x, y] = this.camera.toScreen(place);
      const wide = 4.2 * words.length; // half, in pixels
      // Below a name that stands there already.
      for (const [ox, oy, ow] of drawn) if (Math.abs(x - ox) < wide + ow && Math.abs(y - oy) < 15) y = oy + 15;
      drawn.push([x, y, wide]);
      this.text(words, x, y, `600 13px ${FONT}`);
    }
  }

  path() {
    const { ctx, camera, map: { path } } = this;
    if (!path) return;
    ctx.beginPath();
    for (const place of path.places) ctx.lineTo(...camera.toScreen(place));
    this.stroke(2, 3);
    const ends = [path.places[0], path.places.at(-1)];
    ends.forEach((place, k) => this.badge(camera.toScreen(place), "AB"[k]));
    if (path.now) this.dot(camera.toScreen(path.now), 5, this.theme.ink);
  }

  badge([x, y], letter) {
    this.dot([x, y], 10, this.theme.ink);
    Object.assign(this.ctx, { font: `700 12px ${FONT}`, textAlign: "center", textBaseline: "middle", fillStyle: this.theme.paper });
    this.ctx.fillText(letter, x, y + 0.5);
  }

  /** Place of a point, in pixels. */
  at(point) {
    return this.camera.toScreen(this.map.app.store.placeOf(point));
  }

  notes() {
    for (const { point, words } of this.map.marks) {
      const [x, y] = this.at(point);
      this.dot([x, y], 5, this.theme.accent);
      this.text(words.length > 28 ? `${words.slice(0, 27)}…` : words, x, y - 15, `12px ${FONT}`);
    }
  }

  ring(point, width) {
    if (point === null) return;
    this.ctx.beginPath();
    this.ctx.arc(...this.at(point), 9, 0, 2 * Math.PI);
    this.stroke(width, 3);
  }

  /** A cross, and beside it, while a drag goes on, the picture. */
  place() {
    const { ctx, map, theme } = this;
    if (!map.place) return;
    const [x, y] = this.camera.toScreen(map.place);
    ctx.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      ctx.moveTo(x + 4 * dx, y + 4 * dy);
      ctx.lineTo(x + 13 * dx, y + 13 * dy);
    }
    this.stroke(1.5, 2.5);
    if (map.lens && map.hands.decoding) {
      const { width, height } = this.camera.size;
      const side = 84;
      const [lx, ly] = [x + 20 + side > width ? x - 20 - side : x + 20, y - 20 - side < 0 ? y + 20 : Math.min(y - 20 - side, height - side)];
      ctx.fillStyle = theme.ink;
      ctx.fillRect(lx - 2, ly - 2, side + 4, side + 4);
      ctx.drawImage(map.lens, lx, ly, side, side);
    }
  }

  lasso() {
    const { ctx, theme, map: { hands: { lasso } } } = this;
    if (!lasso) return;
    ctx.beginPath();
    for (const pixel of lasso) ctx.lineTo(...pixel);
    ctx.closePath();
    Object.assign(ctx, { lineWidth: 2, strokeStyle: theme.accent, fillStyle: theme.accent });
    ctx.stroke();
    ctx.globalAlpha = 0.15;
    ctx.fill();
    ctx.globalAlpha = 1;
  }
}
