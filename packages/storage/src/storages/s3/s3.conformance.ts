import { afterAll, beforeAll } from "vitest";
import { storageConformance } from "../../conformance/storage-conformance.ts";
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
