import { expect, onTestFinished, test } from "vitest";
import { sendRaw } from "./testing/raw-request.ts";
import { FLOW, setup } from "./testing/setup.ts";

const FLOWS = "/api/v1/main/flows/company.team/hello";

test("every answer tells browsers to keep, guess, frame and share nothing", async () => {
  const { call } = await setup();
  for (const path of ["/health", FLOWS, "/api/v1/main/absent", "/api/v1/main/flows/company.team/absent"])
    expect((await call("GET", path)).headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      "cross-origin-resource-policy": "same-origin",
    });
  expect((await call("GET", FLOWS)).headers).not.toHaveProperty("access-control-allow-origin");
});

test("a method that a path does not have is refused with those it has", async () => {
  const { server } = await setup();
  const refused = await server.inject({ method: "PATCH", url: "/api/v1/main/kv" });
  expect([refused.statusCode, refused.headers["allow"]]).toEqual([405, "GET, HEAD"]);
  expect((await server.inject({ method: "OPTIONS", url: FLOWS })).statusCode).toBe(405);
  expect((await server.inject({ method: "DELETE", url: "/api/v1/nothing/at/all" })).statusCode).toBe(404);
});

test("HEAD asks without effect", async () => {
  const { server, start, memory } = await setup();
  const head = (url: string) => server.inject({ method: "HEAD", url: `/api/v1/main${url}` });
  const id = await start();
  expect([
    (await head("/flows/company.team/hello")).statusCode,
    (await head("/flows/company.team/x")).statusCode,
  ]).toEqual([200, 404]);
  expect((await head("/executions/webhook/company.team/hello/secret-key")).statusCode).toBe(405);
  expect(memory.executions.size).toBe(1);
  for (const path of [`/executions/${id}/follow`, `/logs/${id}/follow`]) {
    const { statusCode, headers, body } = await head(path);
    expect([statusCode, headers["content-type"], body]).toEqual([200, "text/event-stream; charset=utf-8", ""]);
  }
});

test("a form where none is taken, and a compressed body, are refused", async () => {
  const { call, runtime } = await setup();
  const form = { "content-type": "multipart/form-data; boundary=x" };
  for (const [method, path] of [
    ["PUT", "/namespaces/company.team/kv/key"],
    ["POST", "/flows"],
    ["POST", "/executions/latest"],
  ] as const) {
    const { status, json } = await call(method, path, "--x--", form);
    expect([status, json]).toEqual([415, expect.objectContaining({ code: "form-unexpected" })]);
  }
  expect((await call("POST", "/flows", FLOW, { "content-encoding": "gzip" })).status).toBe(415);
  expect(await runtime.services("main").keyValues.list("company.team")).toEqual([]);
});

test("a body is read as its route takes it, whatever its type says", async () => {
  const { call } = await setup();
  const path = "/namespaces/company.team/kv/key";
  for (const type of ["application/json", "text/plain", "image/png"])
    expect((await call("PUT", path, "1", { "content-type": type })).status).toBe(200);
  const changed = FLOW.replace("message: hi", "message: ho");
  expect((await call("PUT", "/flows/company.team/hello", changed, { "content-type": "text/plain" })).status).toBe(200);
  expect((await call("POST", "/executions/latest", "[]", { "content-type": "text/plain" })).status).toBe(200);
});

test.each([
  "/api/v1/main/flows/%",
  "/api/v1/main/flows/%ff/x",
  "/api/v1/main/flows/a%00b/x",
  `/api/v1/${"x/".repeat(5000)}`,
])("the path %.40s is refused as one of the caller's mistakes", async (path) => {
  const { call } = await setup();
  const { status, json } = await call("GET", path);
  expect([400, 404, 422]).toContain(status);
  expect(json).toMatchObject({ status, message: expect.any(String) });
});

test("a request line beyond the limit is refused", async () => {
  const { server } = await setup();
  const { url } = await server.listen();
  onTestFinished(() => server.close());
  const get = (path: string) => sendRaw(url, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  expect(await get(`/ping?${"x".repeat(32_000)}`)).toBe(200);
  expect(await get(`/ping?${"x".repeat(33_000)}`)).toBe(431);
  expect(await get(" nonsense")).toBe(400);
});

test("pages of an allowed origin are answered as browsers want it", async () => {
  const { server } = await setup({ allowedOrigins: ["http://localhost:5173"] });
  const ask = (origin: string) =>
    server.inject({
      method: "OPTIONS",
      url: FLOWS,
      headers: { origin, "access-control-request-method": "PUT", "access-control-request-headers": "authorization" },
    });
  const allowed = await ask("http://localhost:5173");
  expect([allowed.statusCode, allowed.headers["access-control-allow-origin"]]).toEqual([204, "http://localhost:5173"]);
  expect(allowed.headers).toMatchObject({ vary: "origin", "access-control-allow-headers": "authorization" });
  const other = await ask("https://evil.example");
  expect(other.statusCode).toBe(403);
  expect(other.headers).not.toHaveProperty("access-control-allow-origin");
});

test("only following a link may come from another page", async () => {
  const { call } = await setup();
  const from = async (method: "GET" | "POST", site: string, mode: string) =>
    (await call(method, FLOWS, undefined, { "sec-fetch-site": site, "sec-fetch-mode": mode })).status;
  expect(await from("GET", "cross-site", "navigate")).toBe(200);
  expect(await from("GET", "same-origin", "cors")).toBe(200);
  expect(await from("GET", "none", "navigate")).toBe(200);
  expect(await from("GET", "cross-site", "no-cors")).toBe(403);
  expect(await from("GET", "same-site", "no-cors")).toBe(403);
  const start = (site: string) =>
    call("POST", "/executions/company.team/hello", undefined, { "sec-fetch-site": site, "sec-fetch-mode": "navigate" });
  expect((await start("cross-site")).status).toBe(403);
});
