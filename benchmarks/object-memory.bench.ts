import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { startS3Server } from "@capstan/storage/test-kit";
import { type Benchmark, type Figure, timeMs } from "./measure/benchmark.ts";
import { runTimesOf, runToEnd } from "./measure/execution.ts";
import { idleBytes } from "./measure/idle.ts";
import { startServer } from "./measure/server-process.ts";

const BYTES = Number(process.env["BENCH_OBJECT_BYTES"] ?? 1_000_000_000);
const MB = 1_000_000;
/** What is written at once, in bytes. */
const PIECE_BYTES = 1_000_000;

export const objectMemory: Benchmark = {
  name: "object-memory",
  claim: "a large object goes from S3 through gzip to S3 in a small part of its size",
  onDemand: true,
  run: async () => {
    const missing = ["curl", "gzip"].find((program) => !isThere(program));
    if (missing !== undefined) return { skipped: `there is no ${missing}: apt-get install ${missing}` };
    const folder = await mkdtemp(join(tmpdir(), "capstan-bench-"));
    const s3 = await startS3Server();
    try {
      const place = await s3.bucket("bench");
      const plain = await plainTimes(folder, `${place.endpoint}/bench`);
      return [...(await measured(place, plain))];
    } finally {
      await s3.stop();
      await rm(folder, { recursive: true });
    }
  },
};

/** The server wants a signature, and does not check it. */
const SIGNATURE = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, Signature=x";
const CURL = ["--silent", "--show-error", "--fail", "--header", `authorization: ${SIGNATURE}`];

type Step = "download" | "pack" | "upload";
type Place = Readonly<Record<"endpoint" | "bucket" | "accessKeyId" | "secretAccessKey", string>>;

/** How long plain commands take for the same steps, in milliseconds. The object is in the bucket afterwards. */
async function plainTimes(folder: string, address: string): Promise<Readonly<Record<Step, number>>> {
  const [original, copy] = [join(folder, "original"), join(folder, "copy")];
  await pipeline(Readable.from(hexLines(BYTES)), createWriteStream(original));
  const curl = (...words: readonly string[]) => execFileSync("curl", [...CURL, ...words]);
  curl("--upload-file", original, `${address}/large.txt`);
  return {
    download: await timeMs(() => curl("--output", copy, `${address}/large.txt`)),
    pack: await timeMs(() => execFileSync("gzip", [copy])),
    upload: await timeMs(() => curl("--upload-file", `${copy}.gz`, `${address}/plain.txt.gz`)),
  };
}

async function measured(place: Place, plain: Readonly<Record<Step, number>>): Promise<readonly Figure[]> {
  await using server = await startServer();
  await server.apply(flowAt(place));
  const idle = await idleBytes(server);
  await server.forgetPeak();
  const { id } = await runToEnd(server, "bench", "large");
  const peak = await server.peakBytes();
  const rate = (step: Step, floor: string): Figure => ({
    what: `${step}, of what comes in or is packed`,
    value: BYTES / MB / (runTimesOf(server.data, id, step)[0]! / 1_000),
    unit: "MB/s",
    floor: { what: floor, value: BYTES / MB / (plain[step] / 1_000) },
  });
  return [
    {
      what: `memory above that of an idle server, of an object of ${BYTES / MB} MB`,
      value: (peak - idle) / MB,
      unit: "MB",
      goal: { max: 200 },
    },
    rate("download", "curl to the disk"),
    rate("pack", "gzip"),
    rate("upload", "curl from the disk"),
  ];
}

function flowAt({ endpoint, bucket, accessKeyId, secretAccessKey }: Place): string {
  return `
id: large
namespace: bench
tasks:
  - id: download
    type: io.kestra.plugin.aws.s3.Download
    key: large.txt
  - id: pack
    type: io.kestra.plugin.compress.FileCompress
    from: "{{ outputs.download.uri }}"
    compression: GZIP
  - id: upload
    type: io.kestra.plugin.aws.s3.Upload
    from: "{{ outputs.pack.uri }}"
    key: large.txt.gz
pluginDefaults:
  - type: io.kestra.plugin.aws.s3
    values:
      bucket: ${bucket}
      endpointOverride: ${endpoint}
      accessKeyId: ${accessKeyId}
      secretKeyId: ${secretAccessKey}
`;
}

/** Text that gzip makes about half as large. */
function* hexLines(bytes: number): Generator<string> {
  for (let left = bytes; left > 0; left -= PIECE_BYTES)
    yield randomBytes(Math.min(left, PIECE_BYTES) / 2).toString("hex");
}

function isThere(program: string): boolean {
  try {
    return execFileSync(program, ["--version"], { stdio: "pipe" }).length > 0;
  } catch {
    return false;
  }
}
