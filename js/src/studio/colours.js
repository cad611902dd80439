// The colours and dashes of codecs, which they keep in menus, cards and curves.

import { looksOf } from "../comparison/looks.js";

const PLACES = { learned: 0, "learned-factorised": 1, jpeg: 3, webp: 4, jpeg2000: 6, jxl: 7, avif: 8, png: 9, original: 10 };

export const lookOf = looksOf(PLACES, [5, 2, 11, 12, 13]);
