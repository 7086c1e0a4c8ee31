import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { packedFile, smallSystem } from "@capstan/sdk/test-kit";
import { type FileToPack, tarOf } from "@capstan/sdk/tar";

/** What an image says of itself. */
export interface ImageConfig {
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
}

/** Writes an image of one layer as `docker save` does, which every engine can load. No daemon and no registry takes part. */
export async function writeImage(
  path: string,
  name: string,
  files: Iterable<FileToPack> | AsyncIterable<FileToPack>,
  config: ImageConfig,
): Promise<void> {
  const layer = await collected(tarOf(files, 0));
  const digest = sha256(layer);
  const description = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      created: "1970-01-01T00:00:00Z",
      config,
      rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
    }),
  );
  const parts = { config: `${sha256(description)}.json`, layer: `${digest}/layer.tar` };
  const manifest = Buffer.from(JSON.stringify([{ Config: parts.config, RepoTags: [name], Layers: [parts.layer] }]));
  const archive = [
    packedFile(parts.config, description),
    packedFile("manifest.json", manifest),
    packedFile(parts.layer, layer),
  ];
  await pipeline(tarOf(archive, 0), createWriteStream(path));
}

/** BusyBox and nothing else, which sleeps where it is not told what to do: also what holds the network of a pod. */
export async function writeSmallImage(path: string, name: string): Promise<void> {
  await writeImage(path, name, smallSystem(), { Cmd: ["/bin/sleep", "2147483647"], Env: ["PATH=/bin"] });
}

async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
