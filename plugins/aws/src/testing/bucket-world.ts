import { S3 } from "@aws-sdk/client-s3";
import type { Fault, FaultyProxy, S3Server } from "@capstan/storage/test-kit";
import { startFaultyProxy } from "@capstan/storage/test-kit";
import type { ExecutionFiles, JsonMap, JsonValue, TaskDefinition, TriggerDefinition } from "@capstan/sdk";
import { createTestWorld, type TaskOutcome, type TestOptions } from "@capstan/sdk/test-kit";
import { type TestWorld, matchingRenderer } from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";
import { connectionOf } from "../connection.ts";
import plugin from "../index.ts";
import { openS3, type S3Access } from "../s3/access.ts";

/** A bucket of its own for one test, a world for tasks that use it, and a look past them. */
export interface BucketWorld {
  readonly world: TestWorld;
  readonly bucket: string;
  readonly s3: S3;
  /** What a task needs for this bucket. */
  readonly place: { readonly bucket: string } & Connection;
  readonly connection: Connection;
  /** Runs `io.kestra.plugin.aws.<name>`, or `io.kestra.plugin.minio.<…>`, in the bucket. */
  readonly run: (name: string, properties: JsonMap) => Promise<TaskOutcome>;
  /** Asks a trigger in the bucket, with a position as it would come from the store. */
  readonly ask: (properties: JsonMap, position?: JsonValue, more?: Asking) => Promise<Finding>;
  /** Writes an object past the tasks. */
  readonly write: (key: string, content?: string | Uint8Array) => Promise<void>;
  readonly read: (key: string) => Promise<string>;
  readonly keys: () => Promise<readonly string[]>;
  /** Keys whose uploads have neither been finished nor dropped. */
  readonly unfinished: () => Promise<readonly string[]>;
  /** What the parts of tasks work with. */
  readonly access: (signal?: AbortSignal, through?: Connection) => Promise<S3Access>;
  /** A proxy before the server, which makes faults. */
  readonly behind: (fault: (request: string) => Fault) => Promise<FaultyProxy>;
}

export interface Asking {
  /** Instead of those of the world. */
  readonly files?: ExecutionFiles;
  /** Instead of `s3.Trigger`. */
  readonly name?: string;
}

/** What a trigger answered. */
export type Finding = { readonly objects?: readonly Found[]; readonly position?: JsonValue } | undefined;
export type Found = Readonly<Record<"key" | "uri" | "etag" | "lastModified" | "changeType", string>>;

type Connection = Readonly<Record<"endpointOverride" | "accessKeyId" | "secretKeyId", string>>;

let buckets = 0;

export async function createBucketWorld(server: S3Server, options: TestOptions = {}): Promise<BucketWorld> {
  buckets += 1;
  const { endpoint, bucket, accessKeyId, secretAccessKey } = await server.bucket(`world-${process.pid}-${buckets}`);
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  const world = createTestWorld({ renderer: matchingRenderer(options.variables ?? {}), ...options });
  onTestFinished(async () => {
    s3.destroy();
    await world[Symbol.asyncDispose]();
  });
  const connection = { endpointOverride: endpoint, accessKeyId, secretKeyId: secretAccessKey };
  const place = { bucket, ...connection };
  return {
    world,
    bucket,
    s3,
    place,
    connection,
    run: (name, properties) => world.run(definition(name) as TaskDefinition, { ...place, ...properties }),
    ask: async (properties, position, { files = world.files, name = "s3.Trigger" } = {}) => {
      const trigger = definition(name) as TriggerDefinition;
      const context = {
        ...world.context<never>(trigger, { ...place, ...properties }),
        ...world.identity,
        triggerId: "trigger",
        position,
        files,
      };
      const found = await trigger.poll?.(context);
      return plain(found) as Finding;
    },
    write: async (Key, content = Key) => void (await s3.putObject({ Bucket: bucket, Key, Body: Buffer.from(content) })),
    read: async (Key) => (await s3.getObject({ Bucket: bucket, Key })).Body!.transformToString(),
    keys: async () => ((await s3.listObjectsV2({ Bucket: bucket })).Contents ?? []).map(({ Key }) => Key!),
    unfinished: async () => ((await s3.listMultipartUploads({ Bucket: bucket })).Uploads ?? []).map(({ Key }) => Key!),
    access: async (signal = new AbortController().signal, through = connection) => {
      const properties = { ...through, stsRoleSessionDuration: 900_000 };
      const access = await openS3(connectionOf(properties, world.identity), signal);
      onTestFinished(() => access[Symbol.dispose]());
      return access;
    },
    behind: async (fault) => {
      const proxy = await startFaultyProxy(endpoint, fault);
      onTestFinished(() => proxy.stop());
      return proxy;
    },
  };
}

export function definition(name: string) {
  return plugin.definitions.find(
    ({ type }) => type === `io.kestra.plugin.${name.startsWith("minio.") ? name : `aws.${name}`}`,
  )!;
}

/** As the store keeps it. */
function plain(found: Awaited<ReturnType<NonNullable<TriggerDefinition["poll"]>>>): unknown {
  if (found === undefined) return undefined;
  const { variables, position } = JSON.parse(JSON.stringify(found)) as JsonMap & { variables?: JsonMap };
  return { ...(variables === undefined ? {} : { objects: variables["objects"] }), position };
}
