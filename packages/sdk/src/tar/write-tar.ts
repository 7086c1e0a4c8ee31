import { TaskFailure } from "../definition.ts";

const BLOCK_BYTES = 512;
const NAME_BYTES_MAX = 100;
/** What eleven digits of eight can say. */
const SIZE_MAX = 0o77777777777;
/** What seven digits of eight can say. */
const ID_MAX = 0o7777777;

export interface FileToPack {
  readonly name: string;
  readonly size: number;
  readonly content: () => Promise<AsyncIterable<Uint8Array>>;
  /** Permission bits; 644 where they are not told. */
  readonly mode?: number;
  /** Root where it is not told. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** A file where it is not told; others have neither size nor content. */
  readonly kind?: "file" | "folder" | "symlink";
  /** Where a link leads. */
  readonly target?: string;
}

/** The bytes of a TAR archive in the form ustar, with pax for long names and large files. `time`: epoch milliseconds of its files. */
export async function* tarOf(
  files: Iterable<FileToPack> | AsyncIterable<FileToPack>,
  time: number,
): AsyncGenerator<Uint8Array> {
  for await (const file of files) {
    const { name, size, content } = file;
    yield* headersOf(file, time);
    let written = 0;
    for await (const piece of await content()) {
      written += piece.length;
      yield piece;
    }
    if (written !== size)
      throw new TaskFailure(`The file for ${name} changed while it was packed: it had ${size} bytes, now ${written}.`);
    yield Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

function* headersOf(file: FileToPack, time: number): Generator<Buffer> {
  const { name, size, kind = "file", target = "", mode = 0o644, owner = ROOT } = file;
  const records = [
    ...(Buffer.byteLength(name) > NAME_BYTES_MAX ? [paxRecord("path", name)] : []),
    ...(Buffer.byteLength(target) > NAME_BYTES_MAX ? [paxRecord("linkpath", target)] : []),
    ...(size > SIZE_MAX ? [paxRecord("size", String(size))] : []),
    ...(owner.uid > ID_MAX ? [paxRecord("uid", String(owner.uid))] : []),
    ...(owner.gid > ID_MAX ? [paxRecord("gid", String(owner.gid))] : []),
  ];
  if (records.length > 0) {
    const extra = Buffer.from(records.join(""));
    yield headerOf({ name: "pax", size: extra.length, type: "x", time, mode: 0o644, owner: ROOT, target: "" });
    yield padded(extra);
  }
  yield headerOf({
    name: cut(name),
    size: size > SIZE_MAX ? 0 : size,
    type: TYPES[kind],
    time,
    mode,
    owner: { uid: owner.uid > ID_MAX ? 0 : owner.uid, gid: owner.gid > ID_MAX ? 0 : owner.gid },
    target: cut(target),
  });
}

const TYPES = { file: "0", symlink: "2", folder: "5" } as const;
const ROOT = { uid: 0, gid: 0 };

interface Header {
  readonly name: string;
  readonly size: number;
  readonly type: "0" | "2" | "5" | "x";
  readonly time: number;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly target: string;
}

function headerOf({ name, size, type, time, mode, owner, target }: Header): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, digits: number) =>
    header.write(`${value.toString(8).padStart(digits, "0")}\0`, at, "latin1");
  header.write(name, 0, "utf8");
  octal(mode, 100, 7);
  octal(owner.uid, 108, 7);
  octal(owner.gid, 116, 7);
  octal(size, 124, 11);
  octal(Math.floor(time / 1_000), 136, 11);
  header.write("        ", 148, "latin1");
  header.write(type, 156, "latin1");
  header.write(target, 157, "utf8");
  header.write("ustar\u000000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** The length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length += 1;
  return `${length} ${key}=${value}\n`;
}

/** The name itself, or of a long one what programs without pax see. */
function cut(name: string): string {
  if (Buffer.byteLength(name) <= NAME_BYTES_MAX) return name;
  return Buffer.from(name)
    .subarray(0, NAME_BYTES_MAX)
    .toString("latin1")
    .replaceAll(/[^ -~]/g, "_");
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES)]);
}
