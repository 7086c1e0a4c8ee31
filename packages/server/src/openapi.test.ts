import { allRoutes } from "@capstan/api";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { z } from "zod";
import { FILTERS } from "./requests/filters.ts";
import { setup } from "./testing/setup.ts";

interface Operation {
  readonly operationId: string;
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly style?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function document(): Promise<Document> {
  const { call } = await setup();
  return (await call("GET", "/api/v1/openapi.json")).json as Document;
}

function operations({ paths }: Document): readonly (readonly [place: string, operation: Operation])[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );
}

test("the description is a valid document of OpenAPI 3.1", async () => {
  const described = await document();
  expect(described.openapi).toBe("3.1.0");
  const { valid, errors } = await new Validator().validate(described as unknown as Record<string, unknown>);
  expect([valid, errors]).toEqual([true, undefined]);
});

test("every route is described once, under its name", async () => {
  const described = operations(await document()).map(([place, { operationId }]) => `${place} ${operationId}`);
  const wanted = Object.entries(allRoutes).map(
    ([name, { method, path, scope, operation }]) =>
      `${method} /api/v1${scope === "instance" ? "" : "/{tenant}"}${path} ${operation ?? name}`,
  );
  expect(described.toSorted()).toEqual(wanted.toSorted());
});

test("no two operations have one name", async () => {
  const names = operations(await document()).map(([, { operationId }]) => operationId);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test("every operation tells its parameters, its body and its answer", async () => {
  const described = operations(await document());
  const byName = new Map(described.map(([, operation]) => [operation.operationId, operation]));
  for (const [name, route] of Object.entries(allRoutes)) {
    const operation = byName.get(route.operation ?? name)!;
    const inPath = (operation.parameters ?? []).filter((one) => one.in === "path").map((one) => one.name);
    for (const [, parameter] of route.path.matchAll(/\{(\w+)\}/g))
      expect([name, inPath]).toEqual([name, expect.arrayContaining([parameter])]);
    expect([name, operation.requestBody === undefined]).toEqual([name, route.body === undefined]);
    const answer = operation.responses[String(route.status ?? 200)];
    expect([name, answer?.content === undefined]).toEqual([name, route.answer === undefined]);
  }
});

test("every list and every change by query tells its filters, in brackets and flat", async () => {
  const described = operations(await document());
  const byName = new Map(described.map(([, operation]) => [operation.operationId, operation]));
  const filtered = Object.entries(allRoutes).filter(
    ([, { path, query }]) =>
      query instanceof z.ZodObject && query.def.catchall !== undefined && !path.endsWith("/by-ids"),
  );
  expect(filtered.length).toBeGreaterThan(30);
  for (const [name, { operation, filteredBy }] of filtered) {
    expect([name, filteredBy]).not.toEqual([name, undefined]);
    const inQuery = byName.get(operation ?? name)!.parameters!.filter((one) => one.in === "query");
    expect([name, inQuery]).toEqual([
      name,
      expect.arrayContaining([
        expect.objectContaining({ name: "filters", style: "deepObject" }),
        ...Object.keys(FILTERS[filteredBy!]).map((field) => expect.objectContaining({ name: field })),
      ]),
    ]);
  }
});

test("forms tell their files, other paths are named, and any refusal has the shape of a problem", async () => {
  const { paths } = await document();
  const upload = paths["/api/v1/{tenant}/namespaces/{namespace}/files"]!["post"]!;
  expect(upload.requestBody!.content["multipart/form-data"]!.schema).toMatchObject({
    properties: { fileContent: { type: "string", format: "binary" } },
    required: ["fileContent"],
  });
  const check = paths["/api/v1/{tenant}/flows/validate"]!["post"]!;
  expect(Object.keys(check.requestBody!.content)).toEqual(["application/x-yaml", "multipart/form-data"]);
  const kill = paths["/api/v1/{tenant}/executions/{executionId}/kill"]!["delete"]!;
  expect(kill.description).toContain("/executions/{executionId}/actions/kill");
  expect(kill.responses["default"]?.content).toBeDefined();
});
