import { Readable } from "node:stream";

/** How often in a row a download may break off without a byte of progress. */
export const BREAKS_MAX = 3;

/**
 * A download that goes on where it broke off. `first` begins at `start`; `again` asks for what comes behind so many bytes of the
 * file, and rejects when that can't be had.
 */
export function resumed(first: Readable, start: number, again: (start: number) => Promise<Readable>): Readable {
  const line = { answer: first };
  const download = Readable.from(chunksOf(line, start, again), { objectMode: false });
  // Also where nobody ever read from it.
  return download.once("close", () => line.answer.destroy());
}

async function* chunksOf(
  line: { answer: Readable },
  start: number,
  again: (start: number) => Promise<Readable>,
): AsyncGenerator<Buffer> {
  let position = start;
  for (let breaks = 0; ;) {
    const chunks = line.answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (;;) {
      let next: IteratorResult<Buffer>;
      try {
        next = await chunks.next();
      } catch (error) {
        if (breaks === BREAKS_MAX) throw error;
        breaks += 1;
        break;
      }
      if (next.done === true) return;
      breaks = 0;
      position += next.value.length;
      yield next.value;
    }
    line.answer = await again(position);
  }
}
