import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type LocalServer, startServer } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SqlServer, startSqlServer } from "../testing/sqlserver/server.ts";
import { warehouseQuery } from "./warehouse-query.ts";

const TOKEN = "token-of-entra".repeat(400); // Longer than a packet, as real ones are.
let folder: string;
let certificates: string;
let server: SqlServer;
let entra: LocalServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-fabric-"));
  const words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost";
  execFileSync("openssl", [...words.split(" "), "-keyout", "key", "-out", "certificate"], {
    cwd: folder,
    stdio: "ignore",
  });
  certificates = await readFile(join(folder, "certificate"), "utf8");
  const identity = { cert: certificates, key: await readFile(join(folder, "key"), "utf8") };
  server = await startSqlServer({ identity, mustEncrypt: true, accessToken: TOKEN });
  entra = await startServer((request, response) => {
    const { body } = entra.received.at(-1)!;
    const isKnown =
      request.url === "/tenant/oauth2/v2.0/token" && new URLSearchParams(body).get("client_secret") === "s3cret";
    const answer = isKnown ? { access_token: TOKEN, expires_in: 3599 } : { error: "invalid_client" };
    response.writeHead(isKnown ? 200 : 401, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await entra[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const PRINCIPAL = { tenantId: "tenant", clientId: "client", clientSecret: "s3cret" };

async function run(
  properties: JsonMap,
  environment: NodeJS.ProcessEnv = {},
  trusted: string | undefined = certificates,
) {
  await using world = createTestWorld();
  const place = { authority: entra.url, environment, domain: "", port: server.port };
  const definition = warehouseQuery({ ...place, ...(trusted !== "" && { certificates: trusted }) });
  const written = { sqlEndpointId: "localhost", warehouseId: "sales", sql: "SELECT 1 AS one", ...properties };
  const outcome = await world.run(definition, written);
  const uri = outcome.outputs?.["uri"];
  return {
    ...outcome,
    rows: uri === undefined ? undefined : await world.files.text(String(uri)),
    masked: world.masked,
    logs: world.logs,
  };
}

test("a principal comes in with a token, and rows go into a file", async () => {
  const { message, outputs, rows, masked } = await run(PRINCIPAL);
  expect(message).toBeUndefined();
  expect(outputs).toEqual({ uri: expect.stringMatching(/rows\.ion$/), size: 1 });
  expect(rows).toBe('{"one":1}\n');
  expect(masked).toEqual([TOKEN]);
  expect(server.logins.at(-1)).toMatchObject({
    accessToken: TOKEN,
    database: "sales",
    isEncrypted: true,
    user: "",
    password: "",
  });
  const asked = Object.fromEntries(new URLSearchParams(entra.received.at(-1)!.body));
  expect(asked).toEqual({
    grant_type: "client_credentials",
    client_id: "client",
    client_secret: "s3cret",
    scope: "https://database.windows.net/.default",
  });
});

test("the worker may know the principal", async () => {
  const environment = { AZURE_TENANT_ID: "tenant", AZURE_CLIENT_ID: "client", AZURE_CLIENT_SECRET: "s3cret" };
  const { outputs } = await run({ fetchType: "FETCH_ONE" }, environment);
  expect(outputs).toEqual({ row: { one: 1 }, size: 1 });
});

test("a statement runs without a transaction", async () => {
  const { outputs } = await run({ ...PRINCIPAL, sql: "CREATE TABLE made AS SELECT 1 AS i", fetchType: "NONE" });
  expect(outputs).toEqual({ size: 0 });
  expect(server.transactions()).toBe(0);
});

test.each([
  [{}, "", /^Nobody connects: give `tenantId`, `clientId` and `clientSecret`/],
  [
    { ...PRINCIPAL, clientSecret: "geheim" },
    "",
    /^Asking Microsoft Entra for a token .*401.*Check `tenantId`, `clientId` and `clientSecret`/s,
  ],
  [{ ...PRINCIPAL, sqlEndpointId: "evil.example/x" }, "", /is no name of a SQL endpoint/],
  [PRINCIPAL, "", /^There is no connection to localhost:\d+\/sales as a principal of Entra: self-signed certificate/],
])("%j is refused, and no secret is shown", async (properties, trusted, reason) => {
  const { message, logs } = await run(properties, {}, trusted);
  expect(message).toMatch(reason);
  expect(JSON.stringify([message, logs])).not.toMatch(/geheim|s3cret|token-of-entra/u);
});

test("several statements are refused", async () => {
  const { message } = await run({ ...PRINCIPAL, sql: "SELECT 1; SELECT 2" });
  expect(message).toBe(
    "`sql` has 2 statements, and a Query takes one. Give each a task of its own, or begin with a DECLARE, which makes one of them.",
  );
});
