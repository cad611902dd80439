// Figures, times and phases as people write them. No page.

/** A figure of four digits. */
export function figure(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  if (value < 0) return `−${figure(-value, digits)}`;
  const size = value;
  if (size === 0) return "0";
  if (size >= 1e5 || size < 1e-4) return value.toExponential(digits - 2).replace("e+", "e");
  if (size >= 1000) return value.toLocaleString("en", { maximumFractionDigits: 0 });
  return value.toPrecision(digits);
}

/** A share in percent, which stays on one line. */
export const percent = (share) => `${share < 0 ? "−" : ""}${Math.abs(100 * share).toFixed(1)}\u00a0%`;

/** A learning rate, without digits that nobody typed. */
export const rate = (value) => (value === null || value === undefined ? "" : String(Number(value.toPrecision(4))));

const HEADINGS = { kl: "KL divergence", error: "Mean squared error", mse: "Mean squared error", mae: "Mean absolute error", auc: "AUC" };
/** The name of a metric, as a heading. */
export const heading = (name) => HEADINGS[name] ?? (name ? name[0].toUpperCase() + name.slice(1).replaceAll("_", " ") : "");

/** Metrics that rise towards their best value, and are not drawn on a logarithmic scale. */
export const RISES = /acc|auc|precision|recall|iou|f1|score|psnr|ssim|similarity|r2/i;

/** Seconds as a duration: "4 ms", "0.42 s", "42 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 0.0995) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.995 ? 2 : 1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const PHASES = {
  training: "Training",
  paused: "Paused",
  stopping: "Stopping",
  finished: "Finished",
  early: "Stopped early",
  stopped: "Stopped by hand",
  failed: "Failed",
};
export const isOver = (phase) => ["finished", "early", "stopped", "failed"].includes(phase);

/** An error beside the lowest line to beat, in words; empty where there is no line. */
export function against(error, references) {
  if (error === null || !references?.length) return "";
  const [name, line] = references.reduce((a, b) => (b[1] < a[1] ? b : a));
  if (!(line > 0)) return "";
  const share = error / line;
  if (share >= 1.995) return `${share.toFixed(share < 10 ? 1 : 0)} times that of ${name}`;
  const percent = Math.abs(100 * (share - 1)).toFixed(Math.abs(share - 1) < 0.0995 ? 1 : 0);
  return `${percent} % ${share > 1 ? "above" : "below"} ${name}`;
}

/** Units in words: how many, and how many of them are marked. */
export function unitsInWords(marks, names) {
  const counts = new Map();
  for (const mark of marks) if (mark) counts.set(names[mark], (counts.get(names[mark]) ?? 0) + 1);
  const said = [...counts].map(([name, count]) => `${count} ${name}`);
  return `${marks.length} units${said.length ? `, ${said.join(", ")}` : ""}`;
}
