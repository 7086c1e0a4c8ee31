import { duration, instant, TaskFailure } from "@capstan/sdk";
import type { ChainableCommander } from "ioredis";

/** Options that say when a key goes away. */
export const expiration = () => ({
  expirationDuration: duration().optional().describe("How long the key is kept, such as PT1H."),
  expirationDate: instant()
    .optional()
    .describe("When the key goes away, such as 2030-01-01T00:00:00Z; not together with a duration."),
});

interface Expiration {
  /** Milliseconds. */
  readonly expirationDuration?: number | undefined;
  /** Epoch milliseconds. */
  readonly expirationDate?: number | undefined;
}

/** Throws `TaskFailure` where both are given, or a length of time that is none. */
export function checkExpiration({ expirationDuration, expirationDate }: Expiration): void {
  if (expirationDuration !== undefined && expirationDate !== undefined)
    throw new TaskFailure(
      "`options` has both `expirationDuration` and `expirationDate`, but a key goes away once. Keep one of them.",
    );
  if (expirationDuration !== undefined && expirationDuration < 1)
    throw new TaskFailure("`options.expirationDuration` is not positive. Give a length of time such as PT1H.");
}

/** Adds what makes the key go away to commands that happen at once. */
export function expire(commands: ChainableCommander, key: string, options: Expiration): void {
  checkExpiration(options);
  if (options.expirationDuration !== undefined) commands.pexpire(key, Math.trunc(options.expirationDuration));
  if (options.expirationDate !== undefined) commands.pexpireat(key, options.expirationDate);
}
