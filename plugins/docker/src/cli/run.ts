import { defineTask, dynamic, listOrText, text } from "@capstan/sdk";
import { commandOutputs, commandProperties, runCommands } from "@capstan/sdk/commands";
import { z } from "zod";
import { connectEngine } from "../engine/engine.ts";
import { engineProperties } from "../engine-properties.ts";
import { containerProperties, pullPolicy } from "../runner/container-properties.ts";
import { runInContainer } from "../runner/run-in-container.ts";

const fileProperties = () => {
  const { env, inputFiles, outputFiles, namespaceFiles, warningOnStdErr } = commandProperties();
  return { env, inputFiles, outputFiles, namespaceFiles, warningOnStdErr };
};

/** Runs a container as its image says, or a command in it. */
export const run = defineTask({
  type: "io.kestra.plugin.docker.cli.Run",
  aliases: ["io.kestra.plugin.docker.Run"],
  title: "Run a container",
  description:
    "Entry point, command and working folder are those of the image, unless the task has others. With input, namespace or output files the container works in a folder of its own, into which they are copied. The container is removed at its end, on kill and at the timeout; after the loss of the worker the task goes on with it.",
  properties: () =>
    z.object({
      ...engineProperties(),
      containerImage: text().describe("The image."),
      commands: listOrText()
        .default([])
        .describe("Program and arguments, or those of the entry point. Each is one word."),
      ...containerProperties(),
      entryPoint: dynamic(z.array(text()))
        .optional()
        .describe('Program in place of that of the image; `[""]` for none.'),
      pullPolicy: pullPolicy(),
      ...fileProperties(),
      wait: dynamic(z.boolean())
        .default(true)
        .describe(
          "Wait for the end. Otherwise the task ends when the container has started; its id is in `taskRunner.containerId`.",
        ),
    }),
  outputs: commandOutputs,
  examples: [
    {
      title: "Run an image with arguments, and keep a file",
      code: 'id: convert\ntype: io.kestra.plugin.docker.cli.Run\ncontainerImage: pandoc/core:3.5\ncommands: [report.md, -o, report.html]\ninputFiles:\n  report.md: "# Report"\noutputFiles: [report.html]\n',
    },
    {
      title: "Start a server, and go on",
      code: 'id: serve\ntype: io.kestra.plugin.docker.cli.Run\ncontainerImage: nginx:1.27\nportBindings: ["8080:80"]\nwait: false\n',
    },
  ],
  run(context) {
    const {
      host,
      credentials,
      config,
      containerImage,
      commands,
      env,
      inputFiles,
      outputFiles,
      namespaceFiles,
      ...rest
    } = context.properties;
    const hasFiles = inputFiles !== undefined || outputFiles !== undefined || namespaceFiles !== undefined;
    const engine = connectEngine(host);
    return runCommands(context, {
      commandLine: { words: commands },
      env,
      inputFiles,
      outputFiles,
      namespaceFiles,
      containerImage,
      taskRunner: (runner, command) =>
        runInContainer(
          engine,
          {
            ...rest,
            image: containerImage,
            command: command.command,
            access: { credentials, config },
            files: hasFiles ? "VOLUME" : "NONE",
            delete: true,
            resume: true,
            graceMs: 0,
          },
          { ...runner, ...command },
        ),
    });
  },
});
