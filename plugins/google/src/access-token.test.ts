import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { TaskDefinition } from "@capstan/sdk";
import { tokenSource } from "./access-token.ts";
import { foundCredentials, writtenCredentials } from "./credentials.ts";
import { definition } from "./testing/storage-world.ts";

const NOW = Date.UTC(2026, 0, 1);
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" });
const SCOPES = ["https://www.googleapis.com/auth/cloud-platform"];

/** A server of tokens: each answer has the next number. */
async function tokenServer(answerOf: (number: number, url: string) => unknown = numbered) {
  const server = await startServer((request, response) => {
    const answer = answerOf(server.received.length, request.url ?? "");
    if (typeof answer === "number") response.writeHead(answer).end('{"error":"invalid_grant"}');
    else response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}
const numbered = (number: number) => ({ access_token: `token-${number}`, expires_in: 3_600 });

const serviceAccount = (tokenUri: string, changes: object = {}) =>
  JSON.stringify({
    type: "service_account",
    client_email: "worker@sales.iam.gserviceaccount.com",
    private_key: PEM,
    private_key_id: "key-1",
    project_id: "sales",
    token_uri: tokenUri,
    ...changes,
  });

function source(
  account: Partial<Parameters<typeof tokenSource>[0]>,
  more: Partial<Parameters<typeof tokenSource>[1]> = {},
) {
  const masked: string[] = [];
  const options = {
    signal: new AbortController().signal,
    now: () => NOW,
    mask: (token: string) => void masked.push(token),
  };
  return { masked, ...tokenSource({ scopes: SCOPES, ...account }, { ...options, ...more }) };
}

test("a service account signs for its token, which is asked for once and masked", async () => {
  const server = await tokenServer();
  const { token, project, masked } = source({ serviceAccount: serviceAccount(server.url), scopes: ["a", "b"] });
  expect([await token(), await token()]).toEqual(["token-1", "token-1"]);
  expect(masked).toEqual(["token-1"]);
  expect(await project()).toBe("sales");
  const assertion = new URLSearchParams(server.received[0]!.body).get("assertion")!;
  const [header, claims, signature] = assertion.split(".") as [string, string, string];
  expect(verify("RSA-SHA256", Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, "base64url"))).toBe(
    true,
  );
  expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toEqual({
    iss: "worker@sales.iam.gserviceaccount.com",
    scope: "a b",
    aud: server.url,
    iat: NOW / 1_000,
    exp: NOW / 1_000 + 3_600,
  });
});

test("a token that is about to end is asked for anew", async () => {
  const server = await tokenServer();
  let now = NOW;
  const { token } = source({ serviceAccount: serviceAccount(server.url) }, { now: () => now });
  expect(await token()).toBe("token-1");
  now += 3_480_000;
  expect(await token()).toBe("token-1");
  now += 1;
  expect(await token()).toBe("token-2");
});

test("the login of a user gives a token as well", async () => {
  const server = await tokenServer();
  const login = {
    type: "authorized_user",
    client_id: "id",
    client_secret: "hush",
    refresh_token: "again",
    token_uri: server.url,
  };
  expect(await source({ serviceAccount: JSON.stringify(login) }).token()).toBe("token-1");
  expect(Object.fromEntries(new URLSearchParams(server.received[0]!.body))).toMatchObject({
    grant_type: "refresh_token",
    refresh_token: "again",
  });
});

test("an access token is used as it is", async () => {
  const { token, masked } = source({ accessToken: "given" });
  expect(await token()).toBe("given");
  expect(masked).toEqual(["given"]);
});

test("one account acts as another one", async () => {
  const impersonation = await tokenServer(() => ({ accessToken: "theirs", expireTime: "2026-01-01T01:00:00Z" }));
  const servers = { machine: "http://127.0.0.1:1", impersonation: impersonation.url };
  const account = {
    accessToken: "mine",
    impersonatedServiceAccount: "other@sales.iam.gserviceaccount.com",
    scopes: ["a"],
  };
  const { token, masked } = source(account, { servers });
  expect(await token()).toBe("theirs");
  expect(impersonation.received[0]).toMatchObject({
    url: "/v1/projects/-/serviceAccounts/other%40sales.iam.gserviceaccount.com:generateAccessToken",
    headers: { authorization: "Bearer mine" },
    body: JSON.stringify({ scope: ["a"], lifetime: "3600s" }),
  });
  expect(masked).toEqual(["mine", "theirs"]);
});

test("a machine gives the token of its own account, and tells its project", async () => {
  const machine = await tokenServer((_, url) => (url.endsWith("/project-id") ? "sales" : numbered(1)));
  const servers = { machine: machine.url, impersonation: "http://127.0.0.1:1" };
  const folderOfNobody = await folder();
  vi.stubEnv("CLOUDSDK_CONFIG", folderOfNobody);
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { token, project } = source({}, { servers });
  expect(await token()).toBe("token-1");
  expect(await project()).toBe("sales");
  expect(machine.received.every(({ headers }) => headers["metadata-flavor"] === "Google")).toBe(true);
  const nobody = source({}, { servers: { ...servers, machine: "http://127.0.0.1:1" } });
  await expect(nobody.token()).rejects.toThrow(/^There are no credentials for Google/);
});

test("where Google refuses a key, the message says what to check and shows nothing of it", async () => {
  const server = await tokenServer(() => 400);
  const refused = source({ serviceAccount: serviceAccount(server.url) }).token();
  await expect(refused).rejects.toThrow(/status 400.*Check that the key still exists/);
  await expect(refused).rejects.not.toThrow(PEM.slice(40, 80));
});

test.each([
  ["no JSON", "-----BEGIN hush", /is no JSON/],
  ["another kind of key", '{"type":"external_account"}', /its `type` is "external_account"/],
  ["half a key", '{"type":"service_account","client_email":"a@b"}', /check `private_key`/],
])("%s is refused without showing it", (_, json, message) => {
  expect(() => writtenCredentials(json)).toThrow(message);
  expect(() => writtenCredentials(json)).not.toThrow(/hush/);
});

test("a key that can't sign is told as that", async () => {
  const key = serviceAccount("http://127.0.0.1:1", { private_key: "hush" });
  await expect(source({ serviceAccount: key }).token()).rejects.toThrow(/no PEM of an RSA key/);
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "capstan-google-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test("the worker's credentials are those of a file, of gcloud, or of its machine", async () => {
  const path = await folder();
  expect(await foundCredentials({ CLOUDSDK_CONFIG: path })).toEqual({ type: "machine" });
  await writeFile(join(path, "application_default_credentials.json"), serviceAccount("a:", { client_email: "gcloud" }));
  expect(await foundCredentials({ CLOUDSDK_CONFIG: path })).toMatchObject({ client_email: "gcloud" });
  await writeFile(join(path, "key.json"), serviceAccount("a:", { client_email: "file" }));
  const named = { CLOUDSDK_CONFIG: path, GOOGLE_APPLICATION_CREDENTIALS: join(path, "key.json") };
  expect(await foundCredentials(named)).toMatchObject({ client_email: "file" });
  const missing = { GOOGLE_APPLICATION_CREDENTIALS: join(path, "missing.json") };
  await expect(foundCredentials(missing)).rejects.toThrow(/can't be read \(ENOENT\).*set `serviceAccount`/);
});

test("another server gets no credentials but those that are written", async () => {
  const server = await tokenServer(() => ({}));
  await using world = createTestWorld();
  const list = definition("gcs.List") as TaskDefinition;
  await world.run(list, { endpoint: server.url, from: "gs://bucket/" });
  await world.run(list, { endpoint: server.url, from: "gs://bucket/", accessToken: "given" });
  expect(server.received.map(({ headers }) => headers.authorization)).toEqual([undefined, "Bearer given"]);
});
