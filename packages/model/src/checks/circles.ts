/** What each node waits for; names that are no nodes are allowed and ignored. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/**
 * The groups of nodes that wait for each other in a circle (a node that waits for itself is one), in the order of the
 * graph, members too. Takes time in proportion to nodes and edges.
 */
export function circlesIn(graph: Graph): readonly (readonly string[])[] {
  const groups = new Map<number, string[]>();
  const group = groupsOf(graph);
  for (const id of graph.keys()) {
    const number = group.get(id)!;
    const members = groups.get(number);
    if (members === undefined) groups.set(number, [id]);
    else members.push(id);
  }
  return [...groups.values()].filter(([first, ...others]) => others.length > 0 || graph.get(first!)!.includes(first!));
}

interface Visit {
  readonly id: string;
  next: number;
}

/** Tarjan's algorithm without recursion: nodes that can reach each other get the same number. */
function groupsOf(graph: Graph): ReadonlyMap<string, number> {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const group = new Map<string, number>();
  const open: string[] = [];
  const visits: Visit[] = [];
  const enter = (id: string): void => {
    order.set(id, order.size);
    lowest.set(id, order.get(id)!);
    open.push(id);
    visits.push({ id, next: 0 });
  };
  const lower = (id: string, value: number): void => {
    if (value < lowest.get(id)!) lowest.set(id, value);
  };
  for (const start of graph.keys()) {
    if (!order.has(start)) enter(start);
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const { id } = visit;
      const wanted = graph.get(id)![visit.next];
      visit.next += 1;
      if (wanted === undefined) {
        visits.pop();
        const waiter = visits.at(-1);
        if (waiter !== undefined) lower(waiter.id, lowest.get(id)!);
        if (lowest.get(id) === order.get(id)) close(open, id, group);
      } else if (!graph.has(wanted)) continue;
      else if (!order.has(wanted)) enter(wanted);
      else if (!group.has(wanted)) lower(id, order.get(wanted)!);
    }
  }
  return group;
}

function close(open: string[], first: string, group: Map<string, number>): void {
  const number = group.size;
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    group.set(id, number);
    if (id === first) return;
  }
}
