import type { RunnerContext, TaskCommand } from "@capstan/sdk";
import { createLineReader, type LineReader } from "@capstan/sdk/commands";
import { containerPath } from "../engine/containers.ts";
import type { Engine } from "../engine/engine.ts";
import { type LogFrame, logFrames } from "../engine/log-frames.ts";

export interface ContainerLogs {
  /** Hands out the lines that the container writes, from its beginning until it ends. */
  follow(signal: AbortSignal): Promise<void>;
  /**
   * Once it has ended: hands out what is left. Who follows a log may be told of its end before the last piece is there, when the container writes
   * and ends at once on a busy machine.
   */
  finish(signal: AbortSignal): Promise<void>;
}

/**
 * What a container writes. Whoever takes the lines is waited for, and the engine keeps what was not read yet.
 *
 * An engine takes each stream by itself, and may write a piece of the one behind a later piece of the other: only within a stream is the time of
 * a piece its place.
 */
export function containerLogs(
  engine: Engine,
  id: string,
  { onLine, pressure }: Pick<TaskCommand, "onLine"> & Pick<RunnerContext<never>, "pressure">,
): ContainerLogs {
  const streamOf = (name: StreamName): Stream => ({
    lines: createLineReader((line) => onLine(name, line)),
    last: undefined,
  });
  const streams = { stdout: streamOf("stdout"), stderr: streamOf("stderr") };
  async function* framesOf(query: Readonly<Record<string, unknown>>, signal: AbortSignal) {
    const path = `${containerPath(id)}/logs`;
    yield* logFrames(await engine.open({ path, query: { timestamps: true, ...query }, signal }));
  }
  const follow = async (signal: AbortSignal) => {
    for await (const { stream, bytes, time, isFirst } of framesOf(
      { stdout: true, stderr: true, follow: true },
      signal,
    )) {
      const { lines, last } = streams[stream];
      if (isFirst) streams[stream].last = { time, pieces: time === last?.time ? last.pieces + 1 : 1 };
      lines.push(bytes);
      await pressure();
    }
  };
  const finishStream = async (name: StreamName, signal: AbortSignal) => {
    const { lines, last } = streams[name];
    let toSkip = last?.pieces ?? 0;
    let isSkipped = false;
    const since = last === undefined ? {} : { since: unixTime(last.time) };
    for await (const { bytes, time, isFirst } of framesOf({ [name]: true, ...since }, signal)) {
      if (isFirst) isSkipped = time === last?.time && toSkip-- > 0;
      if (isSkipped) continue;
      lines.push(bytes);
      await pressure();
    }
    lines.end();
  };
  return {
    follow,
    finish: async (signal) => {
      await finishStream("stdout", signal);
      await finishStream("stderr", signal);
    },
  };
}

type StreamName = LogFrame["stream"];

interface Stream {
  readonly lines: LineReader;
  /** The time of the last pieces that were handed out, and how many of that time there were. */
  last: { readonly time: string; readonly pieces: number } | undefined;
}

/** Seconds since 1970 with all nine digits of the time, which no number has. */
function unixTime(time: string): string {
  const [, seconds = "", nanoseconds = "0"] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return `${Date.parse(`${seconds}Z`) / 1_000}.${nanoseconds}`;
}
