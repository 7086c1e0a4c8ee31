import { TurnoverMap } from "@capstan/engine";

/**
 * A queue in which nobody waits behind a crowd: those with the highest priority come first, and among them the groups take
 * turns, at each level of their path; within a group who came first goes first. Every operation costs the same however many
 * wait, but for the place in the queue, which is counted.
 */
export interface FairQueue<Item> {
  readonly size: number;
  /** An id that waits is not added again. */
  push(id: string, item: Item, place: QueuePlace): void;
  /** Takes out the next one. */
  shift(): Item | undefined;
  delete(id: string): boolean;
  has(id: string): boolean;
  /** 1 for the one that is next, 0 for one that does not wait; costs as much as wait before it. */
  position(id: string): number;
  /** In the order in which they would come if nobody else came. */
  values(): IterableIterator<Item>;
}

export interface QueuePlace {
  readonly priority: number;
  /** The groups, the widest first; all items of a queue have paths of one length. */
  readonly path: readonly string[];
  /** When it came: who waited elsewhere before has a lower number than those that came meanwhile. */
  readonly arrival: number;
}

/** Items of one group in the order in which they came, or groups that take turns: the one that is next comes first. */
type Group<Item> = Line<Item> | { readonly kind: "groups"; readonly groups: Map<string, Group<Item>> };

interface Line<Item> {
  readonly kind: "items";
  /** In the order in which they came here, which is that of their arrival. */
  readonly items: TurnoverMap<string, Waiting<Item>>;
  /** The arrival of the newest of them. */
  newest: number;
  /** Those that arrived before others that were here already, oldest first; few. */
  readonly elders: Waiting<Item>[];
}

interface Waiting<Item> {
  readonly id: string;
  readonly item: Item;
  readonly arrival: number;
}

interface Class<Item> {
  readonly priority: number;
  readonly root: Group<Item>;
}

interface Place<Item> {
  readonly owner: Class<Item>;
  readonly path: readonly string[];
}

export function createFairQueue<Item>(): FairQueue<Item> {
  /** The highest priority first; those that nobody waits in are gone. */
  const classes: Class<Item>[] = [];
  const places = new TurnoverMap<string, Place<Item>>();
  const classOf = (priority: number, depth: number): Class<Item> => {
    const position = classes.findIndex((each) => each.priority <= priority);
    const found = classes[position];
    if (found?.priority === priority) return found;
    const made = { priority, root: emptyGroup<Item>(depth) };
    classes.splice(position === -1 ? classes.length : position, 0, made);
    return made;
  };
  const dropEmpty = (owner: Class<Item>) => {
    if (sizeOf(owner.root) === 0) classes.splice(classes.indexOf(owner), 1);
  };
  function* waiting() {
    for (const { root } of classes) yield* inOrder(root);
  }
  return {
    get size() {
      return places.size;
    },
    push: (id, item, { priority, path, arrival }) => {
      if (places.get(id) !== undefined) return;
      const owner = classOf(priority, path.length);
      add(owner.root, path, { id, item, arrival });
      places.set(id, { owner, path });
    },
    shift: () => {
      const [owner] = classes;
      if (owner === undefined) return undefined;
      const { id, item } = takeFirst(owner.root);
      places.delete(id);
      dropEmpty(owner);
      return item;
    },
    delete: (id) => {
      const place = places.get(id);
      if (place === undefined) return false;
      places.delete(id);
      remove(place.owner.root, place.path, id);
      dropEmpty(place.owner);
      return true;
    },
    has: (id) => places.get(id) !== undefined,
    position: (id) => (places.get(id) === undefined ? 0 : positionOf(waiting(), id)),
    *values() {
      for (const { item } of waiting()) yield item;
    },
  };
}

/** Of one that is among them. */
function positionOf(waiting: Iterable<{ readonly id: string }>, id: string): number {
  let position = 1;
  for (const each of waiting) {
    if (each.id === id) break;
    position += 1;
  }
  return position;
}

function emptyGroup<Item>(depth: number): Group<Item> {
  return depth === 0
    ? { kind: "items", items: new TurnoverMap(), newest: -Infinity, elders: [] }
    : { kind: "groups", groups: new Map() };
}

function sizeOf<Item>(group: Group<Item>): number {
  return group.kind === "items" ? group.items.size + group.elders.length : group.groups.size;
}

function add<Item>(group: Group<Item>, [name, ...rest]: readonly string[], waiting: Waiting<Item>): void {
  if (group.kind === "items") {
    addInLine(group, waiting);
    return;
  }
  let inner = group.groups.get(name!);
  if (inner === undefined) group.groups.set(name!, (inner = emptyGroup(rest.length)));
  add(inner, rest, waiting);
}

function addInLine<Item>(line: Line<Item>, waiting: Waiting<Item>): void {
  const { items, elders } = line;
  if (items.size === 0 || waiting.arrival >= line.newest) {
    items.set(waiting.id, waiting);
    line.newest = waiting.arrival;
    return;
  }
  const position = elders.findIndex(({ arrival }) => arrival > waiting.arrival);
  elders.splice(position === -1 ? elders.length : position, 0, waiting);
}

/** Of a group that is not empty. The group whose turn it was goes to the end of the line. */
function takeFirst<Item>(group: Group<Item>): Waiting<Item> {
  if (group.kind === "items") {
    const [first] = inLine(group);
    removeFromLine(group, first!.id);
    return first!;
  }
  const [[name, inner]] = group.groups as unknown as [[string, Group<Item>]];
  const taken = takeFirst(inner);
  group.groups.delete(name);
  if (sizeOf(inner) > 0) group.groups.set(name, inner);
  return taken;
}

function remove<Item>(group: Group<Item>, [name, ...rest]: readonly string[], id: string): void {
  if (group.kind === "items") {
    removeFromLine(group, id);
    return;
  }
  const inner = group.groups.get(name!);
  if (inner === undefined) return;
  remove(inner, rest, id);
  if (sizeOf(inner) === 0) group.groups.delete(name!);
}

function removeFromLine<Item>({ items, elders }: Line<Item>, id: string): void {
  if (items.delete(id)) return;
  const position = elders.findIndex((elder) => elder.id === id);
  if (position !== -1) elders.splice(position, 1);
}

function* inOrder<Item>(group: Group<Item>): IterableIterator<Waiting<Item>> {
  if (group.kind === "items") {
    yield* inLine(group);
    return;
  }
  let turns = Array.from(group.groups.values(), (inner) => inOrder(inner));
  while (turns.length > 0) {
    const going: typeof turns = [];
    for (const turn of turns) {
      const { done, value } = turn.next();
      if (done === true) continue;
      yield value;
      going.push(turn);
    }
    turns = going;
  }
}

/** By their arrival. */
function* inLine<Item>({ items, elders }: Line<Item>): IterableIterator<Waiting<Item>> {
  let elder = 0;
  for (const waiting of items.values()) {
    for (; elder < elders.length && elders[elder]!.arrival < waiting.arrival; elder += 1) yield elders[elder]!;
    yield waiting;
  }
  yield* elders.slice(elder);
}
