// Pictures in place of points, where there is room for them; those that are not here are asked for.

const SIDE = 34; // pixels of one
const CROWD = 8; // points for each picture, up to which pictures stand for points by themselves

export class Thumbnails {
  constructor(map) {
    this.map = map;
  }

  /** Points whose pictures are shown: one for each cell of a lattice that stays where it is while the view moves. */
  chosen() {
    const { camera, thumbs, app: { store } } = this.map;
    const { places, count } = store;
    if (thumbs === "off" || !store.about.has_images) return [];
    const auto = thumbs === "auto";
    const [across, up] = camera.scales.map((scale) => 2 ** Math.ceil(Math.log2((SIDE + 4) / scale)));
    const [left, top] = camera.toPlane([0, 0]);
    const [right, bottom] = camera.toPlane([camera.size.width, camera.size.height]);
    const chosen = new Map();
    const isSeen = (x, y) => x >= left && x <= right && y >= bottom && y <= top;
    let inSight = 0;
    for (let i = 0; i < count; i++) if (isSeen(places[2 * i], places[2 * i + 1])) inSight += 1;
    const cells = Math.ceil((right - left) / across + 1) * Math.ceil((top - bottom) / up + 1);
    if (auto && inSight > CROWD * cells) return []; // the usual case, in every frame: no more than counted
    for (let i = 0; i < count; i++) {
      const x = places[2 * i];
      const y = places[2 * i + 1];
      if (!isSeen(x, y)) continue;
      const key = Math.floor(x / across) * 1e6 + Math.floor(y / up);
      const before = chosen.get(key);
      if (before === undefined || (!store.kept.has(before) && store.kept.has(i))) chosen.set(key, i);
    }
    if (auto && inSight > CROWD * chosen.size) return [];
    return [...chosen.values()];
  }

  /** Paint them; how many there are. */
  paint(ctx) {
    const { map } = this;
    const { camera, app: { store } } = map;
    const missing = [];
    const scale = SIDE / Math.max(...store.about.image.slice(0, 2));
    const [height, width] = [store.about.image[0] * scale, store.about.image[1] * scale];
    const drawn = [];
    for (const point of this.chosen()) {
      const kept = store.kept.get(point);
      if (!kept) missing.push(point);
      if (!kept) continue;
      const [x, y] = camera.toScreen(store.placeOf(point));
      // Pictures of neighbouring cells may meet; hardly any of one is hidden.
      if (drawn.some(([ox, oy]) => Math.abs(x - ox) < 0.85 * width && Math.abs(y - oy) < 0.85 * height)) continue;
      drawn.push([x, y]);
      ctx.fillStyle = map.colourOf(point);
      ctx.fillRect(x - width / 2 - 2, y - height / 2 - 2, width + 4, height + 4);
      ctx.drawImage(kept.bitmap, kept.x, kept.y, kept.width, kept.height, x - width / 2, y - height / 2, width, height);
    }
    if (missing.length && !store.frozen) {
      clearTimeout(this.wanting);
      this.wanting = setTimeout(() => store.need(missing.slice(0, 600)).then((came) => came && map.redraw()), 120);
    }
    return drawn.length;
  }

  close() {
    clearTimeout(this.wanting);
  }
}
