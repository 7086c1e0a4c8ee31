import { expect, test } from "vitest";
import { transferProgress } from "./transfer-progress.ts";

test("a line says how far a transfer is, and goes when it ends", () => {
  const written: string[] = [];
  const progress = transferProgress({ write: (text: string) => written.push(text) > 0 });
  progress.end();
  expect(written).toEqual([]);
  progress.show({ step: "copy", table: "logs", rows: 12_000, total: 50_000 });
  progress.show({ step: "check", table: "logs", rows: 50_000, total: 50_000 });
  progress.end();
  expect(written).toEqual([
    "\r\u001B[Kcopying logs: 12,000 of 50,000",
    "\r\u001B[Kchecking logs: 50,000 of 50,000",
    "\r\u001B[K",
  ]);
});
