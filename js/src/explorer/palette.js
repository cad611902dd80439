// Colours of points: ten that people with any colour vision tell apart, and a ramp for numbers.

// Okabe and Ito's seven (jfly.uni-koeln.de/color), and purple, brown and gray beside them; lighter on dark paper.
const LIGHT = ["#0072b2", "#e69f00", "#009e73", "#cc5f9b", "#d55e00", "#56b4e9", "#6a3fb5", "#a89a00", "#8a4b2a", "#6b6f76"];
const DARK = ["#3d9be0", "#f2b134", "#1fc79a", "#e88fc0", "#f5813b", "#8fd0f7", "#a98be8", "#d8cb3c", "#c98a68", "#a7adb5"];
// Cividis (Nuñez, Anderton and Renslow 2018), which is even in lightness for all of them.
const RAMP = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];

const parse = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const hex = (rgb) => `#${rgb.map((v) => Math.round(v).toString(16).padStart(2, "0")).join("")}`;
const mix = (a, b, share) => a.map((v, i) => v + share * (b[i] - v));

/** A colour between two, as "#rrggbb". */
export const blend = (a, b, share) => hex(mix(parse(a), parse(b), share));

/** Colours of a number of classes; after ten they come again, lighter or darker. */
export function classColours(count, dark) {
  const own = dark ? DARK : LIGHT;
  return Array.from({ length: count }, (_, i) => {
    const again = Math.floor(i / own.length) % 3;
    return again ? blend(own[i % own.length], dark ? "#ffffff" : "#000000", 0.3 * again) : own[i % own.length];
  });
}

/** Steps of the ramp, low to high. On dark paper its darkest part is left out, so that every point is seen. */
export function ramp(count, dark) {
  return Array.from({ length: count }, (_, i) => {
    const share = i / Math.max(1, count - 1);
    const at = (dark ? 0.25 + 0.75 * share : 0.92 * share) * (RAMP.length - 1);
    const low = Math.min(Math.floor(at), RAMP.length - 2);
    return blend(RAMP[low], RAMP[low + 1], at - low);
  });
}
