import { ListMultipartUploadsCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { onTestFinished } from "vitest";
import type { Storage } from "../../../storage.ts";
import type { S3StorageOptions } from "../s3-options.ts";
import { createS3Storage } from "../s3-storage.ts";
import { type Fault, type FaultyProxy, startFaultyProxy } from "./faulty-proxy.ts";
import type { S3Server } from "./s3-server.ts";

/** A bucket of its own for one test, with storages in it and a look past them. */
export interface S3World {
  readonly options: S3StorageOptions;
  /** A started storage in the bucket. */
  storage(options?: Partial<S3StorageOptions>): Promise<Storage>;
  /** The same behind a proxy that makes faults. */
  behind(fault: (request: string) => Fault, options?: Partial<S3StorageOptions>): Promise<ProxiedStorage>;
  keys(): Promise<readonly string[]>;
  /** Keys whose uploads have neither been finished nor dropped. */
  unfinished(): Promise<readonly string[]>;
  /** Writes objects past the storage. */
  write(keys: readonly string[]): Promise<void>;
}

export interface ProxiedStorage {
  readonly storage: Storage;
  readonly proxy: FaultyProxy;
}

let buckets = 0;

export async function createS3World(server: S3Server): Promise<S3World> {
  buckets += 1;
  const options = await server.bucket(`world-${process.pid}-${buckets}`);
  const Bucket = options.bucket;
  const client = server.client();
  const storage: S3World["storage"] = async (more = {}) => {
    const created = createS3Storage({ ...options, ...more });
    onTestFinished(() => created.stop());
    await created.start();
    return created;
  };
  return {
    options,
    storage,
    behind: async (fault, more = {}) => {
      const proxy = await startFaultyProxy(server.endpoint, fault);
      onTestFinished(() => proxy.stop());
      return { proxy, storage: await storage({ ...more, endpoint: proxy.endpoint }) };
    },
    keys: async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key }) => Key!);
    },
    unfinished: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return Uploads.map(({ Key }) => Key!);
    },
    write: async (keys) => {
      for (let start = 0; start < keys.length; start += 20) {
        const puts = keys.slice(start, start + 20).map((Key) => new PutObjectCommand({ Bucket, Key, Body: Key }));
        await Promise.all(puts.map((put) => client.send(put)));
      }
    },
  };
}
