import { type TaskLogger, TaskFailure } from "@capstan/sdk";
import { type Engine, EngineFailure } from "./engine.ts";
import { imageName } from "./image-name.ts";
import { followProgress } from "./progress.ts";
import { authHeader, type RegistryAccess } from "./registry-access.ts";

export type PullPolicy = "IF_NOT_PRESENT" | "ALWAYS" | "NEVER";

/** What a pull or a push needs besides the image. */
export interface Transfer extends RegistryAccess {
  readonly log: TaskLogger;
  readonly signal: AbortSignal;
}

/** The path of an image, in which slashes stay as they are. */
export function imagePath(image: string): string {
  return `/images/${image.split("/").map(encodeURIComponent).join("/")}`;
}

/** Sees to it that the engine has an image. Throws `TaskFailure` when it can't be had. */
export async function provideImage(
  engine: Engine,
  image: string,
  { pullPolicy, ...transfer }: Transfer & { readonly pullPolicy: PullPolicy },
): Promise<void> {
  if (pullPolicy === "ALWAYS") return pullImage(engine, image, transfer);
  if (await hasImage(engine, image, transfer.signal)) return;
  if (pullPolicy === "NEVER")
    throw new TaskFailure(
      `the Docker engine has no image ${image}, and \`pullPolicy: NEVER\` forbids to pull it: pull it before, or write IF_NOT_PRESENT`,
    );
  await pullImage(engine, image, transfer);
}

/** Pulls an image. Throws `TaskFailure` with what the registry says, and what can be done. */
export async function pullImage(engine: Engine, image: string, transfer: Transfer): Promise<void> {
  const { log, signal } = transfer;
  const { repository, tag, digest } = imageName(image);
  log.debug(`Pulling ${image}`);
  try {
    const answer = await engine.open({
      method: "POST",
      path: "/images/create",
      query: { fromImage: repository, tag: digest ?? tag },
      headers: authHeader(transfer, image),
      signal,
    });
    await followProgress(answer, signal, (progress) => {
      if (progress.id === undefined && progress.status !== undefined) log.debug(progress.status);
    });
  } catch (error) {
    if (signal.aborted || !(error instanceof TaskFailure) || error.cause !== undefined) throw error;
    const advice = "check its name and tag, that this machine reaches the registry, and `credentials` if it is private";
    throw new TaskFailure(`the image ${image} can't be pulled: ${error.message} — ${advice}`, { cause: error });
  }
}

/** Pushes a tag; answers the digest of what was pushed, where the engine tells it. Throws `TaskFailure` as `pullImage`. */
export async function pushImage(engine: Engine, image: string, transfer: Transfer): Promise<string | undefined> {
  const { log, signal } = transfer;
  const { repository, tag } = imageName(image);
  const headers = authHeader(transfer, image);
  let pushed: string | undefined;
  try {
    const answer = await engine.open({
      method: "POST",
      path: `${imagePath(repository)}/push`,
      query: { tag },
      // The engine wants the header, even if there is nothing to say.
      headers: { "x-registry-auth": "e30=", ...headers },
      signal,
    });
    await followProgress(answer, signal, ({ id, status, aux }) => {
      if (id === undefined && status !== undefined) log.debug(status);
      pushed = aux?.Digest ?? pushed;
    });
  } catch (error) {
    if (signal.aborted || !(error instanceof TaskFailure) || error.cause !== undefined) throw error;
    const advice = "check that the tag begins with the registry, and that `credentials` may push there";
    throw new TaskFailure(`the image ${image} can't be pushed: ${error.message} — ${advice}`, { cause: error });
  }
  return pushed;
}

async function hasImage(engine: Engine, image: string, signal: AbortSignal): Promise<boolean> {
  try {
    await engine.ask({ path: `${imagePath(image)}/json`, signal });
    return true;
  } catch (error) {
    if (error instanceof EngineFailure && error.status === 404) return false;
    throw error;
  }
}
