import { basename, dirname } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { packFolder, type ReturnedFolder, tarOf, unpackReturned } from "@capstan/sdk/tar";
import type { Cluster } from "../cluster/cluster.ts";
import { ConnectionLost, exec } from "../cluster/exec.ts";
import { pathOf } from "../cluster/resource-kinds.ts";
import { type Container, initContainerOf, type Pod, type PodSpec } from "./pod.ts";
import { PODS } from "./pod-watch.ts";
import { findPod } from "./pods.ts";

/** Takes files in before the program starts, and is there for that only. */
export const FILES_IN = "capstan-files-in";
/** Hands files out when the program has ended. */
export const FILES_OUT = "capstan-files-out";
const VOLUME = "capstan-files";
const MARK_VOLUME = "capstan-mark";
const MARK_FOLDER = "/.capstan-mark";
const MARK = `${MARK_FOLDER}/files-are-there`;
const CANCEL = `${MARK_FOLDER}/no-files-come`;
/** What the carrier ends with then, so that the program never starts. */
const CANCELLED = 9;

const CANCEL_LOOK_MS = 200;

const OF_ALL = 0o666;
const RUNS_BY_ALL = 0o111;

/** Which files a pod has of a working folder of the worker, under its path. */
export interface PodFiles {
  readonly folder: string;
  /** Further paths of that folder in the pod. */
  readonly alsoAt?: readonly string[];
  readonly takesIn: boolean;
  readonly handsOut: boolean;
  /** Of the containers that carry them, with `sh` and `tar`. */
  readonly image: string;
  readonly pullPolicy?: string | undefined;
  /** What else the carriers are given, such as limits. */
  readonly carrier?: Readonly<Record<string, unknown>>;
}

/** The pod with a folder for the files in all of its containers, and with those who carry them. */
export function withFiles(spec: PodSpec, files: PodFiles): PodSpec {
  const mount = { name: VOLUME, mountPath: files.folder };
  const carrier = (name: string, script: string, volumeMounts: readonly object[]): Container => ({
    name,
    image: files.image,
    command: ["sh", "-c", script],
    volumeMounts: volumeMounts as Container["volumeMounts"] & object,
    ...(files.pullPolicy !== undefined && { imagePullPolicy: files.pullPolicy }),
    ...files.carrier,
  });
  const mark = { name: MARK_VOLUME, mountPath: MARK_FOLDER };
  const takesIn = carrier(
    FILES_IN,
    `until test -e ${MARK}; do test -e ${CANCEL} && exit ${CANCELLED}; sleep 0.1; done`,
    [mount, mark],
  );
  const handsOut = carrier(FILES_OUT, "trap 'exit 0' TERM; sleep 2147483647 & wait", [mount]);
  const mounts = [mount, ...(files.alsoAt ?? []).map((mountPath) => ({ name: VOLUME, mountPath }))];
  const mounted = (container: Container): Container => ({
    ...container,
    volumeMounts: [...(container.volumeMounts ?? []), ...mounts],
  });
  return {
    ...spec,
    volumes: [
      ...(spec.volumes ?? []),
      { name: VOLUME, emptyDir: {} },
      ...(files.takesIn ? [{ name: MARK_VOLUME, emptyDir: {} }] : []),
    ],
    initContainers: [...(files.takesIn ? [takesIn] : []), ...(spec.initContainers ?? []).map(mounted)],
    containers: [...spec.containers.map(mounted), ...(files.handsOut ? [handsOut] : [])],
  };
}

function waitsForFiles(pod: Pod): boolean {
  const isExpected = pod.spec.initContainers?.some(({ name }) => name === FILES_IN) === true;
  return isExpected && initContainerOf(pod, FILES_IN)?.state?.terminated === undefined;
}

/**
 * Whether the program of a pod, which another worker has left, has not begun and never will, because its files did not come: only that
 * worker has them as they must be. The carrier is told so, and it decides: files that came right before are there, and the program starts.
 */
export async function isGivenUp(cluster: Cluster, pod: Pod, signal: AbortSignal): Promise<boolean> {
  const { name, namespace = "" } = pod.metadata;
  if (waitsForFiles(pod) && initContainerOf(pod, FILES_IN)?.state?.running === undefined) return true;
  let now: Pod | undefined = pod;
  while (now !== undefined && waitsForFiles(now)) {
    const path = `${pathOfPod(pod)}/exec`;
    // It may have ended meanwhile, which is seen by its state.
    await exec(cluster, { path, container: FILES_IN, command: ["touch", CANCEL], signal }).catch(() =>
      signal.throwIfAborted(),
    );
    await sleep(CANCEL_LOOK_MS, undefined, { signal });
    now = await findPod(cluster, namespace, name, signal);
  }
  return now === undefined || initContainerOf(now, FILES_IN)?.state?.terminated?.exitCode === CANCELLED;
}

/** How often a copy is done that its connection breaks off from, and the pause after the first, in milliseconds. */
const TRIES = 6;
const FIRST_PAUSE_MS = 500;

/** Does something again as long as its connection breaks off, such as while an API server is replaced. */
async function insistently(copy: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await copy();
    } catch (error) {
      if (!(error instanceof ConnectionLost) || tries === TRIES) throw error;
      await sleep(FIRST_PAUSE_MS * 2 ** (tries - 1), undefined, { signal });
    }
  }
}

/** Copies a folder into a pod whose carrier waits for it; answers the paths of its files, relative to it. */
export async function takeIn(
  cluster: Cluster,
  pod: Pod,
  folder: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const sent = new Set<string>();
  const command = ["sh", "-c", `tar -x -f - -C / && touch ${MARK}`];
  const { name, namespace = "" } = pod.metadata;
  let isBegun = false;
  const copy = async () => {
    const now = isBegun ? await findPod(cluster, namespace, name, signal) : pod;
    // The answer alone was lost.
    if (now === undefined || !waitsForFiles(now)) return;
    isBegun = true;
    const stdin = Readable.from(tarOf(entriesFor(folder, sent), Date.now()), { objectMode: false });
    await exec(cluster, { path: `${pathOfPod(pod)}/exec`, container: FILES_IN, command, stdin, signal });
  };
  await insistently(copy, signal);
  return sent;
}

/** Whoever the program in the pod is, the files are its own: nobody else sees that folder. */
async function* entriesFor(folder: string, sent: Set<string>) {
  const owner = { uid: 0, gid: 0 };
  for await (const entry of packFolder(folder, { owner, onFile: (path) => sent.add(path) })) {
    const mode = entry.mode ?? 0;
    const runs = entry.kind === "folder" || (mode & RUNS_BY_ALL) !== 0 ? RUNS_BY_ALL : 0;
    yield { ...entry, mode: mode | OF_ALL | runs };
  }
}

/** Brings a folder back from a pod whose program has ended. */
export async function handOut(cluster: Cluster, pod: Pod, given: ReturnedFolder, signal: AbortSignal): Promise<void> {
  const folder = folderIn(pod) ?? given.folder;
  const command = ["tar", "-c", "-f", "-", "-C", dirname(folder), basename(folder)];
  const path = `${pathOfPod(pod)}/exec`;
  const copy = async () => {
    const archive = new PassThrough();
    const onOutput = (bytes: Buffer) => {
      if (archive.write(bytes)) return undefined;
      return new Promise<void>((resolve) => void archive.once("drain", resolve).once("close", resolve));
    };
    const sending = exec(cluster, { path, container: FILES_OUT, command, onOutput, signal }).then(
      () => void archive.end(),
      (error: unknown) => void archive.destroy(error as Error),
    );
    await unpackReturned(archive, given);
    await sending;
  };
  await insistently(copy, signal);
}

/** Where a pod has the files: under the path of the worker that has made it. */
function folderIn({ spec }: Pod): string | undefined {
  const carrier = spec.containers.find(({ name }) => name === FILES_OUT);
  const mount = carrier?.volumeMounts?.find(({ name }) => name === VOLUME);
  return mount?.["mountPath"] as string | undefined;
}

/** Ends the carrier of a pod that is kept: the pod has not ended as long as it is there. */
export async function dismissCarrier(cluster: Cluster, pod: Pod, signal: AbortSignal): Promise<void> {
  const ended = exec(cluster, { path: `${pathOfPod(pod)}/exec`, container: FILES_OUT, command: ["kill", "1"], signal });
  // The connection may end with the container, before it can tell how.
  await ended.catch(() => signal.throwIfAborted());
}

function pathOfPod({ metadata }: Pod): string {
  return pathOf(PODS, metadata.namespace, metadata.name);
}
