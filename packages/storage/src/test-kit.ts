/** For tests that need a server of S3. */
export { type S3Access, type S3Server, startS3Server } from "./storages/s3/testing/s3-server.ts";
