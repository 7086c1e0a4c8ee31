import { defineTaskRunner, duration, dynamic, TaskFailure, text } from "@capstan/sdk";
import { DOCKER_RUNNER } from "@capstan/sdk/commands";
import { z } from "zod";
import { connectEngine } from "../engine/engine.ts";
import { engineProperties } from "../engine-properties.ts";
import { containerProperties, pullPolicy } from "./container-properties.ts";
import { runInContainer } from "./run-in-container.ts";

/** Between telling a container to end and the kill, in milliseconds; well below what a killed task may take to end. */
export const GRACE_MS_MAX = 8_000;

export const dockerRunner = defineTaskRunner({
  type: DOCKER_RUNNER,
  aliases: ["io.kestra.plugin.scripts.runner.docker.DockerTaskRunner"],
  title: "Run commands in a container of a Docker engine",
  description:
    "The container sees the working folder under the path that it has on the worker, and none of the worker's environment variables. It is stopped and removed at its end, on kill and at the timeout. " +
    "The server option `taskRunners.docker: process` runs such commands with the Process runner instead; `taskRunners.default` says what runs those that name none.",
  properties: () =>
    z.object({
      version: z.string().optional().describe("Has no effect."),
      ...engineProperties(),
      image: text().optional().describe("The image, in place of the task's `containerImage`."),
      ...containerProperties(),
      entryPoint: dynamic(z.array(text()))
        .default([""])
        .describe("Program that gets the command as its arguments. By default none, also where the image has one."),
      pullPolicy: pullPolicy(),
      fileHandlingStrategy: dynamic(z.enum(["VOLUME", "MOUNT"]))
        .default("VOLUME")
        .describe(
          "`VOLUME` copies the working folder into the container, and back at its end. `MOUNT` mounts it, which takes an engine that sees the worker's disk.",
        ),
      delete: dynamic(z.boolean()).default(true).describe("Remove the container at its end."),
      wait: dynamic(z.boolean())
        .default(true)
        .describe(
          "Wait for the end. Otherwise the task ends when the container has started, without output and files.",
        ),
      resume: dynamic(z.boolean())
        .default(true)
        .describe(
          "After the loss of its worker, the task goes on with the container that it had. It takes `VOLUME`; otherwise the container is removed, and another is started.",
        ),
      killGracePeriod: duration()
        .default(0)
        .describe("Time from the signal to end until the kill, on kill and timeout; PT0S by default, PT8S at most."),
    }),
  runCommand: async ({ properties, ...context }, command) => {
    const {
      host,
      credentials,
      config,
      image,
      fileHandlingStrategy,
      killGracePeriod,
      version: _version,
      ...rest
    } = properties;
    const named = image ?? command.containerImage;
    if (named === undefined) throw new TaskFailure("there is no image for the container: write `containerImage`");
    const run = {
      ...rest,
      image: named,
      command: command.command,
      access: { credentials, config },
      files: fileHandlingStrategy,
      graceMs: Math.min(killGracePeriod, GRACE_MS_MAX),
    };
    return runInContainer(connectEngine(host), run, { ...context, ...command });
  },
});
