import type { Store } from "@capstan/store";

/** A store that breaks one promise on purpose, to see that a checker notices. */
export interface Mutant {
  /** What it does wrong, in plain words. */
  readonly name: string;
  /** The invariant that it breaks. */
  readonly breaks: string;
  /** The lying store over the true one; `life` numbers the process that opens it. */
  store(store: Store, life: number): Store;
}
