import { expect, test } from "vitest";
import { presentRoughPage } from "./page.ts";

test("a header says of a total that it is an estimate, and nothing where it is not", () => {
  const headers: Record<string, string> = {};
  const reply = { header: (name: string, value: string) => (headers[name] = value) };
  expect(presentRoughPage({ rows: [1], total: 1 }, reply, String)).toEqual({ results: ["1"], total: 1 });
  expect(headers).toEqual({});
  const page = { rows: [1, 2], total: 40_000, isEstimate: true } as const;
  expect(presentRoughPage(page, reply, String)).toEqual({ results: ["1", "2"], total: 40_000 });
  expect(headers).toEqual({ "capstan-total": "estimate" });
});
