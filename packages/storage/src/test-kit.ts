/** For tests that need a server of S3, or one that fails now and then. */
export { type S3Access, type S3Server, startS3Server } from "./storages/s3/testing/s3-server.ts";
export { type Fault, type FaultyProxy, startFaultyProxy } from "./storages/s3/testing/faulty-proxy.ts";
