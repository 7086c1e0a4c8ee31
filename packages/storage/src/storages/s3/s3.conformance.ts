import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { storageConformance } from "../../conformance/storage-conformance.ts";
import type { S3StorageOptions } from "./s3-options.ts";
import { createS3Storage } from "./s3-storage.ts";
import { type S3Server, startS3Server } from "./testing/s3-server.ts";

let server: S3Server;
let buckets = 0;

beforeAll(async () => {
  server = await startS3Server();
}, 300_000);
afterAll(() => server.stop());

storageConformance("S3", {
  create: async () => {
    buckets += 1;
    const access = await server.bucket(`conformance-${buckets}`);
    return { storage: createS3Storage({ ...access, prefix: "some/prefix" }), dispose: async () => {} };
  },
});

/** Another server to try: `https://key:secret@server:9000/bucket`. What the suite writes there is deleted. */
const { CAPSTAN_TEST_S3: other } = process.env;

if (other !== undefined) {
  const options = optionsOf(new URL(other));
  storageConformance(`S3 at ${options.endpoint}`, {
    create: async () => {
      const own = { ...options, prefix: `suite/${randomUUID()}` };
      return { storage: createS3Storage(own), dispose: () => empty(own) };
    },
  });
}

function optionsOf({ username, password, origin, pathname }: URL): S3StorageOptions {
  const [accessKeyId, secretAccessKey] = [decodeURIComponent(username), decodeURIComponent(password)];
  return { endpoint: origin, bucket: pathname.slice(1), accessKeyId, secretAccessKey };
}

async function empty(options: S3StorageOptions): Promise<void> {
  const storage = createS3Storage(options);
  await storage.start();
  for (const tenant of ["main", "other"])
    for (const { path } of await storage.list(tenant, "/")) await storage.delete(tenant, path);
  await storage.stop();
}
