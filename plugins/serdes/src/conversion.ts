import { type FileRecord, readRecords, type TaskContext } from "@capstan/sdk";
import { addAbortSignal, Readable } from "node:stream";
import { decoded, encoderOf } from "./charset.ts";

/** What a conversion needs of its task. */
export type ConversionContext = Pick<TaskContext<unknown>, "files" | "signal" | "log" | "metric">;

/** Files are written in blocks of about this many characters. */
const BLOCK_CHARACTERS = 65_536;

/** The bytes of a file. A kill of the task ends the reading. */
export async function readBytes({ files, signal }: ConversionContext, uri: string): Promise<Readable> {
  return addAbortSignal(signal, await files.read(uri));
}

/** The text of a file in pieces; see `decoded`. */
export async function* readText(context: ConversionContext, uri: string, charset: string): AsyncGenerator<string> {
  yield* decoded(await readBytes(context, uri), charset, context.log);
}

/** The records of a data file. */
export async function* recordsOf(context: ConversionContext, uri: string): AsyncGenerator<FileRecord> {
  yield* readRecords(await readBytes(context, uri));
}

/** What stands around the records of a text file. */
export interface Frame {
  readonly start?: string;
  readonly between?: string;
  readonly end?: string;
  /** What the file has instead of all that when there are no records. */
  readonly ifEmpty?: string;
  /** Default: UTF-8. */
  readonly charset?: string;
}

/** Stores records, each a text, while they are made. A kill of the task ends the writing. Answers the outputs. */
export async function storeRecords(
  context: ConversionContext,
  name: string,
  records: AsyncIterable<string>,
  { start = "", between = "", end = "", ifEmpty = start + end, charset = "UTF-8" }: Frame = {},
) {
  const encode = encoderOf(charset, context.log);
  let size = 0;
  async function* blocks(): AsyncGenerator<Buffer> {
    let block = "";
    for await (const record of records) {
      block += (size === 0 ? start : between) + record;
      size += 1;
      if (block.length < BLOCK_CHARACTERS) continue;
      yield encode(block);
      block = "";
    }
    block += size === 0 ? ifEmpty : end;
    if (block !== "") yield encode(block);
  }
  const uri = await storeBytes(context, name, blocks());
  return converted(context, uri, size);
}

/** Stores bytes while they are made. A kill of the task ends the writing. */
export async function storeBytes(
  { files, signal }: ConversionContext,
  name: string,
  blocks: AsyncIterable<Uint8Array>,
): Promise<string> {
  return files.put(name, Readable.from(blocks, { signal, highWaterMark: 1 }));
}

/** What every conversion says at its end: a metric and a line of its log. Answers the outputs. */
export function converted({ metric, log }: ConversionContext, uri: string, size: number) {
  metric({ name: "records", type: "counter", value: size });
  log.info(`${size} ${size === 1 ? "record" : "records"} written to ${uri}`);
  return { uri, size };
}
