/** What is due when, in memory: a binary heap in which an item that moves leaves its old place behind, to be skipped. */
export interface DueHeap<Item extends Schedulable> {
  /** Puts an item at a moment (epoch milliseconds), or moves it there; undefined takes it out. */
  set(item: Item, at: number | undefined): void;
  /** The earliest moment; undefined when nothing is due ever. */
  earliest(): number | undefined;
  /** Takes out the earliest item that is due at `now`; those of one moment come in the order in which they were put. */
  take(now: number): Item | undefined;
}

export interface Schedulable {
  /** Number of the place in the heap that counts; the heap's own. */
  place: number;
}

interface Place<Item> {
  readonly at: number;
  readonly number: number;
  readonly item: Item;
}

export function createDueHeap<Item extends Schedulable>(): DueHeap<Item> {
  const heap: Place<Item>[] = [];
  let lastNumber = 0;
  const dropStale = () => {
    while (heap.length > 0 && heap[0]!.item.place !== heap[0]!.number) removeFirst(heap);
  };
  return {
    set: (item, at) => {
      lastNumber += 1;
      item.place = lastNumber;
      if (at !== undefined) insert(heap, { at, number: lastNumber, item });
    },
    earliest: () => {
      dropStale();
      return heap[0]?.at;
    },
    take: (now) => {
      dropStale();
      if (heap.length === 0 || heap[0]!.at > now) return undefined;
      const { item } = removeFirst(heap);
      item.place = 0;
      return item;
    },
  };
}

function isBefore(left: Place<unknown>, right: Place<unknown>): boolean {
  return left.at < right.at || (left.at === right.at && left.number < right.number);
}

function insert<Item>(heap: Place<Item>[], place: Place<Item>): void {
  let position = heap.length;
  heap.push(place);
  while (position > 0) {
    const above = (position - 1) >> 1;
    if (!isBefore(place, heap[above]!)) break;
    heap[position] = heap[above]!;
    position = above;
  }
  heap[position] = place;
}

function removeFirst<Item>(heap: Place<Item>[]): Place<Item> {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let position = 0;
  for (;;) {
    let below = position * 2 + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1;
    if (!isBefore(heap[below]!, last)) break;
    heap[position] = heap[below]!;
    position = below;
  }
  heap[position] = last;
  return first;
}
