import type { FromWorker } from "./messages.ts";
import type { Session } from "./session.ts";

/** What a worker said or asked about a job that is not known yet. */
export interface Parked {
  readonly key: string;
  readonly session: Session;
  readonly message: FromWorker;
  readonly settled: () => void;
}

/** Messages about jobs that may turn out to be expected. */
export interface ParkedNews {
  park(parked: Parked): void;
  /** In the order in which it was said. */
  take(key: string): readonly Parked[];
  takeAll(): readonly Parked[];
  /** The worker says it again in its next session. */
  drop(session: Session | undefined): void;
}

export function createParkedNews(): ParkedNews {
  let parked: Parked[] = [];
  const takeOut = (isOut: (one: Parked) => boolean): readonly Parked[] => {
    const out = parked.filter(isOut);
    parked = parked.filter((one) => !isOut(one));
    return out;
  };
  return {
    park: (one) => void parked.push(one),
    take: (key) => takeOut((one) => one.key === key),
    takeAll: () => takeOut(() => true),
    drop: (session) => void takeOut((one) => one.session === session),
  };
}
