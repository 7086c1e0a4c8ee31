import { TaskFailure } from "@capstan/sdk";

const BLOCK_BYTES = 512;
const NAME_BYTES_MAX = 100;
/** What eleven digits of eight can say. */
const SIZE_MAX = 0o77777777777;

export interface FileToPack {
  readonly name: string;
  readonly size: number;
  readonly content: () => Promise<AsyncIterable<Uint8Array>>;
}

/** The bytes of a TAR archive in the form ustar, with pax for long names and large files. `time`: epoch milliseconds of its files. */
export async function* tarOf(files: Iterable<FileToPack>, time: number): AsyncGenerator<Uint8Array> {
  for (const { name, size, content } of files) {
    const isLong = Buffer.byteLength(name) > NAME_BYTES_MAX || size > SIZE_MAX;
    if (isLong) {
      const records = Buffer.from(paxRecord("path", name) + paxRecord("size", String(size)));
      yield headerOf({ name: "pax", size: records.length, type: "x", time });
      yield padded(records);
    }
    yield headerOf({ name: isLong ? cut(name) : name, size: size > SIZE_MAX ? 0 : size, type: "0", time });
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

interface Header {
  readonly name: string;
  readonly size: number;
  readonly type: "0" | "x";
  readonly time: number;
}

function headerOf({ name, size, type, time }: Header): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, digits: number) =>
    header.write(`${value.toString(8).padStart(digits, "0")}\0`, at, "latin1");
  header.write(name, 0, "utf8");
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(Math.floor(time / 1_000), 136, 11);
  header.write("        ", 148, "latin1");
  header.write(type, 156, "latin1");
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

function cut(name: string): string {
  return Buffer.from(name)
    .subarray(0, NAME_BYTES_MAX)
    .toString("latin1")
    .replaceAll(/[^ -~]/g, "_");
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES)]);
}
