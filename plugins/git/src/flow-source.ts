import { TaskFailure } from "@capstan/sdk";
import { isScalar, parseDocument } from "yaml";

/** The source of a flow with another namespace, everything else as it is written. Throws `TaskFailure` where it has none. */
export function withNamespace(source: string, namespace: string, path: string): string {
  const document = parseDocument(source);
  const [problem] = document.errors;
  if (problem !== undefined) throw new TaskFailure(`${path} is no YAML: ${problem.message}`);
  const written = document.get("namespace", true);
  if (!isScalar(written) || written.range == null)
    throw new TaskFailure(`${path} is no flow: it has no \`namespace\`. Give it one, or move it out of the folder.`);
  const [start, end] = written.range;
  return `${source.slice(0, start)}${namespace}${source.slice(end)}`;
}

/** Whether a file is taken for a flow. */
export function isFlowFile(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

/** The namespace of what lies in a folder below that of a namespace: `a/b/flow.yml` of `x` is in `x.a.b`. */
export function namespaceAt(namespace: string, path: string): string {
  return [namespace, ...path.split("/").slice(0, -1)].join(".");
}
