import { writeFileSync } from "node:fs";
import { defineTask, dynamic, isWorkerStop, result, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

const type = (name: string) => `test.${name}`;
const nothing = () => z.object({});

/** Tasks for tests of the worker: good ones, and ones that break every rule. */
export default {
  name: "misbehaving",
  title: "Test tasks",
  category: "Test",
  definitions: [
    defineTask({
      type: type("Echo"),
      title: "Answers its value",
      properties: () => z.object({ value: dynamic(z.unknown()), password: secret().optional() }),
      run: async ({ properties, log }) => {
        log.info(`value ${JSON.stringify(properties.value)} password ${properties.password}`);
        return { value: properties.value };
      },
    }),
    defineTask({
      type: type("Environment"),
      title: "Answers an environment variable",
      properties: () => z.object({ name: text() }),
      run: async ({ properties }) => ({ value: process.env[properties.name] ?? null }),
    }),
    defineTask({
      type: type("InlineEcho"),
      title: "Answers its value in the engine's turn",
      properties: () => z.object({ value: text() }),
      runInline: ({ properties, log, metric }) => {
        log.info(`value ${properties.value}`);
        metric({ name: "length", type: "counter", value: properties.value.length });
        return { value: properties.value };
      },
    }),
    defineTask({
      type: type("Wait"),
      title: "Waits until it is interrupted",
      properties: nothing,
      run: ({ signal, log }) =>
        new Promise((_resolve, reject) => {
          log.info("waiting");
          signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        }),
    }),
    defineTask({
      type: type("TidyUp"),
      title: "Cleans up for a while when it is interrupted, and then writes why into a file",
      properties: () => z.object({ path: text() }),
      run: ({ properties, signal, log }) =>
        new Promise((_resolve, reject) => {
          log.info("waiting");
          const tidy = () => {
            writeFileSync(properties.path, isWorkerStop(signal) ? "stop" : "kill");
            reject(signal.reason as Error);
          };
          signal.addEventListener("abort", () => setTimeout(tidy, 200), { once: true });
        }),
    }),
    defineTask({
      type: type("OwnRunner"),
      title: "Runs a command with a runner of its own, which tells whose it is",
      properties: nothing,
      run: async ({ runCommand, log }) => {
        const command = { command: ["true"], env: {}, workingDirectory: "/", onLine: () => undefined };
        const once = () => runCommand(command, async ({ owner }) => ({ exitCode: 0, details: { ...owner } }));
        await once();
        log.info("ran");
        return { ...(await once()).details };
      },
    }),
    defineTask({
      type: type("Deaf"),
      title: "Never ends, whatever is asked of it",
      properties: nothing,
      run: ({ log }) => {
        log.info("deaf");
        return new Promise(() => undefined);
      },
    }),
    defineTask({
      type: type("Spin"),
      title: "Keeps its thread busy for ever, from the next turn on",
      properties: nothing,
      run: ({ log }) => {
        log.info("spinning");
        setTimeout(() => {
          for (;;);
        }, 50);
        return new Promise(() => undefined);
      },
    }),
    defineTask({
      type: type("Exit"),
      title: "Ends the process",
      properties: nothing,
      run: async () => process.exit(3),
    }),
    defineTask({
      type: type("Uncaught"),
      title: "Throws where nobody catches",
      properties: nothing,
      run: () => {
        setTimeout(() => {
          throw new Error("thrown by a timer");
        }, 1);
        return new Promise(() => undefined);
      },
    }),
    defineTask({
      type: type("Hoard"),
      title: "Takes all memory",
      properties: nothing,
      run: async ({ log }) => {
        log.info("hoarding");
        await new Promise((resolve) => setTimeout(resolve, 20));
        const hoard: unknown[] = [];
        for (;;) hoard.push(Array.from({ length: 100_000 }, (_, index) => ({ index })));
      },
    }),
    defineTask({
      type: type("Fail"),
      title: "Fails with outputs",
      properties: () => z.object({ message: text(), state: z.string().optional() }),
      run: async ({ properties }) => {
        if (properties.state === "WARNING") return result({ state: "WARNING", outputs: { kept: true } });
        throw new TaskFailure(properties.message, { outputs: { kept: true } });
      },
    }),
    defineTask({
      type: type("Large"),
      title: "Answers a text of a size",
      properties: () => z.object({ characters: z.int() }),
      run: async ({ properties }) => ({ value: "x".repeat(properties.characters) }),
    }),
    defineTask({
      type: type("Chatter"),
      title: "Logs many lines and ends at once",
      properties: () => z.object({ lines: z.int() }),
      run: async ({ properties, log }) => {
        for (let line = 0; line < properties.lines; line += 1) log.debug(`line ${line}`);
        log.warn("last");
      },
    }),
    defineTask({
      type: type("Files"),
      title: "Uses its folder, the storage and the namespace's files",
      properties: () => z.object({}),
      run: async ({ files, services, workingDirectory, identity }) => {
        const uri = await files.put("note.txt", "content of the note");
        await services.namespaceFiles.put(identity.namespace, "shared.txt", "shared content");
        const chunks: Buffer[] = [];
        for await (const chunk of await services.namespaceFiles.read(identity.namespace, "shared.txt"))
          chunks.push(chunk as Buffer);
        return {
          text: await files.text(uri),
          shared: Buffer.concat(chunks).toString(),
          folder: await workingDirectory(),
        };
      },
    }),
    defineTask({
      type: type("Command"),
      title: "Runs a shell command",
      properties: () => z.object({ command: text(), taskRunner: z.looseObject({ type: z.string() }).optional() }),
      run: async ({ properties, runCommand, workingDirectory, log }) => {
        const { exitCode, details } = await runCommand(
          {
            command: ["/bin/sh", "-c", properties.command],
            env: {},
            workingDirectory: await workingDirectory(),
            containerImage: "ubuntu",
            onLine: (_stream, line) => log.info(line),
          },
          properties.taskRunner as { type: string } | undefined,
        );
        return { exitCode, details };
      },
    }),
  ],
};
