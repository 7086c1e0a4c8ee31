/** Where the files of executions and namespaces lie. All answers are paths within a tenant. */
export interface ExecutionAddress {
  readonly namespace: string;
  readonly flowId: string;
  readonly executionId: string;
}

/** `/company/team/my-flow/executions/<id>` */
export function executionFolder({ namespace, flowId, executionId }: ExecutionAddress): string {
  return `${flowFolder(namespace, flowId)}/executions/${executionId}`;
}

/** A file that a task run wrote. */
export function taskFilePath(
  address: ExecutionAddress & { readonly taskId: string; readonly taskRunId: string },
  fileName: string,
): string {
  return `${executionFolder(address)}/tasks/${slugify(address.taskId)}/${address.taskRunId}/${fileName}`;
}

/** The file of a FILE input. */
export function inputFilePath(address: ExecutionAddress & { readonly inputId: string }, fileName: string): string {
  return `${executionFolder(address)}/inputs/${slugify(address.inputId)}/${fileName}`;
}

/** A file that a trigger wrote for the execution it makes. */
export function triggerFilePath(address: ExecutionAddress & { readonly triggerId: string }, fileName: string): string {
  return `${executionFolder(address)}/trigger/${address.triggerId}/${fileName}`;
}

/** Where a namespace's file lies: `/company/team/_files/<path>`. */
export function namespaceFilePath(namespace: string, path: string): string {
  return `${namespaceFolder(namespace)}/_files/${path.replace(/^\/+/, "")}`;
}

/** The cache of a task's working directory, of its own for each value of a loop. */
export function cachePath(address: {
  readonly namespace: string;
  readonly flowId: string;
  /** The task's id, or the hash of the task. */
  readonly taskId: string;
  readonly valueHash?: string;
}): string {
  const folder = `${flowFolder(address.namespace, address.flowId)}/${slugify(address.taskId)}/cache`;
  return address.valueHash === undefined ? `${folder}/cache.zip` : `${folder}/${address.valueHash}/cache.zip`;
}

/** The form that ids take in paths: lower case, words joined by single dashes, accents and signs removed. */
export function slugify(text: string): string {
  return text
    .trim()
    .replaceAll(/\s/g, "-")
    .normalize("NFD")
    .replaceAll(/[^\w-]/g, "")
    .replaceAll("_", "-")
    .replaceAll(/-+/g, "-")
    .toLowerCase();
}

function namespaceFolder(namespace: string): string {
  return `/${namespace.replaceAll(".", "/")}`;
}

function flowFolder(namespace: string, flowId: string): string {
  return `${namespaceFolder(namespace)}/${slugify(flowId)}`;
}
