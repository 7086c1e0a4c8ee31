import type { Services } from "@capstan/sdk";

/** Every method of the platform's services that a task may call from its thread. */
const METHODS = [
  "secret",
  "encrypt",
  "keyValues.get",
  "keyValues.set",
  "keyValues.list",
  "keyValues.namespaces",
  "keyValues.delete",
  "namespaceFiles.list",
  "namespaceFiles.read",
  "namespaceFiles.put",
  "namespaceFiles.delete",
  "namespaceFiles.namespaces",
  "flows.list",
  "flows.save",
  "flows.delete",
  "executions.describe",
  "executions.resume",
  "executions.count",
  "executions.logs",
  "executions.purge",
  "executions.purgeLogs",
  "executions.childOutputs",
  "executions.setTriggerDisabled",
] as const;

type Method = (...args: readonly unknown[]) => unknown;

/** Names of the methods that these services have; some are optional. */
export function methodsOf(services: Services): readonly string[] {
  return METHODS.filter((name) => methodOf(services, name) !== undefined);
}

/** Calls one by name. Only methods of the table can be called. */
export function callService(services: Services, name: string, args: readonly unknown[]): unknown {
  const method = (METHODS as readonly string[]).includes(name) ? methodOf(services, name) : undefined;
  if (method === undefined) throw new TypeError(`there is no service method ${name}`);
  return method(...args);
}

/** Services whose methods all go through `call`. */
export function remoteServices(
  names: readonly string[],
  call: (method: string, args: readonly unknown[]) => unknown,
): Services {
  const root: Record<string, unknown> = { keyValues: {}, namespaceFiles: {}, executions: {}, flows: {} };
  for (const name of names) {
    const [group, method] = name.split(".") as [string, string?];
    const target = method === undefined ? root : (root[group] as Record<string, unknown>);
    target[method ?? group] = (...args: readonly unknown[]) => call(name, args);
  }
  return root as unknown as Services;
}

function methodOf(services: Services, name: string): Method | undefined {
  const [group, method] = name.split(".") as [string, string?];
  const owner = (method === undefined ? services : services[group as keyof Services]) as unknown as Record<
    string,
    unknown
  >;
  const found = owner[method ?? group];
  return typeof found === "function" ? (found.bind(owner) as Method) : undefined;
}
