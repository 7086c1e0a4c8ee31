import { defineTask, listOrText, TaskFailure, text } from "@capstan/sdk";
import { createCommandOutput, createLineReader } from "@capstan/sdk/commands";
import { z } from "zod";
import { exec as execInPod, ProgramFailed } from "../cluster/exec.ts";
import { pathOf } from "../cluster/resource-kinds.ts";
import { PODS } from "../pods/pod-watch.ts";
import { clusterProperties } from "./cluster-properties.ts";
import { placeOf } from "./target.ts";
import { firstContainer } from "./containers.ts";

/** Runs a program in a pod that runs. */
export const exec = defineTask({
  type: "io.kestra.plugin.kubernetes.kubectl.Exec",
  title: "Run a program in a pod",
  description:
    'Runs a program in a container of a pod that runs, with its output in the log. Lines of the form `::{"outputs": {…}}::` set outputs. On kill and timeout the connection is closed, of which the program need not hear.',
  properties: () =>
    z.object({
      ...clusterProperties(),
      podName: text().describe("Name of the pod."),
      container: text().optional().describe("Its container; the first by default."),
      command: listOrText().describe("Program and arguments; one text alone is a line for `sh`."),
    }),
  outputs: () =>
    z.object({
      exitCode: z.int().describe("What the program ended with."),
      vars: z.record(z.string(), z.unknown()).describe("Outputs that it has set."),
    }),
  examples: [
    {
      title: "Look into a database",
      code: "id: size\ntype: io.kestra.plugin.kubernetes.kubectl.Exec\nnamespace: shop\npodName: postgres-0\ncommand: [psql, --command, \"select pg_size_pretty(pg_database_size('shop'))\"]\n",
    },
  ],
  async run({ properties, signal, log, metric }) {
    const { cluster, namespace } = await placeOf(properties);
    const { podName, command } = properties;
    const path = pathOf(PODS, namespace, podName);
    const container = properties.container ?? (await firstContainer(cluster, path, signal));
    const output = createCommandOutput(log, metric);
    const lines = {
      stdout: createLineReader((line) => output.onLine("stdout", line)),
      stderr: createLineReader((line) => output.onLine("stderr", line)),
    };
    const words = command.length === 1 ? ["sh", "-c", command[0]!] : command;
    const done = () => {
      lines.stdout.end();
      lines.stderr.end();
    };
    try {
      await execInPod(cluster, {
        path: `${path}/exec`,
        container,
        command: words,
        onOutput: (bytes) => lines.stdout.push(bytes),
        onErrorOutput: (bytes) => lines.stderr.push(bytes),
        signal,
      });
      done();
      return { exitCode: 0, vars: output.vars };
    } catch (error) {
      done();
      if (!(error instanceof ProgramFailed) || error.exitCode === undefined) throw error;
      const outputs = { exitCode: error.exitCode, vars: output.vars };
      throw new TaskFailure(`Command failed with exit code ${error.exitCode}`, { outputs });
    }
  },
});
