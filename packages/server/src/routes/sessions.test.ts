import { expect, test } from "vitest";
import { setup } from "../testing/setup.ts";

const basic = { username: "admin@example.org", password: "correct horse 1" };
const LOGIN = "/api/v1/login";

const cookiesOf = (headers: Readonly<Record<string, unknown>>) => headers["set-cookie"] as readonly string[];
const pageOf = (host: string) => ({ host, origin: `http://${host}` });

test("a page logs in with a password and out again", async () => {
  const { call } = await setup({ authentication: { basic } });
  const { status, headers, json } = await call("POST", LOGIN, basic, pageOf("flows.example"));
  expect([status, json]).toEqual([200, {}]);
  const [session = "", flag = ""] = cookiesOf(headers);
  expect(session).toMatch(/^BASIC_AUTH=[\w%]+; HttpOnly; Path=\/; SameSite=Strict$/);
  expect(flag).toBe("kestraBasicAuthenticated=true; Path=/; SameSite=Strict");
  const cookie = session.split(";")[0]!;
  expect((await call("GET", "/flows/search", undefined, { cookie })).status).toBe(200);
  expect((await call("POST", "/flows", "", { cookie, ...pageOf("flows.example") })).status).toBe(422);
  const left = await call("POST", "/api/v1/logout", undefined, { cookie });
  expect(left.status).toBe(200);
  for (const one of cookiesOf(left.headers)) expect(one).toMatch(/^\w+=; .*Max-Age=0$/);
});

test("a cookie of a page that was reached over TLS stays on TLS", async () => {
  const { call } = await setup({ authentication: { basic } });
  const proxied = await call("POST", LOGIN, basic, { "x-forwarded-proto": "https" });
  expect(cookiesOf(proxied.headers)[0]).toContain("; Secure");
  const published = await setup({ authentication: { basic }, publicUrl: "https://flows.example" });
  expect(cookiesOf((await published.call("POST", LOGIN, basic)).headers)[0]).toContain("; Secure");
});

test("a wrong password gets no cookie, and the browser does not ask in its own way", async () => {
  const { call } = await setup({ authentication: { basic }, limits: { wrongCredentialsMax: 1 } });
  const page = { ...pageOf("flows.example"), referer: "http://flows.example/ui/login?from=/ui/" };
  const wrong = await call("POST", LOGIN, { ...basic, password: "wrong" }, page);
  expect(wrong.status).toBe(401);
  expect(wrong.headers).not.toHaveProperty("set-cookie");
  expect(wrong.headers).not.toHaveProperty("www-authenticate");
  expect((await call("POST", LOGIN, basic, page)).status).toBe(429);
});

test("a body that is no name and password is refused", async () => {
  const { call } = await setup({ authentication: { basic } });
  for (const body of ["", "x", "[]", { username: "a" }, { username: 1, password: "b" }])
    expect((await call("POST", LOGIN, body)).status).toBe(422);
});

test("pages of other origins can't log a browser in, nor call with its cookie", async () => {
  const { call } = await setup({ authentication: { basic } });
  const foreign = { host: "flows.example", origin: "http://evil.example" };
  expect((await call("POST", LOGIN, basic, foreign)).status).toBe(403);
  expect((await call("POST", "/api/v1/logout", undefined, foreign)).status).toBe(403);
  const cookie = `BASIC_AUTH=${Buffer.from(`${basic.username}:${basic.password}`).toString("base64")}`;
  expect((await call("POST", "/flows", "", { cookie, ...foreign })).status).toBe(403);
});

test("where everybody may call, a login gets no cookie", async () => {
  const { call } = await setup();
  const { status, headers } = await call("POST", LOGIN, basic);
  expect(status).toBe(200);
  expect(headers).not.toHaveProperty("set-cookie");
});

test("nothing is wrong with the credential of a server that runs", async () => {
  const { call } = await setup({ authentication: { basic } });
  expect(await call("GET", "/api/v1/basicAuthValidationErrors")).toMatchObject({ status: 200, json: [] });
});
