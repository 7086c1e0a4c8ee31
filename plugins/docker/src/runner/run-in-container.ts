import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isWorkerStop, type RunnerContext, type RunnerResult, type TaskCommand } from "@capstan/sdk";
import {
  containersWith,
  createContainer,
  inspectContainer,
  removeContainer,
  startContainer,
  stopContainer,
  waitForEnd,
} from "../engine/containers.ts";
import { brokenOff, type Engine } from "../engine/engine.ts";
import { provideImage, type PullPolicy } from "../engine/images.ts";
import type { RegistryAccess } from "../engine/registry-access.ts";
import { copyIn, copyOut } from "../files/container-folder.ts";
import { containerLogs } from "./container-logs.ts";
import { containerLabels, containerName, KEY_LABEL } from "./container-names.ts";
import { type ContainerPlan, containerSpec } from "./container-spec.ts";

/** A command for a container. */
export interface ContainerRun extends Omit<
  ContainerPlan,
  "labels" | "env" | "binds" | "removesItself" | "workingDirectory"
> {
  readonly access: RegistryAccess;
  readonly pullPolicy: PullPolicy;
  /** Whether the working folder is copied in and out, or mounted, which wants engine and worker on one machine, or stays outside. */
  readonly files: "VOLUME" | "MOUNT" | "NONE";
  /** Whether it is removed when it has ended. */
  readonly delete: boolean;
  /** Whether its end is waited for. */
  readonly wait: boolean;
  /** Whether a container that a lost worker has left is taken for this one. */
  readonly resume: boolean;
  /** Between the signal that tells it to end and the kill, in milliseconds. */
  readonly graceMs: number;
}

/** What a runner is asked: where the command comes from. */
export type Asked = TaskCommand & Omit<RunnerContext<never>, "properties">;

/** A container that was started for the command. */
interface Started {
  readonly id: string;
  readonly copiedIn: ReadonlySet<string>;
}

/** Runs a command in a container; nothing of it is left behind. Throws `TaskFailure` when it can't be run, or its output be had. */
export async function runInContainer(engine: Engine, run: ContainerRun, asked: Asked): Promise<RunnerResult> {
  const started = (await leftContainer(engine, run, asked)) ?? (await startNew(engine, run, asked));
  const details = { containerId: started.id };
  if (!run.wait) return { exitCode: 0, details };
  return { ...(await attend(engine, started, run, asked)), details };
}

/** The container that a lost worker has left running, or ended; what can't be taken for one is removed. */
async function leftContainer(engine: Engine, run: ContainerRun, asked: Asked): Promise<Started | undefined> {
  const { owner, log } = asked;
  let found: Started | undefined;
  for (const { Id: id, State } of await containersWith(engine, KEY_LABEL, owner.key)) {
    if (found === undefined && canResume(run, asked) && State !== "created") {
      log.info(
        `Attached to container ${shortId(id)} again, which its worker had left: its output follows from the beginning`,
      );
      found = { id, copiedIn: new Set() };
    } else await removeContainer(engine, id);
  }
  return found;
}

/** What is in a mounted folder goes with the worker's temporary files; questions of triggers are not asked again. */
function canResume({ resume, files }: ContainerRun, { owner }: Asked): boolean {
  return resume && files !== "MOUNT" && owner.attempt !== undefined;
}

async function startNew(engine: Engine, run: ContainerRun, asked: Asked): Promise<Started> {
  const { owner, signal, log, env, workingDirectory } = asked;
  await provideImage(engine, run.image, { ...run.access, pullPolicy: run.pullPolicy, log, signal });
  const spec = containerSpec({
    ...run,
    env,
    labels: containerLabels(owner),
    binds: run.files === "MOUNT" ? [`${workingDirectory}:${workingDirectory}`] : [],
    workingDirectory: run.files === "NONE" ? undefined : workingDirectory,
    removesItself: !run.wait && run.delete,
  });
  signal.throwIfAborted();
  const id = await createContainer(engine, containerName(owner, randomBytes(4).toString("hex")), spec);
  try {
    const { Config } = await inspectContainer(engine, id);
    const folder = { id, user: Config.User, folder: workingDirectory, signal };
    const copiedIn = run.files === "VOLUME" ? await copyIn(engine, folder) : new Set<string>();
    signal.throwIfAborted();
    await startContainer(engine, id);
    log.debug(`Container ${shortId(id)} of ${run.image} has started`);
    return { id, copiedIn };
  } catch (error) {
    await removed(engine, id, asked);
    throw error;
  }
}

/** Waits for a container's end, with its output, and brings back its files. */
async function attend(engine: Engine, started: Started, run: ContainerRun, asked: Asked): Promise<RunnerResult> {
  const { id } = started;
  const { signal } = asked;
  const attending = new AbortController();
  let isLeft = false;
  const interrupted = () => {
    isLeft = canResume(run, asked) && isWorkerStop(signal);
    if (isLeft) attending.abort(signal.reason);
    // Its end is seen by its output, which ends with it.
    else stopContainer(engine, id, run.graceMs).catch((error: unknown) => attending.abort(error));
  };
  signal.addEventListener("abort", interrupted, { once: true });
  if (signal.aborted) interrupted();
  try {
    const logs = containerLogs(engine, id, asked);
    await logs.follow(attending.signal);
    const exitCode = await waitForEnd(engine, id, attending.signal);
    await logs.finish(attending.signal);
    if (signal.aborted) return { exitCode };
    const reason = exitCode === 0 ? undefined : await reasonOf(engine, id, run, exitCode);
    if (run.files === "VOLUME") await bringFiles(engine, started, asked);
    return { exitCode, ...(reason !== undefined && { reason }) };
  } catch (error) {
    if (attending.signal.aborted) throw attending.signal.reason;
    throw brokenOff(error, signal);
  } finally {
    signal.removeEventListener("abort", interrupted);
    if (!isLeft) await (run.delete ? removed(engine, id, asked) : ended(engine, id, asked));
  }
}

async function bringFiles(engine: Engine, { id, copiedIn }: Started, asked: Asked): Promise<void> {
  const { workingDirectory: folder, env, log, signal } = asked;
  // That of the worker which has started it.
  const { Config } = await inspectContainer(engine, id);
  const outputFolder = env["OUTPUT_DIR"];
  await copyOut(engine, { id, source: Config.WorkingDir, folder, outputFolder, sent: copiedIn, log, signal });
}

/** The exit code of what was killed. */
const KILLED = 137;
/** An engine may hear of the end of a container before it hears that memory was the reason, or never hear of that. */
const REASON_TRIES = 10;
const REASON_PAUSE_MS = 100;

async function reasonOf(
  engine: Engine,
  id: string,
  { memory }: ContainerRun,
  exitCode: number,
): Promise<string | undefined> {
  const limit = memory?.memory === undefined ? "" : ` of ${memory.memory}`;
  const remedy = "give it more by `memory.memory`";
  const isSuspect = exitCode === KILLED && limit !== "";
  for (let tries = 1; ; tries += 1) {
    const { State } = await inspectContainer(engine, id);
    if (State.OOMKilled) return `the container ran out of its memory${limit}: ${remedy}`;
    if (State.Error !== "") return State.Error;
    if (!isSuspect) return undefined;
    if (tries === REASON_TRIES)
      return `it was killed, maybe because the container ran out of its memory${limit}: ${remedy}`;
    await sleep(REASON_PAUSE_MS);
  }
}

/** Removes it whatever happens; when that fails, people must know. */
async function removed(engine: Engine, id: string, { log }: Asked): Promise<void> {
  try {
    await removeContainer(engine, id);
  } catch (error) {
    log.warn(`the container ${shortId(id)} can't be removed: ${(error as Error).message}`);
  }
}

/** One that is kept must not run any more. */
async function ended(engine: Engine, id: string, { log }: Asked): Promise<void> {
  try {
    await stopContainer(engine, id, 0);
  } catch (error) {
    log.warn(`the container ${shortId(id)} can't be stopped: ${(error as Error).message}`);
  }
}

function shortId(id: string): string {
  return id.slice(0, 12);
}
