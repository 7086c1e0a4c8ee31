import type { RunnerContext, TaskCommand } from "@capstan/sdk";
import { createLineReader } from "@capstan/sdk/commands";
import { containerPath } from "../engine/containers.ts";
import type { Engine } from "../engine/engine.ts";
import { logFrames } from "../engine/log-frames.ts";

export interface ContainerLogs {
  /** Hands out the lines that the container writes, from its beginning until it ends. */
  follow(signal: AbortSignal): Promise<void>;
  /**
   * Once it has ended: hands out what is left. Who follows a log may be told of its end before the last piece is there, when the container writes
   * and ends at once on a busy machine.
   */
  finish(signal: AbortSignal): Promise<void>;
}

/** What a container writes. Whoever takes the lines is waited for, and the engine keeps what was not read yet. */
export function containerLogs(
  engine: Engine,
  id: string,
  { onLine, pressure }: Pick<TaskCommand, "onLine"> & Pick<RunnerContext<never>, "pressure">,
): ContainerLogs {
  const lines = {
    stdout: createLineReader((line) => onLine("stdout", line)),
    stderr: createLineReader((line) => onLine("stderr", line)),
  };
  /** The time of the last pieces, and how many of that time there were. */
  let last: { readonly time: string; pieces: number } | undefined;
  const read = async (query: Readonly<Record<string, unknown>>, signal: AbortSignal, skipped: number) => {
    const path = `${containerPath(id)}/logs`;
    const answer = await engine.open({
      path,
      query: { stdout: true, stderr: true, timestamps: true, ...query },
      signal,
    });
    let toSkip = skipped;
    let isSkipped = false;
    for await (const { stream, bytes, time, isFirst } of logFrames(answer)) {
      if (isFirst) {
        isSkipped = toSkip > 0 && time === last?.time;
        if (isSkipped) toSkip -= 1;
        else if (time === last?.time) last.pieces += 1;
        else last = { time, pieces: 1 };
      }
      if (isSkipped) continue;
      lines[stream].push(bytes);
      await pressure();
    }
  };
  return {
    follow: (signal) => read({ follow: true }, signal, 0),
    finish: async (signal) => {
      await read(last === undefined ? {} : { since: unixTime(last.time) }, signal, last?.pieces ?? 0);
      lines.stdout.end();
      lines.stderr.end();
    },
  };
}

/** Seconds since 1970 with all nine digits of the time, which no number has. */
function unixTime(time: string): string {
  const [, seconds = "", nanoseconds = "0"] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return `${Date.parse(`${seconds}Z`) / 1_000}.${nanoseconds}`;
}
