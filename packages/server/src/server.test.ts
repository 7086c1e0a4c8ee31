import { StorageError } from "@capstan/storage";
import { StoreError } from "@capstan/store";
import { expect, test } from "vitest";
import { FLOW, setup } from "./testing/setup.ts";

const credential = { username: "admin@example.org", password: "correct horse 1" };
const right = {
  authorization: `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString("base64")}`,
};

test("health and ping answer", async () => {
  const { call } = await setup();
  expect((await call("GET", "/health")).json).toEqual({ status: "UP" });
  expect((await call("GET", "/ping")).text).toBe("pong");
});

test("the root tells everybody what this is, with links that work and nothing from elsewhere", async () => {
  const { call, server } = await setup({ authentication: { basic: credential } });
  const { statusCode, headers, body } = await server.inject({ method: "GET", url: "/" });
  expect([statusCode, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  const links = Array.from(body.matchAll(/(?:href|src)="([^"]*)"/g), ([, link]) => link!);
  expect(links).toEqual(["/api/v1/openapi.json", "/api/v1/openapi.yml", "/health"]);
  for (const link of links) expect([link, (await call("GET", link, undefined, right)).status]).toEqual([link, 200]);
});

test("a server whose store does not answer is not ready, but alive", async () => {
  const { call, runtime } = await setup();
  runtime.store.documents.get = () => Promise.reject(new Error("password=hunter2"));
  for (const path of ["/health", "/health/readiness"])
    expect(await call("GET", path)).toMatchObject({ status: 503, text: '{"status":"DOWN"}' });
  expect((await call("GET", "/health/liveness")).json).toEqual({ status: "UP" });
});

test.each([
  { error: new StoreError("store-full", "database or disk is full"), remedy: "Free space on that disk" },
  { error: new StorageError("storage-full", "ENOSPC /secret/place"), remedy: "Free space on that disk" },
  { error: new StoreError("store-io", "disk I/O error"), remedy: "Check the disk" },
])("what the machine refuses is answered 503 with a remedy: $error.code", async ({ error, remedy }) => {
  const { call, runtime } = await setup();
  Object.assign(runtime.triggers, { webhook: () => Promise.reject(error) });
  const answer = await call("POST", "/executions/webhook/company.team/hello/secret-key");
  expect(answer.status).toBe(503);
  expect(answer.json).toMatchObject({ code: error.code, message: expect.stringContaining(remedy) });
  expect(answer.text).not.toContain("/secret/place");
});

test("routes answer with and without a tenant, other tenants do not exist", async () => {
  const { call } = await setup();
  expect((await call("GET", "/api/v1/flows/company.team/hello")).status).toBe(200);
  expect((await call("GET", "/api/v1/main/flows/company.team/hello")).status).toBe(200);
  expect((await call("GET", "/api/v1/other/flows/company.team/hello")).status).toBe(404);
  expect((await call("POST", "/api/v1/other/executions/webhook/company.team/hello/secret-key")).status).toBe(404);
});

test("an unknown route answers 404 as JSON", async () => {
  const { call } = await setup();
  const answer = await call("GET", "/nothing?token=hunter2");
  expect(answer.status).toBe(404);
  expect(answer.json).toMatchObject({ status: 404, code: "route-not-found", path: "/api/v1/main/nothing" });
  expect(answer.text).not.toContain("hunter2");
});

test("with authentication every route but the public ones wants the credential", async () => {
  const { call } = await setup({ authentication: { basic: credential } });
  const wrong = { authorization: `Basic ${Buffer.from("admin@example.org:wrong").toString("base64")}` };
  for (const headers of [{}, wrong, { authorization: "Basic Og==" }, { authorization: "Bearer x" }]) {
    const answer = await call("GET", "/flows/search", undefined, headers);
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toMatch(/^Basic /);
  }
  expect((await call("GET", "/flows/search", undefined, right)).status).toBe(200);
  expect((await call("GET", "/nothing")).status).toBe(401);
  expect((await call("GET", "/api/v1/openapi.json")).status).toBe(401);
  for (const path of ["/health", "/ping", "/api/v1/configs/login"]) expect((await call("GET", path)).status).toBe(200);
  expect((await call("POST", "/executions/webhook/company.team/hello/secret-key")).status).toBe(200);
});

test("open urls are open, exactly or below a folder", async () => {
  const { call } = await setup({
    authentication: { basic: credential },
    openUrls: ["/api/v1/configs", "/api/v1/plugins/"],
  });
  expect((await call("GET", "/api/v1/configs")).status).toBe(200);
  expect((await call("GET", "/api/v1/plugins/schemas/flow")).status).toBe(200);
  expect((await call("GET", "/api/v1/plugins")).status).toBe(401);
  expect((await call("GET", "/api/v1/configs/../flows/search")).status).toBe(401);
});

test("every documented route wants the credential unless it is public", async () => {
  const { call } = await setup({ authentication: { basic: credential } });
  const { json } = await call("GET", "/api/v1/openapi.json", undefined, right);
  const { paths } = json as { paths: Record<string, Record<string, { security?: unknown[] }>> };
  let checked = 0;
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { security }] of Object.entries(methods)) {
      if (security !== undefined) continue;
      const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === "tenant" ? "main" : "x"));
      expect([method, url, (await call(method.toUpperCase() as "GET", url)).status]).toEqual([method, url, 401]);
      checked += 1;
    }
  expect(checked).toBeGreaterThan(80);
});

test("pages of other sites may not call, those of this one may", async () => {
  const { call } = await setup({ allowedOrigins: ["http://localhost:5173"] });
  const from = async (headers: Record<string, string>) => (await call("POST", "/flows", FLOW, headers)).status;
  expect(await from({ origin: "https://evil.example", host: "localhost:8080" })).toBe(403);
  expect(await from({ origin: "null", host: "localhost:8080" })).toBe(403);
  expect(await from({ "sec-fetch-site": "cross-site", host: "localhost:8080" })).toBe(403);
  expect(await from({ origin: "http://localhost:8080", host: "localhost:8080" })).toBe(422);
  expect(await from({ origin: "http://localhost:5173", host: "localhost:8080" })).toBe(422);
});

test("without authentication only names of this machine are answered", async () => {
  const { call } = await setup();
  expect((await call("GET", "/flows/search", undefined, { host: "rebound.example:8080" })).status).toBe(403);
  expect((await call("GET", "/flows/search", undefined, { host: "127.0.0.1:8080" })).status).toBe(200);
  expect((await call("GET", "/flows/search", undefined, { host: "[::1]:8080" })).status).toBe(200);
});

test("a network address without authentication is refused with a way out", async () => {
  const { server } = await setup({ host: "0.0.0.0" });
  await expect(server.listen()).rejects.toThrow(/Refusing to listen on 0\.0\.0\.0 .* Set a username and a password/);
});

test("a network address with authentication is served", async () => {
  const { server } = await setup({ host: "0.0.0.0", authentication: { basic: credential } });
  const { url } = await server.listen();
  const { port } = new URL(url);
  expect((await fetch(`http://127.0.0.1:${port}/api/v1/main/flows/search`)).status).toBe(401);
  await server.close();
});

test("a body at the limit is taken, one byte more is refused", async () => {
  const { call } = await setup({ limits: { bodyBytesMax: 1000, webhookBodyBytesMax: 500 } });
  const key = "/namespaces/company.team/kv/key";
  expect((await call("PUT", key, "x".repeat(1000))).status).toBe(200);
  const refused = await call("PUT", key, "x".repeat(1001));
  expect([refused.status, (refused.json as { code: string }).code]).toEqual([413, "body-too-large"]);
  const webhook = "/executions/webhook/company.team/hello/secret-key";
  expect((await call("POST", webhook, "x".repeat(500))).status).toBe(200);
  expect((await call("POST", webhook, "x".repeat(501))).status).toBe(413);
});

test("a failure of the server says nothing of its cause", async () => {
  const { call, runtime } = await setup();
  runtime.flows.check = () => {
    throw new Error("connection to postgres://capstan:hunter2@db failed");
  };
  const answer = await call("GET", "/flows/company.team/hello");
  expect(answer.status).toBe(500);
  expect(answer.text).not.toMatch(/hunter2|postgres|at .*\.ts/);
});

test("problems are readable for clients of every generation", async () => {
  const { call } = await setup();
  const { json, headers } = await call("GET", "/flows/company.team/absent");
  expect(headers["content-type"]).toContain("application/json");
  expect(json).toEqual({
    type: "urn:capstan:problem:flow-not-found",
    title: "Not Found",
    status: 404,
    detail: "There is no flow company.team.absent",
    code: "flow-not-found",
    message: "There is no flow company.team.absent",
    path: "/api/v1/main/flows/company.team/absent",
    _links: { self: { href: "/api/v1/main/flows/company.team/absent", templated: false } },
    _embedded: { errors: [{ message: "There is no flow company.team.absent" }] },
  });
});

test("the OpenAPI document describes each route once, with its parameters", async () => {
  const { call } = await setup();
  const { json } = await call("GET", "/api/v1/openapi.json");
  const { paths } = json as { paths: Record<string, unknown> };
  expect(Object.keys(paths)).toContain("/api/v1/{tenant}/executions/{namespace}/{flowId}");
  expect(Object.keys(paths)).not.toContain("/api/v1/flows/search");
  expect(JSON.stringify(paths["/api/v1/{tenant}/flows/{namespace}/{id}"])).toContain('"revision"');
  expect((await call("GET", "/api/v1/openapi.yml")).text).toMatch(/^openapi: /);
});

test("settings name the generation of the API", async () => {
  const { call } = await setup();
  expect((await call("GET", "/api/v1/configs")).json).toMatchObject({
    version: "1.3.15",
    isBasicAuthInitialized: false,
  });
  expect((await call("GET", "/api/v1/configs/login")).json).toEqual({ isBasicAuthInitialized: false });
});

test("plugins, their documentation and the schemas for an editor", async () => {
  const { call } = await setup();
  const cls = "io.kestra.plugin.core.log.Log";
  expect((await call("GET", "/api/v1/plugins?q=log.Log")).json).toMatchObject({
    total: 1,
    results: [{ group: "io.kestra.plugin.core" }],
  });
  expect((await call("GET", "/api/v1/plugins/groups/subgroups")).text).toContain(cls);
  expect((await call("GET", `/api/v1/plugins/${cls}`)).json).toMatchObject({
    schema: { properties: { properties: { message: { type: "string" } } } },
  });
  expect((await call("GET", "/api/v1/plugins/absent.Type")).status).toBe(404);
  expect((await call("GET", "/api/v1/plugins/schemas/flow?arrayOf=true")).json).toMatchObject({ type: "array" });
  expect((await call("GET", "/api/v1/plugins/schemas/absent")).status).toBe(404);
});

test("a refusal says each problem once", async () => {
  const { call, runtime } = await setup();
  const refuse = (message: string, problems: readonly string[]) =>
    Object.assign(runtime.executions, {
      create: () =>
        Promise.reject(
          Object.assign(new Error(message), { name: "RequestError", code: "inputs-invalid", status: 422, problems }),
        ),
    });
  refuse("a is missing, b is missing", ["a is missing", "b is missing"]);
  const joined = await call("POST", "/executions/company.team/hello");
  expect(joined.json).toMatchObject({ message: "a is missing, b is missing", detail: "a is missing, b is missing" });
  refuse("Nothing was changed", ["a is missing"]);
  const headed = await call("POST", "/executions/company.team/hello");
  expect(headed.json).toMatchObject({ message: "Nothing was changed\na is missing" });
});
