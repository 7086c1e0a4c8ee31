import { execFile } from "node:child_process";
import { join } from "node:path";
import { defineTaskRunner, definePlugin, dynamicMap, text } from "@capstan/sdk";
import { z } from "zod";

const TOOLS = join(import.meta.dirname, "platform-tools");
/** What commands get of the test: workers are threads, and have its environment. */
const INHERITED = /^PG[A-Z]+$/;

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
      const tools = { PATH: process.env["PATH"], PYTHONPATH: TOOLS, PYTHONDONTWRITEBYTECODE: "1" };
      const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => INHERITED.test(name)));
      const options = { cwd: workingDirectory, env: { ...inherited, ...env, ...tools } };
      execFile(program, words, options, (error, stdout, stderr) => {
        for (const line of stdout.split("\n").slice(0, -1)) command.onLine("stdout", line);
        for (const line of stderr.split("\n").slice(0, -1)) command.onLine("stderr", line);
        resolve({ exitCode: error === null ? 0 : 1 });
      });
    }),
});

/** Stands for the pods of a cluster. */
export const platformPlugin = definePlugin({
  name: "platform",
  title: "Platform",
  category: "test",
  definitions: [cluster],
});
