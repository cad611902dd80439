// Where the nodes of a tree are drawn, and the tree in words. Plain arithmetic; no page.

const [UNIT, THRESHOLD, LEFT, RIGHT, ANSWER, COUNT] = [0, 1, 2, 3, 4, 5];

/**
 * Nodes from left to right, leaves one below the other.
 * @param branches rows [unit, threshold, left, right, answer, count], the root first
 * @returns {nodes: [{x, y, leaf, index}], edges: [{from, to, yes}], depth, leaves}; x is the depth, y counts leaves
 */
export function layout(branches) {
  const nodes = [];
  const edges = [];
  let leaves = 0;
  let depth = 0;
  const place = (index, x) => {
    const branch = branches[index];
    const node = { index, x, y: 0, leaf: branch[UNIT] < 0 };
    nodes.push(node);
    depth = Math.max(depth, x);
    if (node.leaf) node.y = leaves++;
    else {
      const below = [branch[LEFT], branch[RIGHT]].map((child) => place(child, x + 1));
      node.y = (below[0].y + below[1].y) / 2;
      below.forEach((to, k) => edges.push({ from: node, to, yes: k === 0 }));
    }
    return node;
  };
  if (branches.length) place(0, 0);
  return { nodes, edges, depth, leaves };
}

/** A node in words. @param say an answer as text; @param short a number as text */
export function label(branch, say, short) {
  if (branch[UNIT] >= 0) return `unit ${branch[UNIT]} ≤ ${short(branch[THRESHOLD])}?`;
  return `${say(branch[ANSWER])} (${branch[COUNT]})`;
}

/** The whole tree in words. */
export function inWords(branches, say, short, index = 0) {
  const branch = branches[index];
  if (!branch) return "";
  if (branch[UNIT] < 0) return say(branch[ANSWER]);
  const [yes, no] = [branch[LEFT], branch[RIGHT]].map((child) => inWords(branches, say, short, child));
  return `if unit ${branch[UNIT]} is at most ${short(branch[THRESHOLD])}, ${yes}; otherwise, ${no}`;
}
