import { mkdir } from "node:fs/promises";
import type { JsonMap } from "@capstan/model";
import type { TaskContext, TaskIdentity } from "../context.ts";
import { type Outputs, TaskFailure } from "../definition.ts";
import type { OwnRunner } from "../task-runner.ts";
import {
  filesBelow,
  type NamespaceFilesOptions,
  storeFiles,
  storeOutputFiles,
  writeInputFiles,
  writeNamespaceFiles,
} from "../working-files.ts";
import { assemble, type CommandLine } from "./command-line.ts";
import { createCommandOutput } from "./command-output.ts";
import { withLocalCopies } from "./local-copies.ts";

/** A run of commands, with everything rendered. */
export interface CommandRun {
  /** Lines for an interpreter, or the program and its arguments; the image knows its own where there are none. */
  readonly commandLine: CommandLine | { readonly words: readonly string[] };
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly containerImage: string;
  /** The one of the server's option `taskRunners.default` where it is not told. */
  readonly taskRunner?: ({ readonly type: string } & JsonMap) | OwnRunner | undefined;
  readonly inputFiles?: unknown;
  readonly namespaceFiles?: NamespaceFilesOptions | undefined;
  readonly outputFiles?: readonly string[] | undefined;
  /** Keep every file of the folder `{{ outputDir }}`. */
  readonly outputDirectory?: boolean | undefined;
}

/** What a run needs of an attempt of a task, or of a question to a trigger, which has no keys. */
export interface CommandContext extends Pick<
  TaskContext<unknown>,
  "files" | "log" | "metric" | "render" | "runCommand" | "services" | "workingDirectory"
> {
  readonly identity: Pick<TaskIdentity, "namespace"> & Partial<Pick<TaskIdentity, "idempotencyKey" | "attemptKey">>;
}

/** Runs the commands in the working folder. Throws `TaskFailure` with the outputs when they end with another code than 0. */
export async function runCommands(context: CommandContext, run: CommandRun): Promise<Outputs> {
  const { files, log, services } = context;
  const folder = await context.workingDirectory();
  if (run.namespaceFiles !== undefined)
    await writeNamespaceFiles(folder, run.namespaceFiles, { namespace: context.identity.namespace, services, log });
  await writeInputFiles(folder, run.inputFiles, files);
  const outputFolder = run.outputDirectory === true ? await context.render("{{ outputDir }}") : undefined;
  if (outputFolder !== undefined) await mkdir(outputFolder, { recursive: true });
  const { commandLine } = run;
  const written = "words" in commandLine ? commandLine.words : commandLine.lines;
  const lines = await withLocalCopies(folder, written, files);
  const output = createCommandOutput(log, context.metric);
  const { idempotencyKey, attemptKey } = context.identity;
  const keys = {
    ...(idempotencyKey !== undefined && { IDEMPOTENCY_KEY: idempotencyKey }),
    ...(attemptKey !== undefined && { ATTEMPT_KEY: attemptKey }),
  };
  const { exitCode, signal, reason, details } = await context.runCommand(
    {
      command: "words" in commandLine ? lines : assemble({ ...commandLine, lines }),
      env: {
        ...keys,
        ...run.env,
        WORKING_DIR: folder,
        ...(outputFolder === undefined ? {} : { OUTPUT_DIR: outputFolder }),
      },
      workingDirectory: folder,
      containerImage: run.containerImage,
      returnsFiles: outputFolder !== undefined || (run.outputFiles?.length ?? 0) > 0,
      onLine: (stream, line) => output.onLine(stream, line),
    },
    run.taskRunner,
  );
  const outputs = {
    exitCode,
    vars: output.vars,
    outputFiles: {
      ...(await storeOutputFiles(folder, run.outputFiles ?? [], files)),
      ...(outputFolder === undefined ? {} : await storeFiles(outputFolder, await filesBelow(outputFolder), files)),
    },
    stdOutLineCount: output.counts.stdout,
    stdErrLineCount: output.counts.stderr,
    ...(details === undefined ? {} : { taskRunner: details }),
  };
  const loss = output.loss();
  if (exitCode === 0 && loss === undefined) return outputs;
  if (exitCode === 0) throw new TaskFailure(`the outputs are too large: ${loss}`, { outputs });
  const known = reason ?? (signal === undefined ? undefined : `ended by ${signal}`);
  const why = known === undefined ? "" : ` (${known})`;
  throw new TaskFailure(`Command failed with exit code ${exitCode}${why}`, { outputs });
}
