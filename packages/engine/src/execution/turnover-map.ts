/**
 * A map for what comes and goes all the time. V8 gives a `Map` a new table whenever it was changed often enough, and the old one
 * goes on pointing at the new one and at all that it held then. As soon as one table has become old enough to be left alone by
 * the quick collections, none of its successors, nor anything they ever held, is freed before a full one. Here the tables hold
 * cells, and a cell is emptied when its entry goes.
 */
export class TurnoverMap<Key, Value> {
  readonly #cells = new Map<Key, Cell<Value>>();

  get size(): number {
    return this.#cells.size;
  }

  get(key: Key): Value | undefined {
    return this.#cells.get(key)?.value;
  }

  set(key: Key, value: Value): void {
    const cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, { value });
    else cell.value = value;
  }

  delete(key: Key): boolean {
    const cell = this.#cells.get(key);
    if (cell === undefined) return false;
    cell.value = undefined;
    return this.#cells.delete(key);
  }

  clear(): void {
    for (const cell of this.#cells.values()) cell.value = undefined;
    this.#cells.clear();
  }

  /** In the order in which the keys came; what is deleted meanwhile is left out, what is added meanwhile comes too. */
  *values(): IterableIterator<Value> {
    for (const cell of this.#cells.values()) yield cell.value!;
  }
}

interface Cell<Value> {
  /** Nothing only once the cell has left the map. */
  value: Value | undefined;
}
