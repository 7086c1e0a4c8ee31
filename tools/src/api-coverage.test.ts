import type { Route } from "@capstan/api";
import { expect, test } from "vitest";
import { describeCoverage, readRoutes } from "./api-coverage.ts";

const ROUTE: Route = {
  method: "GET",
  path: "/flows/{namespace}/{id}",
  aliases: ["/old/{id}"],
  permission: "public",
  summary: "",
};

test("a route is there whatever its parameters are called, and under its aliases", () => {
  const page = describeCoverage(
    [ROUTE],
    readRoutes("# Flows\nGET /flows/{ns}/{flowId}\nGET /old/{x}\nGET /dashboards\n"),
  );
  expect(page).toMatch(/\| Flows +\| 2 +\| 3 +\|/);
  expect(page).toContain("`GET /dashboards`");
  expect(page).not.toContain("`GET /old");
});

test("routes that are done once for a key are listed", () => {
  const page = describeCoverage([ROUTE, { ...ROUTE, method: "POST", once: true }], []);
  expect(page).toContain("- `POST /flows/{namespace}/{id}`");
  expect(page).not.toContain("- `GET /flows/{namespace}/{id}`");
});

test("a route that is missing without a reason is an error", () => {
  expect(() => describeCoverage([], readRoutes("# Flows\nGET /flows/unheard-of\n"))).toThrow(
    /neither served nor explained/,
  );
});
