import { type LiveKey, nameOf } from "./live-key.ts";

/** Does what is asked of an execution after what was asked before has been done: each finds what the others left. */
export interface OneByOne {
  <Result>(key: LiveKey, work: () => Promise<Result>): Promise<Result>;
  /** What concerns several executions at once. */
  together<Result>(keys: readonly LiveKey[], work: () => Promise<Result>): Promise<Result>;
  /** What may concern all of them: nothing else is done meanwhile. Work within may not ask for a turn of its own. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createOneByOne(): OneByOne {
  const last = new Map<string, Promise<unknown>>();
  let lastAlone: Promise<unknown> | undefined;
  const behind = <Result>(before: readonly Promise<unknown>[], work: () => Promise<Result>): Promise<Result> =>
    before.length === 0 ? work() : Promise.allSettled(before).then(() => work());
  const together: OneByOne["together"] = (keys, work) => {
    const names = keys.map(nameOf);
    const result = behind([...names.flatMap((name) => last.get(name) ?? []), ...(lastAlone ? [lastAlone] : [])], work);
    for (const name of names) last.set(name, result);
    const forget = () => {
      for (const name of names) if (last.get(name) === result) last.delete(name);
    };
    result.then(forget, forget);
    return result;
  };
  const alone: OneByOne["alone"] = (work) => {
    const result = behind([...last.values(), ...(lastAlone ? [lastAlone] : [])], work);
    lastAlone = result;
    const forget = () => {
      if (lastAlone === result) lastAlone = undefined;
    };
    result.then(forget, forget);
    return result;
  };
  const one = <Result>(key: LiveKey, work: () => Promise<Result>): Promise<Result> => together([key], work);
  return Object.assign(one, { together, alone });
}
