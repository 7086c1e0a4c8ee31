import {
  defineTaskRunner,
  dynamic,
  type RunnerContext,
  type RunnerResult,
  TaskFailure,
  text,
  dynamicMap,
  type TaskCommand,
} from "@capstan/sdk";
import { z } from "zod";

const flag = () => dynamic(z.boolean()).optional();
const texts = () => dynamic(z.array(text())).optional();

export const DOCKER_RUNNER_TYPE = "io.kestra.plugin.scripts.runner.docker.Docker";

export const dockerRunner = defineTaskRunner({
  type: DOCKER_RUNNER_TYPE,
  aliases: ["io.kestra.plugin.scripts.runner.docker.DockerTaskRunner"],
  title: "Run commands in a container of a Docker engine",
  description: "The server option `taskRunners.docker: process` runs such commands with the Process runner instead.",
  properties: () =>
    z.object({
      version: z.string().optional(),
      image: text().optional(),
      host: text().optional(),
      config: dynamicMap().optional(),
      credentials: z
        .object({
          registry: text().optional(),
          username: text().optional(),
          password: z.string().optional().meta({ dynamic: "text", secret: true }),
          registryToken: z.string().optional().meta({ dynamic: "text", secret: true }),
          identityToken: z.string().optional().meta({ dynamic: "text", secret: true }),
          auth: z.string().optional().meta({ dynamic: "text", secret: true }),
        })
        .optional(),
      user: text().optional(),
      entryPoint: texts(),
      extraHosts: texts(),
      networkMode: text().optional(),
      portBindings: texts(),
      volumes: texts(),
      pullPolicy: dynamic(z.enum(["IF_NOT_PRESENT", "ALWAYS", "NEVER"])).optional(),
      deviceRequests: z.array(z.looseObject({})).optional(),
      cpu: z.looseObject({ cpus: z.unknown().optional() }).optional(),
      memory: z.looseObject({ memory: text().optional() }).optional(),
      shmSize: text().optional(),
      privileged: flag(),
      fileHandlingStrategy: dynamic(z.enum(["VOLUME", "MOUNT"])).optional(),
      delete: flag(),
      wait: flag(),
      resume: flag(),
      killGracePeriod: text().optional(),
    }),
  runCommand: runWithDocker,
});

/** Fails with what can be done about it: there is no client for Docker engines in this installation. */
async function runWithDocker(_context: RunnerContext<never>, command: TaskCommand): Promise<RunnerResult> {
  const image = command.containerImage === undefined ? "" : ` of image ${command.containerImage}`;
  throw new TaskFailure(
    `the task asks for a Docker container${image}, and this worker has no Docker engine: give the task ` +
      "`taskRunner: {type: io.kestra.plugin.core.runner.Process}`, or let the server run all such tasks as processes " +
      "with its option `taskRunners.docker: process`",
  );
}
