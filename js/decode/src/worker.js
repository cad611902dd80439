// Decodes away from the page's own thread. Messages: {id, bytes, weights} -> {id, width, height, rgba} or {id, error}.

import { decode, loadModel, toRgba } from "./index.js";

const models = new Map(); // address of weights -> promise of a model

function modelAt(address) {
  if (!models.has(address)) {
    const loaded = fetch(address).then(async (answer) => {
      if (!answer.ok) throw new Error(`weights: ${address}: ${answer.status} ${answer.statusText}`);
      return loadModel(new Uint8Array(await answer.arrayBuffer()));
    });
    loaded.catch(() => models.delete(address)); // the next picture asks again
    models.set(address, loaded);
  }
  return models.get(address);
}

self.onmessage = async ({ data: { id, bytes, weights } }) => {
  try {
    const picture = await decode(bytes, () => modelAt(weights));
    const rgba = toRgba(picture);
    self.postMessage({ id, width: picture.width, height: picture.height, rgba }, [rgba.buffer]);
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
};
