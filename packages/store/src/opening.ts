import { StoreError } from "./errors.ts";

/** What a store has while it is open: opened once however often it is started, and again after a stop or a failure. */
export interface Opening<Opened> {
  readonly start: () => Promise<void>;
  /** Throws `store-closed` before the start and after the stop. */
  readonly current: () => Opened;
  /** Takes out, at once, what is open or being opened: it is the caller's to close. Nothing when it could not be opened. */
  readonly take: () => Promise<Opened | undefined>;
}

export function createOpening<Opened>(label: string, open: () => Promise<Opened>): Opening<Opened> {
  let opening: Promise<Opened> | undefined;
  let opened: Opened | undefined;
  return {
    start: async () => {
      opening ??= open();
      try {
        opened = await opening;
      } catch (error) {
        opening = undefined;
        throw error;
      }
    },
    current: () => {
      if (opened === undefined) throw new StoreError("store-closed", `${label} was not started or was stopped`);
      return opened;
    },
    take: async () => {
      const taken = opening;
      opening = undefined;
      opened = undefined;
      // Whoever started it was told why it could not be opened.
      return taken?.catch(() => undefined);
    },
  };
}
