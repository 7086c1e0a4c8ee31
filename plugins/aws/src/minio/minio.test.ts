import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type { JsonMap } from "@capstan/sdk";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type BucketWorld, createBucketWorld } from "../testing/bucket-world.ts";

let server: S3Server;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "capstan-minio-"));
  makeCertificates();
  server = await startS3Server();
}, 300_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.stop();
});

/** What a task needs for the bucket of a world. */
function place({ bucket, connection }: BucketWorld) {
  const { endpointOverride, ...key } = connection;
  return { endpointOverride: null, bucket, endpoint: endpointOverride, ...key };
}

async function createWorld() {
  const world = await createBucketWorld(server);
  const common = place(world);
  return {
    ...world,
    run: (name: string, properties: JsonMap) => world.run(`minio.${name}`, { ...common, ...properties }),
    ask: (properties: JsonMap, position?: Parameters<BucketWorld["ask"]>[1]) =>
      world.ask({ ...common, ...properties }, position, { name: "minio.Trigger" }),
  };
}

test("a file goes up, is listed, copied, downloaded and deleted", async () => {
  const { world, bucket, run, keys, s3 } = await createWorld();
  const from = world.files.seed("kestra:///a", "content");
  const more = { contentType: "text/csv", metadata: { owner: "ops" } };
  const eTag = '"9a0364b9e99bb480dd25e1f0284c8555"';
  const uploaded = await run("Upload", { from, key: "in/a", ...more });
  expect(uploaded).toMatchObject({ state: "SUCCESS", outputs: { bucket, key: "in/a", eTag } });
  expect(await s3.headObject({ Bucket: bucket, Key: "in/a" })).toMatchObject({
    ContentType: "text/csv",
    Metadata: { owner: "ops" },
  });
  const copied = await run("Copy", { from: { bucket, key: "in/a" }, to: { key: "in/b" } });
  expect(copied.outputs).toMatchObject({ bucket, key: "in/b", eTag });
  const listed = await run("List", { prefix: "in/" });
  expect(listed.outputs!["objects"]).toMatchObject([{ key: "in/a", size: 7, etag: eTag }, { key: "in/b" }]);
  const { outputs } = await run("Download", { key: "in/b" });
  expect(outputs).toMatchObject({ contentLength: 7, eTag });
  expect(await world.files.text(outputs!["uri"] as string)).toBe("content");
  expect((await run("Delete", { key: "in/a" })).outputs).toEqual({ bucket, key: "in/a" });
  expect(await keys()).toEqual(["in/b"]);
  expect((await run("DeleteList", { prefix: "in/" })).outputs).toEqual({ count: 1, size: 7 });
  expect(await keys()).toEqual([]);
});

test("several files go up with one task", async () => {
  const { world, run, keys } = await createWorld();
  const from = { a: world.files.seed("kestra:///1", "a"), b: world.files.seed("kestra:///2", "b") };
  const { outputs } = await run("Upload", { from, key: "x" });
  expect(outputs).toMatchObject({ key: "x", files: { a: { key: "x/a" }, b: { key: "x/b" } } });
  expect(await keys()).toEqual(["x/a", "x/b"]);
});

test("an older version is downloaded", async () => {
  const { world, run, write, s3, bucket } = await createWorld();
  await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
  await write("a", "old");
  const { VersionId } = await s3.headObject({ Bucket: bucket, Key: "a" });
  await write("a", "new");
  const { outputs } = await run("Download", { key: "a", versionId: VersionId! });
  expect(await world.files.text(outputs!["uri"] as string)).toBe("old");
});

test.each([
  { properties: {}, found: ["a", "in/b", "in/deep/c"] },
  { properties: { recursive: false }, found: ["a"] },
  { properties: { recursive: false, prefix: "in/" }, found: ["in/b"] },
  { properties: { startAfter: "a" }, found: ["in/b", "in/deep/c"] },
  { properties: { marker: "in/b" }, found: ["in/deep/c"] },
  { properties: { marker: "a", startAfter: "in/b" }, found: ["in/deep/c"] },
  { properties: { regexp: "in/.", includeVersions: true }, found: ["in/b"] },
  { properties: { maxKeys: 1 }, found: ["a"] },
])("List finds $found with $properties", async ({ properties, found }) => {
  const { run, write } = await createWorld();
  for (const key of ["a", "in/b", "in/deep/c"]) await write(key);
  const { outputs } = await run("List", properties);
  expect((outputs!["objects"] as { key: string }[]).map(({ key }) => key)).toEqual(found);
});

test("Downloads moves what it has stored", async () => {
  const { run, write, keys, world } = await createWorld();
  await write("in/a", "content");
  const { outputs } = await run("Downloads", { prefix: "in/", action: "MOVE", moveTo: { key: "archive" } });
  const files = outputs!["outputFiles"] as Record<string, string>;
  expect(await world.files.text(files["in/a"]!)).toBe("content");
  expect(await keys()).toEqual(["archive/a"]);
});

test("CreateBucket makes a bucket", async () => {
  const { run, bucket, s3 } = await createWorld();
  const name = `${bucket}-2`;
  const outcome = await run("CreateBucket", { bucket: name, objectLockEnabledForBucket: true });
  expect(outcome.outputs).toEqual({ bucket: name });
  const { ObjectLockConfiguration } = await s3.getObjectLockConfiguration({ Bucket: name });
  expect(ObjectLockConfiguration).toMatchObject({ ObjectLockEnabled: "Enabled" });
});

test.each([
  { properties: {}, left: ["a"] },
  { properties: { action: "DELETE" }, left: [] },
  { properties: { action: "MOVE", moveTo: { key: "archive" } }, left: ["archive/a"] },
])("Trigger finds each object once, with $properties", async ({ properties, left }) => {
  const { ask, write, keys } = await createWorld();
  await write("a", "content");
  const found = await ask(properties);
  expect(found?.objects).toMatchObject([{ key: "a", changeType: "CREATE" }]);
  const then = await ask(properties, found?.position);
  expect(then?.objects ?? []).toEqual([]);
  expect(await keys()).toEqual(left);
});

describe("TLS", () => {
  const pem = (name: string) => readFileSync(join(folder, name), "utf8");
  const both = () => pem("client.crt") + pem("client.key");

  test.each([
    {
      what: "an authority that is named",
      asks: false,
      properties: () => ({ caPem: pem("ours.crt") }),
      told: undefined,
    },
    {
      what: "no check at all",
      asks: false,
      properties: () => ({ ssl: { insecureTrustAllCertificates: true } }),
      told: undefined,
    },
    { what: "an authority that nobody knows", asks: false, properties: () => ({}), told: "not trusted" },
    { what: "another authority", asks: false, properties: () => ({ caPem: pem("other.crt") }), told: "not trusted" },
    {
      what: "a certificate of the client",
      asks: true,
      properties: () => ({ caPem: pem("ours.crt"), clientPem: both() }),
      told: undefined,
    },
    {
      what: "no certificate of a client that must have one",
      asks: true,
      properties: () => ({ caPem: pem("ours.crt") }),
      told: "failed: ",
    },
  ])("with $what", async ({ asks, properties, told }) => {
    const { run, connection } = await createWorld();
    const endpoint = await secured(connection.endpointOverride, asks);
    const { message } = await run("List", { endpoint, ...properties() });
    if (told === undefined) expect(message).toBeUndefined();
    else expect(message).toContain(told);
  });

  test("with a certificate that is none, which is not shown", async () => {
    const { run, connection, world } = await createWorld();
    const endpoint = await secured(connection.endpointOverride, true);
    const outcome = await run("List", { endpoint, clientPem: "hidden-word" });
    expect(outcome.state).toBe("FAILED");
    expect(inspect([outcome, world.logs])).not.toContain("hidden-word");
  });

  /** The server behind TLS; `asks` for certificates of clients. */
  async function secured(endpoint: string, asks: boolean): Promise<string> {
    const options: ServerOptions = {
      key: pem("server.key"),
      cert: pem("server.crt"),
      ca: pem("ours.crt"),
      requestCert: asks,
      rejectUnauthorized: asks,
    };
    const proxy = createServer(options, (request, response) => {
      const { method = "GET", headers, url } = request;
      const upstream = plainRequest(`${endpoint}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      request.pipe(upstream);
    }).listen(0, "localhost");
    onTestFinished(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    await once(proxy, "listening");
    return `https://localhost:${(proxy.address() as AddressInfo).port}`;
  }
});

/** An authority, certificates of it for a server and a client, and another authority. */
function makeCertificates(): void {
  const openssl = (words: string) => execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "ignore" });
  const fresh = "req -newkey rsa:2048 -nodes";
  for (const name of ["ours", "other"])
    openssl(`${fresh} -x509 -days 2 -subj /CN=${name} -keyout ${name}.key -out ${name}.crt`);
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost");
  for (const name of ["server", "client"]) {
    openssl(`${fresh} -subj /CN=localhost -keyout ${name}.key -out ${name}.csr`);
    const signed = `x509 -req -in ${name}.csr -CA ours.crt -CAkey ours.key -CAcreateserial`;
    openssl(`${signed} -days 2 -extfile names -out ${name}.crt`);
  }
}
