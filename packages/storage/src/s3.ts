/** The door to the storage in S3, apart from the others: who has no such bucket loads none of it. */
export type { S3StorageOptions } from "./storages/s3/s3-options.ts";
export { createS3Storage } from "./storages/s3/s3-storage.ts";
