import { expect, test } from "vitest";
import { setup } from "../testing/setup.ts";

async function withSecrets() {
  const bundle = await setup();
  Object.assign(bundle.runtime, { secretNames: async () => ["API_KEY", "PASSWORD", "TOKEN"] });
  return bundle;
}

test.each(["/secrets", "/namespaces/company.team/secrets"])("%s lists names, page by page", async (path) => {
  const { call } = await withSecrets();
  expect((await call("GET", `${path}?size=2&page=2&sort=key:desc`)).json).toEqual({
    readOnly: true,
    results: [{ key: "API_KEY", tags: [] }],
    total: 3,
  });
  expect((await call("GET", `${path}?q=pass`)).json).toMatchObject({ results: [{ key: "PASSWORD" }], total: 1 });
  const ofNamespace = "filters[namespace][EQUALS]=company&filters[q][NOT_EQUALS]=o";
  expect((await call("GET", `${path}?${ofNamespace}`)).json).toMatchObject({ results: [{ key: "API_KEY" }], total: 1 });
  expect((await call("GET", `${path}?filters[value][EQUALS]=x`)).status).toBe(400);
  expect((await call("GET", `${path}?sort=value:asc`)).status).toBe(422);
});

test("secrets that a namespace finds are those of the server", async () => {
  const { call } = await withSecrets();
  expect((await call("GET", "/namespaces/company.team/inherited-secrets")).json).toEqual({
    "company.team": ["API_KEY", "PASSWORD", "TOKEN"],
  });
  expect((await call("GET", "/namespaces/a%2Fb/inherited-secrets")).status).toBe(422);
});

test("secrets are not written here", async () => {
  const { call } = await withSecrets();
  expect((await call("PUT", "/namespaces/company.team/secrets", { key: "A", value: "hunter2" })).status).toBe(405);
  expect((await call("DELETE", "/namespaces/company.team/secrets/TOKEN")).status).toBe(404);
});
