import { TaskFailure } from "../definition.ts";

const BLOCK_BYTES = 512;
/** Bytes of a name, or of what else stands beside a file. */
const EXTRA_BYTES_MAX = 1_024 * 1_024;
const MODE_BITS = 0o7777;

export interface TarEntry {
  /** As it is written. */
  readonly name: string;
  readonly kind: "file" | "folder" | "symlink" | "hardlink" | "other";
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Of a link: where it leads, as it is written. */
  readonly target?: string;
  /** Read it to its end, or not at all, before the next entry. */
  readonly content: AsyncGenerator<Uint8Array>;
}

/** The entries of a TAR archive: of the forms ustar, pax and GNU. Throws `TaskFailure` for anything else. */
export async function* readTar(content: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const source = createSource(content);
  let pax: ReadonlyMap<string, string> = new Map();
  let longName: string | undefined;
  let longTarget: string | undefined;
  for (let number = 1; ; number += 1) {
    const header = await source.take(BLOCK_BYTES);
    if (header === undefined || header.every((byte) => byte === 0)) {
      if (header === undefined && number === 1) throw new TaskFailure("The file is no TAR archive: it is empty.");
      // What stands behind the end is of no interest, but its writer waits for it to be read.
      await source.drain();
      return;
    }
    const { type, name, size, mode, target } = headerOf(header, number);
    const bytes = pax.has("size") ? Number(pax.get("size")) : size;
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw damaged("it has a size that is no number");
    if (type === "L" || type === "K" || type === "x") {
      const extra = await source.extra(bytes);
      if (type === "x") pax = recordsOf(extra);
      else if (type === "L") longName = textOf(extra);
      else longTarget = textOf(extra);
      continue;
    }
    const full = pax.get("path") ?? longName ?? name;
    let isRead = false;
    async function* body(): AsyncGenerator<Uint8Array> {
      isRead = true;
      yield* source.pieces(bytes);
    }
    const link = pax.get("linkpath") ?? longTarget ?? target;
    const leads = link === "" ? {} : { target: link };
    if (type !== "g") yield { name: full, kind: kindOf(type, full), size: bytes, mode, ...leads, content: body() };
    if (!isRead) for await (const _piece of source.pieces(bytes));
    await source.skip((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
    pax = new Map();
    longName = undefined;
    longTarget = undefined;
  }
}

function kindOf(type: string, name: string): TarEntry["kind"] {
  if (type === "5" || ((type === "0" || type === "\0") && name.endsWith("/"))) return "folder";
  if (type === "1" || type === "2") return type === "1" ? "hardlink" : "symlink";
  return type === "0" || type === "\0" || type === "7" ? "file" : "other";
}

function headerOf(header: Buffer, number: number) {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (numberOf(header.subarray(148, 156)) !== sum)
    throw number === 1
      ? new TaskFailure("The file is no TAR archive. Check `algorithm` and `compression`.")
      : damaged("the header of a file is not whole");
  const name = textOf(header.subarray(0, 100));
  const isUstar = header.subarray(257, 263).toString("latin1") === "ustar\0";
  const prefix = isUstar ? textOf(header.subarray(345, 500)) : "";
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    type: String.fromCharCode(header[156]!),
    size: numberOf(header.subarray(124, 136)),
    mode: numberOf(header.subarray(100, 108)) & MODE_BITS,
    target: textOf(header.subarray(157, 257)),
  };
}

/** Digits of eight, or a binary number whose first bit is set. */
function numberOf(field: Buffer): number {
  if ((field[0]! & 0x80) === 0) return Number.parseInt(textOf(field).trim() || "0", 8);
  return field.subarray(1).reduce((total, byte) => total * 256 + byte, field[0]! & 0x7f);
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? field.length : end);
}

/** `LENGTH key=value\n`, where the length is that of it all. */
function recordsOf(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString("latin1", at, space));
    if (!(length > space - at) || at + length > bytes.length) throw damaged("what stands beside a file is not whole");
    const [key = "", ...value] = bytes.toString("utf8", space + 1, at + length - 1).split("=");
    records.set(key, value.join("="));
    at += length;
  }
  return records;
}

function damaged(reason: string): TaskFailure {
  return new TaskFailure(`The TAR archive is damaged: ${reason}.`);
}

/** Bytes as they are asked for. */
function createSource(content: AsyncIterable<Uint8Array>) {
  const iterator = content[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  const next = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const { value, done } = await iterator.next();
      if (done === true) return false;
      rest = value;
    }
    return true;
  };
  async function* pieces(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      if (!(await next())) throw damaged("it ends within a file");
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
  const source = {
    pieces,
    /** Undefined at the end. */
    async take(length: number): Promise<Buffer | undefined> {
      return (await next()) ? Buffer.concat(await Array.fromAsync(pieces(length))) : undefined;
    },
    async skip(length: number): Promise<void> {
      for await (const _piece of pieces(length));
    },
    async extra(length: number): Promise<Buffer> {
      if (length > EXTRA_BYTES_MAX) throw damaged(`a name has more than ${EXTRA_BYTES_MAX} bytes`);
      const extra = (await source.take(length)) ?? Buffer.alloc(0);
      await source.skip((BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES);
      return extra;
    },
    async drain(): Promise<void> {
      for (rest = new Uint8Array(); await next();) rest = new Uint8Array();
    },
  };
  return source;
}
