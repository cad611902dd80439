// The two sides of a comparison.

export const SIDES = ["left", "right"];
