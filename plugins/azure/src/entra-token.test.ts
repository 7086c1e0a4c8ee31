import type { TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tokenSource } from "./entra-token.ts";
import { definition } from "./testing/blob-world.ts";

const NOW = Date.UTC(2026, 0, 1);
const NOBODY = { tenantId: undefined, clientId: undefined, clientSecret: undefined };

/** A server of tokens: each answer has the next number. */
async function tokenServer(status = 200) {
  const server = await startServer((_request, response) => {
    response
      .writeHead(status)
      .end(JSON.stringify({ access_token: `token-${server.received.length}`, expires_in: "3600" }));
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

function source(
  principal: Partial<typeof NOBODY> | Record<string, string>,
  more: Partial<Parameters<typeof tokenSource>[1]> = {},
) {
  const masked: string[] = [];
  const mask = (token: string) => void masked.push(token);
  const options = { signal: new AbortController().signal, now: () => NOW, mask, environment: {} };
  return { masked, token: tokenSource({ ...NOBODY, ...principal }, { ...options, ...more }) };
}

test("a service principal gets a token, which is asked for once and masked", async () => {
  const server = await tokenServer();
  let now = NOW;
  const environment = { AZURE_AUTHORITY_HOST: `${server.url}/` };
  const principal = { tenantId: "tenant", clientId: "client", clientSecret: "hush" };
  const { token, masked } = source(principal, { environment, now: () => now });
  expect([await token(), await token()]).toEqual(["token-1", "token-1"]);
  expect(server.received[0]!.url).toBe("/tenant/oauth2/v2.0/token");
  expect(Object.fromEntries(new URLSearchParams(server.received[0]!.body))).toEqual({
    grant_type: "client_credentials",
    client_id: "client",
    client_secret: "hush",
    scope: "https://storage.azure.com/.default",
  });
  now += 3_480_001;
  expect(await token()).toBe("token-2");
  expect(masked).toEqual(["token-1", "token-2"]);
});

test("a workload identity shows the file that its cluster gives it", async () => {
  const server = await tokenServer();
  const folder = await mkdtemp(join(tmpdir(), "capstan-azure-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "token"), "assertion\n");
  const environment = {
    AZURE_AUTHORITY_HOST: server.url,
    AZURE_TENANT_ID: "tenant",
    AZURE_CLIENT_ID: "client",
    AZURE_FEDERATED_TOKEN_FILE: join(folder, "token"),
  };
  expect(await source({}, { environment }).token()).toBe("token-1");
  expect(new URLSearchParams(server.received[0]!.body).get("client_assertion")).toBe("assertion");
});

test("a machine gives the token of its own identity", async () => {
  const server = await tokenServer();
  expect(await source({ clientId: "one-of-several" }, { machine: server.url }).token()).toBe("token-1");
  expect(server.received[0]).toMatchObject({ method: "GET", headers: { metadata: "true" } });
  expect(server.received[0]!.url).toContain("client_id=one-of-several");
});

test.each([
  ["nothing is found", {}, /^There are no credentials for the storage account/],
  ["half a principal is written", { clientSecret: "hush" }, /needs `tenantId` and `clientId`/],
])("where %s, the message says what to set", async (_, principal, message) => {
  await expect(source(principal, { machine: "http://127.0.0.1:1" }).token()).rejects.toThrow(message);
});

test("a principal that is refused is told as that, without its secret", async () => {
  const server = await tokenServer(401);
  const environment = { AZURE_AUTHORITY_HOST: server.url };
  const asked = source({ tenantId: "t", clientId: "c", clientSecret: "hush" }, { environment }).token();
  await expect(asked).rejects.toThrow(/status 401.*Check `tenantId`/);
  await expect(asked).rejects.not.toThrow(/hush/);
});

test("another server gets nothing that the worker finds by itself", async () => {
  const server = await tokenServer();
  await using world = createTestWorld();
  const properties = { endpoint: server.url, container: "data" };
  const outcome = await world.run(definition("List") as TaskDefinition, properties);
  expect(outcome.message).toContain("is not sent there");
  expect(server.received).toEqual([]);
});
