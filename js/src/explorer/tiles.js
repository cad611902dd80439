// The decoded plane: tiles below the points, of what the decoder makes of their places.

const TILE = 46; // pixels of one
const REST = 90; // ms without a move, after which places are decoded anew

export class Tiles {
  constructor(map) {
    this.map = map;
    this.sheet = document.createElement("canvas"); // what was decoded last
    this.corners = null; // of the sheet, as places of the plane
  }

  /** What is decoded already, where the view has it now; what is new in sight follows once the view rests. */
  paint() {
    const { map, sheet, corners } = this;
    const ctx = map.brush(map.below);
    this.run = {};
    clearTimeout(this.resting);
    if (!map.tiles) return;
    if (corners) {
      const [[left, top], [right, bottom]] = corners.map((place) => map.camera.toScreen(place));
      ctx.drawImage(sheet, left, top, right - left, bottom - top);
    }
    this.resting = setTimeout(() => this.decode(ctx), corners ? REST : 0);
  }

  /** Over all that is in sight, from the middle outwards, few at a time; another painting ends it. */
  decode(ctx) {
    const { map, sheet } = this;
    const { pictures, plane } = map.app;
    const { width, height } = map.camera.size;
    Object.assign(sheet, { width: map.below.width, height: map.below.height });
    const kept = sheet.getContext("2d");
    kept.drawImage(map.below, 0, 0);
    kept.setTransform(map.ratio, 0, 0, map.ratio, 0, 0);
    this.corners = [[0, 0], [width, height]].map((pixel) => map.camera.toPlane(pixel));
    const small = pictures.canvas(TILE);
    const longer = Math.max(pictures.width, pictures.height);
    const tile = [(TILE * pictures.width) / longer, (TILE * pictures.height) / longer];
    const places = [];
    for (let y = tile[1] / 2; y < height + tile[1] / 2; y += tile[1]) for (let x = tile[0] / 2; x < width + tile[0] / 2; x += tile[0]) places.push([x, y]);
    const { run } = this;
    const middle = [width / 2, height / 2];
    const away = ([x, y]) => (x - middle[0]) ** 2 + (y - middle[1]) ** 2;
    places.sort((a, b) => away(b) - away(a)); // taken from the end: the middle first
    const some = () => {
      if (run !== this.run) return;
      const until = performance.now() + 20;
      while (places.length && performance.now() < until) {
        const pixel = places.pop();
        const place = map.camera.toPlane(pixel);
        if (pictures.live) pictures.draw(plane.toCode(place), small, place);
        else if (pictures.atlas) pictures.tile(place, small);
        for (const brush of [ctx, kept]) brush.drawImage(small, pixel[0] - tile[0] / 2, pixel[1] - tile[1] / 2, tile[0] + 0.5, tile[1] + 0.5);
      }
      if (places.length) this.resting = setTimeout(some);
    };
    some();
  }

  close() {
    clearTimeout(this.resting);
  }
}
