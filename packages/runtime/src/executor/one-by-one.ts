import { type LiveKey, nameOf } from "./live-key.ts";

/** Does what is asked of an execution after what was asked before has been done: each finds what the others left. */
export type OneByOne = <Result>(key: LiveKey, work: () => Promise<Result>) => Promise<Result>;

export function createOneByOne(): OneByOne {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const name = nameOf(key);
    const before = last.get(name);
    const result = before === undefined ? work() : before.then(work, work);
    last.set(name, result);
    const forget = () => {
      if (last.get(name) === result) last.delete(name);
    };
    result.then(forget, forget);
    return result;
  };
}
