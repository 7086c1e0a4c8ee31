import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { startFaultyProxy } from "./testing/faulty-proxy.ts";
import { createS3Storage } from "./s3-storage.ts";
import type { S3StorageOptions } from "./s3-options.ts";
import { type S3Access, type S3Server, startS3Server } from "./testing/s3-server.ts";

const TENANT = "main";
const ROLE = "arn:aws:iam::123456789012:role/files";
/** That of the guide. */
const POLICY = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: ["s3:ListBucket", "s3:ListBucketMultipartUploads"], Resource: "arn:aws:s3:::files" },
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      Resource: "arn:aws:s3:::files/*",
    },
    // The server for tests asks for this where AWS asks for the same of each object.
    { Effect: "Allow", Action: ["s3:DeleteObject"], Resource: "arn:aws:s3:::files" },
  ],
};

let server: S3Server;
let nobody: { readonly accessKeyId: string; readonly secretAccessKey: string };
/** Of a user who may use the bucket. */
let options: S3Access & { readonly bucket: string };

/** A server that looks at signatures and policies, with one bucket, a user and a role. */
beforeAll(async () => {
  server = await startS3Server({ INITIAL_NO_AUTH_ACTION_COUNT: "100" });
  const { endpoint, bucket } = await server.bucket("files");
  const PolicyDocument = JSON.stringify(POLICY);
  await server.iam({ Action: "CreateUser", UserName: "ada" });
  await server.iam({ Action: "PutUserPolicy", UserName: "ada", PolicyName: "files", PolicyDocument });
  await server.iam({ Action: "CreateUser", UserName: "nobody" });
  await server.iam({
    Action: "CreateRole",
    RoleName: "files",
    AssumeRolePolicyDocument: JSON.stringify({ Statement: [] }),
  });
  await server.iam({ Action: "PutRolePolicy", RoleName: "files", PolicyName: "files", PolicyDocument });
  options = { endpoint, bucket, ...(await server.keyOf("ada")) };
  nobody = await server.keyOf("nobody");
  await server.freeRequests("0");
}, 300_000);
afterAll(() => server.stop());

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("HOME", "/nowhere");
  onTestFinished(() => void vi.unstubAllEnvs());
});

async function whileAllMay(): Promise<void> {
  await server.freeRequests("Infinity");
  onTestFinished(() => server.freeRequests("0"));
}

/** What a start rejects with. */
async function refusal(wanted: S3StorageOptions): Promise<Error> {
  const storage = createS3Storage({ startMsMax: 0, ...wanted });
  onTestFinished(() => storage.stop());
  const error = await storage.start().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

async function roundTrip(wanted: S3StorageOptions): Promise<string> {
  const storage = createS3Storage(wanted);
  onTestFinished(() => storage.stop());
  await storage.start();
  await storage.put(TENANT, "/a", "content");
  const content = await text(await storage.read(TENANT, "/a"));
  await storage.delete(TENANT, "/a");
  return content;
}

test("who has the policy of the guide may do all that the storage does", async () => {
  const storage = createS3Storage({ ...options, partBytes: 5 * 1_048_576 });
  onTestFinished(() => storage.stop());
  await storage.start();
  await storage.put(TENANT, "/a/large", Buffer.alloc(6 * 1_048_576));
  await storage.createFolder(TENANT, "/b");
  await storage.move(TENANT, "/a", "/b/c");
  expect((await storage.list(TENANT, "/b/c")).map(({ sizeBytes }) => sizeBytes)).toEqual([6 * 1_048_576]);
  expect(await storage.delete(TENANT, "/b")).toBe(true);
});

test.each([
  { what: "a wrong secret", change: { secretAccessKey: "hidden-word" }, told: "SignatureDoesNotMatch, HTTP 403" },
  { what: "an unknown key", change: { accessKeyId: "AKIAUNKNOWN" }, told: "InvalidAccessKeyId, HTTP 403" },
])("$what is told with what to set, and without the secret", async ({ change, told }) => {
  const error = await refusal({ ...options, ...change });
  expect(error).toMatchObject({ name: "StorageError", code: "storage-denied" });
  expect(error.message).toContain(told);
  expect((error as Error & { hint: string }).hint).toContain("storage.s3.secretAccessKey");
  const shown = inspect(error, { depth: 20, showHidden: true });
  expect(shown).not.toContain("hidden-word");
  expect(shown).not.toContain(options.secretAccessKey);
});

test("who may not list, read or write is told so", async () => {
  const refused = await refusal({ ...options, ...nobody });
  expect(refused).toMatchObject({ code: "storage-denied" });
  expect(refused.message).toContain("(AccessDenied, HTTP 403");
  const storage = createS3Storage({ ...options, ...nobody, checksBucket: false });
  onTestFinished(() => storage.stop());
  await storage.start();
  for (const work of [
    () => storage.read(TENANT, "/a"),
    () => storage.stat(TENANT, "/a"),
    () => storage.put(TENANT, "/a", "x"),
    () => storage.delete(TENANT, "/a"),
    () => storage.list(TENANT, "/"),
  ])
    await expect(work()).rejects.toMatchObject({ code: "storage-denied" });
});

test("credentials come from AWS's variables, and are missed by name where there are none", async () => {
  const { accessKeyId, secretAccessKey, ...place } = options;
  const refused = await refusal(place);
  expect(refused).toMatchObject({ code: "storage-denied" });
  expect(refused.message).toContain("no credentials were found");
  vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
  expect(await roundTrip(place)).toBe("content");
});

test("credentials come from a profile", async () => {
  const { accessKeyId, secretAccessKey, ...place } = options;
  const folder = await mkdtemp(join(tmpdir(), "capstan-aws-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const profile = `[files]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  await writeFile(join(folder, "credentials"), profile);
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "credentials"));
  vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
  vi.stubEnv("AWS_PROFILE", "files");
  expect(await roundTrip(place)).toBe("content");
});

test("credentials come for the token of a web identity, as in a pod of EKS", async () => {
  const { accessKeyId: _, secretAccessKey: _secret, ...place } = options;
  const folder = await mkdtemp(join(tmpdir(), "capstan-aws-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "token"), "a.web.identity");
  // The server for tests answers such a request only while it looks at no signature.
  await whileAllMay();
  const tokens = await startFaultyProxy(options.endpoint, () => undefined);
  onTestFinished(() => tokens.stop());
  vi.stubEnv("AWS_ROLE_ARN", ROLE);
  vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", join(folder, "token"));
  vi.stubEnv("AWS_ENDPOINT_URL_STS", tokens.endpoint);
  expect(await roundTrip(place)).toBe("content");
  expect(tokens.requests).toEqual(["POST /"]);
});

test("a bucket that isn't there is told by its name", async () => {
  await whileAllMay();
  const error = await refusal({ ...options, bucket: "missing" });
  expect(error).toMatchObject({ code: "bucket-not-found", message: expect.stringContaining('"missing"') });
  expect((error as Error & { hint: string }).hint).toContain("storage.s3.bucket");
});

test("without an endpoint, a region is asked for", async () => {
  const { endpoint: _, ...place } = options;
  const refused = await refusal(place);
  expect(refused).toMatchObject({ code: "bucket-not-found" });
  expect(refused.message).toContain("its region is not set");
});

test("a server that is away is told with its address", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as { port: number };
  free.close();
  await once(free, "close");
  const error = await refusal({ ...options, endpoint: `http://127.0.0.1:${port}` });
  expect(error).toMatchObject({ code: "storage-unreachable" });
  expect(error.message).toContain(`at http://127.0.0.1:${port} (ECONNREFUSED)`);
  expect((error as Error & { hint: string }).hint).toContain("storage.s3.endpoint");
});

test("a start waits for a server that comes later", async () => {
  let failures = 6;
  const proxy = await startFaultyProxy(options.endpoint, () => (failures-- > 0 ? "unavailable" : undefined));
  onTestFinished(() => proxy.stop());
  const storage = createS3Storage({ ...options, endpoint: proxy.endpoint });
  onTestFinished(() => storage.stop());
  await storage.start();
  expect(failures).toBeLessThan(0);
});
