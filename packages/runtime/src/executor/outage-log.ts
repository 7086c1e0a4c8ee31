import type { StoreError } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";

/** How often an outage that goes on is told of, in milliseconds. */
export const TOLD_EVERY_MS = 10_000;

interface Told {
  /** By the clock's `elapsedMs`. */
  at: number;
  /** Refusals since then. */
  more: number;
}

const told = new WeakMap<Logger, Map<string, Told>>();

/**
 * Tells the log that the store refuses what is asked of it: when that begins, and then now and then, with how often it happened meanwhile.
 * Hundreds may ask at once, twice a second each, and an outage may last all night.
 */
export function tellOfOutage(
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  error: unknown,
  message: string,
): void {
  const known = told.get(logger) ?? new Map<string, Told>();
  told.set(logger, known);
  const kind = `${message}/${(error as Partial<StoreError>).code ?? ""}`;
  const last = known.get(kind);
  const now = clock.elapsedMs();
  if (last !== undefined && now - last.at < TOLD_EVERY_MS) {
    last.more += 1;
    return;
  }
  known.set(kind, { at: now, more: 0 });
  const { more = 0 } = last ?? {};
  logger.error({ err: error, ...(more > 0 && { more }) }, message);
}
