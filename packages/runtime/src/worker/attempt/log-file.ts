import { instantText } from "@capstan/model";
import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { ExecutionFiles } from "@capstan/sdk";
import type { LogLine } from "@capstan/store";

/** The log of an attempt of a task with `logToFile`: one line of text each, kept on disk and stored at the end. */
export interface LogFile {
  append(lines: readonly LogLine[]): void;
  /** Stores what was written; answers where, or nothing when nothing was. */
  store(files: ExecutionFiles): Promise<string | undefined>;
}

/** `directory` exists; the file in it is gone once it is stored. */
export function createLogFile(directory: string, name: string): LogFile {
  const path = join(directory, `${name}.log`);
  let stream: WriteStream | undefined;
  return {
    append: (lines) => {
      // A disk that is full is told when the file is stored.
      stream ??= createWriteStream(path).on("error", () => undefined);
      stream.write(lines.map(textOf).join(""));
    },
    store: async (files) => {
      if (stream === undefined) return undefined;
      try {
        await finished(stream.end());
        return await files.put("log.txt", createReadStream(path));
      } finally {
        await rm(path, { force: true });
      }
    },
  };
}

function textOf({ time, level, message }: LogLine): string {
  return `${instantText(time)} ${level} ${message}\n`;
}
