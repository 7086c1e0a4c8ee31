import { TaskFailure } from "@capstan/sdk";
import { type Engine, EngineFailure } from "./engine.ts";

/** What an engine tells of a container. */
export interface ContainerState {
  readonly Id: string;
  readonly Config: { readonly User: string; readonly WorkingDir: string };
  readonly State: {
    readonly Status: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Error: string;
  };
}

export function containerPath(id: string): string {
  return `/containers/${encodeURIComponent(id)}`;
}

/** Makes a container; answers its id. It is not interrupted: who does not learn the id can't remove it. */
export async function createContainer(engine: Engine, name: string, spec: object): Promise<string> {
  const { Id } = await engine.ask<{ Id: string }>({
    method: "POST",
    path: "/containers/create",
    query: { name },
    body: spec,
  });
  return Id;
}

/** Throws `TaskFailure` when it can't be started, with what the engine says of it. */
export async function startContainer(engine: Engine, id: string): Promise<void> {
  try {
    await engine.ask({ method: "POST", path: `${containerPath(id)}/start` });
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    throw new TaskFailure(`the container does not start: ${error.message}`, { cause: error });
  }
}

export async function inspectContainer(engine: Engine, id: string): Promise<ContainerState> {
  return engine.ask<ContainerState>({ path: `${containerPath(id)}/json` });
}

/** Those that have a label of this value, ended ones too. */
export async function containersWith(
  engine: Engine,
  label: string,
  value: string,
): Promise<readonly { readonly Id: string; readonly State: ContainerState["State"]["Status"] }[]> {
  const filters = { label: [`${label}=${value}`] };
  return engine.ask({ path: "/containers/json", query: { all: true, filters } });
}

/** Waits until it has ended; answers its exit code. */
export async function waitForEnd(engine: Engine, id: string, signal: AbortSignal): Promise<number> {
  const { StatusCode } = await engine.ask<{ StatusCode: number }>({
    method: "POST",
    path: `${containerPath(id)}/wait`,
    signal,
  });
  return StatusCode;
}

/** Tells it to end, and kills it after the grace period; resolves when it has ended. One that is gone or has ended is left alone. */
export async function stopContainer(engine: Engine, id: string, graceMs: number): Promise<void> {
  const seconds = Math.ceil(graceMs / 1_000);
  await unlessGone(
    seconds === 0
      ? engine.ask({ method: "POST", path: `${containerPath(id)}/kill` })
      : engine.ask({ method: "POST", path: `${containerPath(id)}/stop`, query: { t: seconds } }),
  );
}

/** Kills and removes it with its anonymous volumes. One that is gone is left alone. */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  await unlessGone(engine.ask({ method: "DELETE", path: containerPath(id), query: { force: true, v: true } }));
}

/** Not found, or in conflict with its state: it has ended, or is being removed already. */
async function unlessGone(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof EngineFailure) || (error.status !== 404 && error.status !== 409)) throw error;
  }
}
