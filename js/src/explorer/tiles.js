// The decoded plane: tiles below the points, of what the decoder makes of their places.

const TILE = 46; // pixels of one

export class Tiles {
  constructor(map) {
    this.map = map;
  }

  /** Over all that is in sight, from the middle outwards, few at a time; an earlier painting ends. */
  paint() {
    const { map } = this;
    const ctx = map.brush(map.below);
    const { width, height } = map.camera.size;
    this.run = {};
    if (!map.tiles) return;
    const { pictures, plane } = map.app;
    const small = pictures.canvas(TILE);
    const tile = [(TILE * pictures.width) / Math.max(pictures.width, pictures.height), (TILE * pictures.height) / Math.max(pictures.width, pictures.height)];
    const places = [];
    for (let y = tile[1] / 2; y < height + tile[1] / 2; y += tile[1]) for (let x = tile[0] / 2; x < width + tile[0] / 2; x += tile[0]) places.push([x, y]);
    const { run } = this;
    const middle = [width / 2, height / 2];
    const away = ([x, y]) => (x - middle[0]) ** 2 + (y - middle[1]) ** 2;
    places.sort((a, b) => away(b) - away(a)); // taken from the end: the middle first
    const some = () => {
      const until = performance.now() + 20;
      while (places.length && performance.now() < until) {
        const pixel = places.pop();
        const place = map.camera.toPlane(pixel);
        if (pictures.live) pictures.draw(plane.toCode(place), small, place);
        else if (pictures.atlas) pictures.tile(place, small);
        ctx.drawImage(small, pixel[0] - tile[0] / 2, pixel[1] - tile[1] / 2, tile[0] + 0.5, tile[1] + 0.5);
      }
      if (places.length && run === this.run) setTimeout(some);
    };
    some();
  }
}
