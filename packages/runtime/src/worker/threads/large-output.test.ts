import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ATTEMPT_LIMITS } from "../limits.ts";
import { testJob, testTask } from "../test-kit/jobs.ts";
import { createRecordingHost } from "../test-kit/recording-host.ts";
import type { JobHost } from "../worker.ts";
import { createThreadWorker } from "./thread-worker.ts";

const plugins = [new URL("../test-kit/misbehaving-plugin.ts", import.meta.url).href];
const storage = { module: "@capstan/storage", factory: "createMemoryStorage", options: {} };
/** A thread that kept what is written below would need more. */
const HEAP_MB = 64;
const OUTPUT_BYTES = 100_000_000;

async function setup(host: JobHost) {
  const directory = await mkdtemp(join(tmpdir(), "large-output-"));
  const worker = createThreadWorker({ plugins, storage, host, directory, threads: 1, heapMb: HEAP_MB });
  onTestFinished(async () => {
    await worker.stop({ graceMs: 0 });
    await rm(directory, { recursive: true, force: true });
  });
  return (command: string) => {
    const job = testJob(testTask("test.Command", { command }));
    worker.submit(job);
    return job.key;
  };
}

const charactersOf = (lines: readonly { readonly message: string }[]) =>
  lines.reduce((sum, { message }) => sum + message.length, 0);

const LOG_CHARACTERS_MAX = ATTEMPT_LIMITS.logCharactersFirst + ATTEMPT_LIMITS.logCharactersLast + 1_000;

test.each([
  {
    name: "lines, on both streams",
    command: `yes 'a line of the log' | head -c ${OUTPUT_BYTES / 2} | tee /dev/stderr`,
  },
  { name: "one line without an end", command: `head -c ${OUTPUT_BYTES} /dev/zero | tr '\\0' x` },
  { name: "line ends alone", command: `yes '' | head -c ${OUTPUT_BYTES / 50}` },
  { name: "bytes that are no text", command: `head -c ${OUTPUT_BYTES / 4} /dev/urandom` },
])("large output is worked off in little memory: $name", async ({ command }) => {
  const host = createRecordingHost();
  const submit = await setup(host);
  const key = submit(command);
  expect(await host.over(key)).toMatchObject({ state: "SUCCESS", outputs: { exitCode: 0 } });
  expect(charactersOf(host.lines)).toBeLessThanOrEqual(LOG_CHARACTERS_MAX);
});

test("of a log over the limit the first and the last lines are kept", async () => {
  const host = createRecordingHost();
  const submit = await setup(host);
  await host.over(submit("echo first; yes 'a line of the log' | head -c 18000000; echo; echo the reason"));
  const messages = host.lines.map(({ message }) => message);
  expect([messages[0], messages.at(-1)]).toEqual(["first", "the reason"]);
  expect(messages.filter((message) => message.includes("lines are left out here")).length).toBe(1);
});

test("a command waits while what it wrote is not durable", async () => {
  const recording = createRecordingHost();
  let waiting: (() => void)[] = [];
  let characters = 0;
  let charactersMost = 0;
  const writeOff = () => {
    const durable = waiting;
    waiting = [];
    characters = 0;
    for (const resolve of durable) resolve();
  };
  // A store that commits only while nothing new arrives, which is when the command waits for it.
  let quiet: NodeJS.Timeout | undefined;
  const submit = await setup({
    ...recording,
    log: (key, taskId, lines, settled) => {
      recording.log(key, taskId, lines);
      characters += charactersOf(lines);
      charactersMost = Math.max(charactersMost, characters);
      clearTimeout(quiet);
      quiet = setTimeout(writeOff, 400);
      if (settled !== undefined) waiting.push(settled);
    },
  });
  const { state } = await recording.over(submit("yes 'a line of the log' | head -c 9000000"));
  expect(state).toBe("SUCCESS");
  expect(charactersMost).toBeLessThan(6_000_000);
});
