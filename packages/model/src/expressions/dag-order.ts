/** Who waits for whom in a Dag, directly or over others. */
export interface DagOrder {
  /** Whether `id` starts only when `other` has ended. */
  waits(id: string, other: string): boolean;
  /** Whether tasks wait for each other in a circle, so that there is no order. */
  readonly isCircular: boolean;
}

/** Every answer takes the same time: for each task one bit is kept for each task that it waits for. */
export function createDagOrder(dependsOn: Readonly<Record<string, readonly string[]>>): DagOrder {
  const ids = Object.keys(dependsOn);
  const numbers = new Map(ids.map((id, index) => [id, index]));
  const graph = ids.map((id) => dependsOn[id]!.flatMap((wanted) => numbers.get(wanted) ?? []));
  const order = sorted(graph);
  const words = Math.ceil(ids.length / 32);
  const reached = new Uint32Array(ids.length * words);
  for (const node of order)
    for (const wanted of graph[node]!) {
      for (let word = 0; word < words; word += 1) reached[node * words + word]! |= reached[wanted * words + word]!;
      reached[node * words + (wanted >> 5)]! |= 1 << (wanted & 31);
    }
  return {
    isCircular: order.length < ids.length,
    waits: (id, other) => {
      const [from, to] = [numbers.get(id), numbers.get(other)];
      if (from === undefined || to === undefined) return false;
      return ((reached[from * words + (to >> 5)]! >>> (to & 31)) & 1) === 1;
    },
  };
}

/** The nodes of a graph, each behind all it waits for; those in or behind a circle are left out. */
function sorted(graph: readonly (readonly number[])[]): number[] {
  const waitedBy: number[][] = graph.map(() => []);
  const open = graph.map((wanted) => wanted.length);
  for (const [node, wanted] of graph.entries()) for (const other of wanted) waitedBy[other]!.push(node);
  const order = [...open.keys()].filter((node) => open[node] === 0);
  for (const node of order)
    for (const waiting of waitedBy[node]!) {
      open[waiting]! -= 1;
      if (open[waiting] === 0) order.push(waiting);
    }
  return order;
}
