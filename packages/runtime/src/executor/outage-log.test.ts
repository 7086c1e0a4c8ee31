import { StoreError } from "@capstan/store";
import type { Logger } from "pino";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { TOLD_EVERY_MS, tellOfOutage } from "./outage-log.ts";

test("an outage is told when it begins and then now and then, each kind of it", () => {
  let elapsed = 0;
  const lines: string[] = [];
  const error = ({ err, more }: { err: StoreError; more?: number }, message: string) =>
    lines.push(`${elapsed} ${message}: ${err.code}${more === undefined ? "" : ` and ${more} more`}`);
  const parts = { clock: { ...systemClock, elapsedMs: () => elapsed }, logger: { error } as unknown as Logger };
  const away = new StoreError("store-unreachable", "nobody is there");
  const full = new StoreError("store-full", "the disk is full");
  for (elapsed = 0; elapsed <= 2 * TOLD_EVERY_MS + 500; elapsed += 500) tellOfOutage(parts, away, "refused");
  tellOfOutage(parts, full, "refused");
  tellOfOutage(parts, full, "commit refused");
  elapsed = 10 * TOLD_EVERY_MS;
  tellOfOutage(parts, full, "refused");
  expect(lines).toEqual([
    "0 refused: store-unreachable",
    "10000 refused: store-unreachable and 19 more",
    "20000 refused: store-unreachable and 19 more",
    "21000 refused: store-full",
    "21000 commit refused: store-full",
    "100000 refused: store-full",
  ]);
});
