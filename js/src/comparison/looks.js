// Colours and dashes of curves: apart for all eyes, on light pages and on dark ones. Knows neither codecs nor methods.

// On light pages, on dark ones, and the dashes of a curve, none for a whole line: found by a search for the least difference over all
// pairs, as people with and without each kind of colour blindness see them. tests/widgets/test_looks.py holds what it came to.
const LOOKS = [
  ["#0072b2", "#56b4e9"],
  ["#114490", "#7af4ff", [10, 4]],
  ["#2e03ee", "#3299ad", [2, 4]],
  ["#802e04", "#ae8248"],
  ["#264435", "#d9fedd"],
  ["#631e4c", "#e05d81", [10, 4]],
  ["#8a6c00", "#fdfd61", [2, 4]],
  ["#7b6782", "#7480e5", [10, 4]],
  ["#c20057", "#ffaa91", [2, 4]],
  ["#5f5f5f", "#b8b8b8", [5, 4]],
  ["#3f3f3f", "#dcdcdc"],
  ["#080005", "#beb406", [12, 3, 2, 3]],
  ["#070186", "#82928f", [12, 3, 2, 3]],
  ["#362004", "#e7ffa7", [12, 3, 2, 3]],
];

/**
 * A function of (name, dark, choices) to {colour, dash}.
 * @param places of names in LOOKS; @param others places of names that `places` does not have, in the order of the choices
 */
export const looksOf = (places, others) => (name, dark, choices = []) => {
  const own = choices.map((choice) => choice.name).filter((each) => !(each in places));
  const [light, onDark, dash] = LOOKS[places[name] ?? others[Math.max(0, own.indexOf(name)) % others.length]];
  return { colour: dark ? onDark : light, dash };
};

/** A line as it is drawn, for a legend. */
export function lineOf({ colour, dash = [1, 0] }) {
  let at = 0;
  const parts = dash.map((length, i) => `${i % 2 ? "#0000" : colour} ${at}px ${(at += length)}px`);
  return `repeating-linear-gradient(90deg,${parts})`;
}
