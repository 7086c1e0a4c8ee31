import { execFile } from "node:child_process";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { defineTask, defineTaskRunner, definePlugin, dynamicMap, text } from "@capstan/sdk";
import { z } from "zod";

/** Where the local server of the test listens; workers are threads, and have the environment of the test. */
export const SERVICES_VARIABLE = "CAPSTAN_TEST_SERVICES";
const TOOLS = join(import.meta.dirname, "platform-tools");

/** Smallest tasks with the names and the properties of what the platform examples use and is not here; the services are a local server. */
const upload = defineTask({
  type: "io.kestra.plugin.aws.s3.Upload",
  title: "Upload a file",
  properties: () => z.object({ from: text(), bucket: text(), key: text() }),
  run: async ({ properties: { from, bucket, key }, files }) => {
    const content = await buffer(await files.read(from));
    await post("/s3", { bucket, key, base64: content.toString("base64") });
  },
});

const cluster = defineTaskRunner({
  type: "io.kestra.plugin.kubernetes.runner.Kubernetes",
  title: "Run a command as a process, with the tools of the test",
  properties: () =>
    z.object({
      namespace: text(),
      resources: dynamicMap().optional(),
      nodeSelector: dynamicMap().optional(),
    }),
  runCommand: (_context, { command: [program = "", ...words], env, workingDirectory, ...command }) =>
    new Promise((resolve) => {
      const tools = { PATH: `${TOOLS}:${process.env["PATH"]}`, PYTHONPATH: TOOLS, PYTHONDONTWRITEBYTECODE: "1" };
      execFile(program, words, { cwd: workingDirectory, env: { ...env, ...tools } }, (error, stdout, stderr) => {
        for (const line of stdout.split("\n").slice(0, -1)) command.onLine("stdout", line);
        for (const line of stderr.split("\n").slice(0, -1)) command.onLine("stderr", line);
        resolve({ exitCode: error === null ? 0 : 1 });
      });
    }),
});

async function post(path: string, body: unknown): Promise<unknown> {
  const response = await fetch(new URL(path, process.env[SERVICES_VARIABLE]), {
    method: "POST",
    body: JSON.stringify(body),
  });
  return response.json();
}

export const platformPlugin = definePlugin({
  name: "platform",
  title: "Platform",
  category: "test",
  definitions: [upload, cluster],
});
