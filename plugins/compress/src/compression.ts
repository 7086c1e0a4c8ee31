import { dynamic, TaskFailure } from "@capstan/sdk";
import { Duplex } from "node:stream";
import {
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createGunzip,
  createGzip,
  createInflate,
  createZstdCompress,
  createZstdDecompress,
} from "node:zlib";
import { z } from "zod";

const NAMES = [
  "BROTLI",
  "BZIP2",
  "DEFLATE",
  "DEFLATE64",
  "GZIP",
  "LZ4BLOCK",
  "LZ4FRAME",
  "LZMA",
  "SNAPPY",
  "SNAPPYFRAME",
  "XZ",
  "Z",
  "ZSTD",
] as const;
export type Compression = (typeof NAMES)[number];

interface Codec {
  readonly extension: string;
  readonly pack: () => Duplex;
  readonly unpack: () => Duplex;
}

const CODECS: Partial<Readonly<Record<Compression, Codec>>> = {
  BROTLI: { extension: ".br", pack: () => createBrotliCompress(), unpack: () => createBrotliDecompress() },
  DEFLATE: { extension: ".deflate", pack: () => createDeflate(), unpack: () => createInflate() },
  GZIP: { extension: ".gz", pack: () => createGzip(), unpack: () => createGunzip() },
  ZSTD: { extension: ".zst", pack: () => createZstdCompress(), unpack: () => createZstdDecompress() },
};

/** The property that says how a file is packed. */
export function compression() {
  return dynamic(z.enum(NAMES));
}

/** What is said of the property in each task. */
export const COMPRESSIONS = `${Object.keys(CODECS).join(", ")}. The others need a script, and fail the task.`;

/** How a file is packed and unpacked. Throws `TaskFailure` for what can't be done here. */
export function codecOf(name: Compression): Codec {
  const codec = CODECS[name];
  if (codec !== undefined) return codec;
  throw new TaskFailure(
    `Files can't be packed or unpacked with ${name} here: ${Object.keys(CODECS).join(", ")} can. ` +
      "Use a script task with the program for it, such as bzip2, xz or lz4.",
  );
}
