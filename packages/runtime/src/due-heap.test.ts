import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDueHeap } from "./due-heap.ts";

describe("the heap of due times", () => {
  it("gives items in the order of their moments, and of putting them for one moment", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (moments) => {
        const heap = createDueHeap<{ place: number; at: number; index: number }>();
        const items = moments.map((at, index) => ({ place: 0, at, index }));
        for (const item of items) heap.set(item, item.at);
        const taken = items.map(() => heap.take(100));
        expect(taken).toEqual(items.toSorted((a, b) => a.at - b.at || a.index - b.index));
        expect(heap.take(100)).toBe(undefined);
      }),
    );
  });

  it("knows only the last place of an item", () => {
    const heap = createDueHeap();
    const item = { place: 0 };
    heap.set(item, 1);
    heap.set(item, 5);
    expect(heap.earliest()).toBe(5);
    expect(heap.take(4)).toBe(undefined);
    heap.set(item, undefined);
    expect(heap.earliest()).toBe(undefined);
  });
});
