/** What one end of a line has heard: each message counts once, however often it comes. */
export interface Inbox {
  /** All messages up to this one were heard. */
  readonly received: number;
  /** Whether a message is new; one from behind a gap is not taken, as what is missing will be sent again, and it as well. */
  take(number: number): boolean;
}

export function createInbox(): Inbox {
  let received = 0;
  return {
    get received() {
      return received;
    },
    take: (number) => {
      if (number !== received + 1) return false;
      received = number;
      return true;
    },
  };
}

/** The first and the last number of some that follow each other. */
export type Row = readonly [number, number];

/** Numbers of messages that this end is done with, to be told to the other one. */
export interface Settlements {
  add(number: number): void;
  /** Those that are to be told; undefined for none. */
  take(): readonly Row[] | undefined;
  /** All, told or not: what was told may have been lost with the line. */
  tellAgain(): void;
}

export function createSettlements(): Settlements {
  let untold: number[] = [];
  let again: readonly Row[] = [];
  /** Told, but not known to have arrived. Rows are few: most messages are settled in their order. */
  let told: readonly Row[] = [];
  return {
    add: (number) => void untold.push(number),
    take: () => {
      if (untold.length === 0 && again.length === 0) return undefined;
      const single = untold.map((number): Row => [number, number]);
      const rows = joined([...again, ...single]);
      [untold, again] = [[], []];
      told = joined([...told, ...rows]);
      return rows;
    },
    tellAgain: () => {
      again = told;
    },
  };
}

function joined(rows: readonly Row[]): readonly Row[] {
  const result: [number, number][] = [];
  for (const [from, to] of rows.toSorted(([one], [other]) => one - other)) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
