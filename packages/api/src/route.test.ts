import { expect, test } from "vitest";
import { z } from "zod";
import {
  allRoutes,
  filteredPageQuery,
  flag,
  many,
  pageQuery,
  pathParameters,
  routeGroups,
  type Route,
} from "./index.ts";

const all: Route[] = routeGroups.flatMap((group) => Object.values<Route>(group));

test("no two routes share a name", () => {
  expect(Object.keys(allRoutes).length).toBe(all.length);
});

test("no two routes share a method and a path", () => {
  const keys = all.flatMap(({ method, path, aliases = [] }) => [path, ...aliases].map((one) => `${method} ${one}`));
  expect(keys.length).toBe(new Set(keys).size);
});

test("only webhooks and what a page asks for before anybody has logged in are public", () => {
  const open = all.filter(({ permission }) => permission === "public").map(({ path }) => path);
  expect(new Set(open)).toEqual(
    new Set(["/basicAuthValidationErrors", "/configs/login", "/executions/webhook/{namespace}/{flowId}/{key}"]),
  );
});

test("a namespace in a path has only letters, digits, dots, dashes and underscores", () => {
  const schema = pathParameters("/flows/{namespace}/{id}");
  expect(schema.safeParse({ namespace: "a.b-c_d", id: "x" }).success).toBe(true);
  for (const namespace of ["../a", "a/b", "", ".a", "x".repeat(513)])
    expect(schema.safeParse({ namespace, id: "x" }).success).toBe(false);
});

test("a parameter that may repeat is always a list", () => {
  expect(many(z.string()).parse("a")).toEqual(["a"]);
  expect(many(z.string()).parse(["a", "b"])).toEqual(["a", "b"]);
});

test("pages start at 1 with ten rows and have an upper limit", () => {
  expect(pageQuery.parse({})).toEqual({ page: 1, size: 10 });
  expect(pageQuery.safeParse({ page: "0" }).success).toBe(false);
  expect(pageQuery.safeParse({ size: "10001" }).success).toBe(false);
  expect(filteredPageQuery.parse({ "filters[q][EQUALS]": "x" })).toMatchObject({ "filters[q][EQUALS]": "x" });
});

test("flags are read as words", () => {
  expect(flag(true).parse(undefined)).toBe(true);
  expect(flag(true).parse("false")).toBe(false);
  expect(flag(true).safeParse("maybe").success).toBe(false);
});
