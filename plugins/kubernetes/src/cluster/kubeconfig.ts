import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { TaskFailure } from "@capstan/sdk";
import { parse } from "yaml";
import { z } from "zod";
import { basicHeader, type ClusterAccess, type TlsOptions } from "./access.ts";
import { execCredential, type ExecCredential, execPlugin } from "./exec-credential.ts";

const cluster = z.object({
  server: z.string(),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": z.string().optional(),
  "proxy-url": z.string().optional(),
});

const user = z.object({
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.string().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  as: z.string().optional(),
  "as-groups": z.array(z.string()).optional(),
  "as-uid": z.string().optional(),
  exec: execPlugin().optional(),
});

const context = z.object({ cluster: z.string(), user: z.string().default(""), namespace: z.string().optional() });

const named = <Name extends string, Value extends z.ZodType>(name: Name, value: Value) =>
  z
    .array(z.object({ name: z.string(), [name]: value } as { name: z.ZodString } & Record<Name, Value>))
    .nullish()
    .transform((list) => list ?? []);

const schema = z.object({
  clusters: named("cluster", cluster),
  users: named(
    "user",
    user.nullish().transform((value) => value ?? {}),
  ),
  contexts: named("context", context),
  "current-context": z.string().optional(),
});

export type Kubeconfig = z.output<typeof schema>;

export interface KubeconfigSource {
  /** Of the file, for messages and for the paths in it. */
  readonly path?: string;
  /** Whether it may name files and programs of this machine: it is not the word of a flow's author. */
  readonly isTrusted: boolean;
}

/** What names files, or starts programs. */
const LOCAL = ["certificate-authority", "client-certificate", "client-key", "tokenFile", "exec"] as const;

/** A kubeconfig, with absolute paths. Throws `TaskFailure` for what is none, or names what it may not. */
export function parseKubeconfig(text: string, { path, isTrusted }: KubeconfigSource): Kubeconfig {
  const where = path === undefined ? "the kubeconfig" : `the kubeconfig ${path}`;
  const result = schema.safeParse(parsed(text, where));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new TaskFailure(`${where} can't be read: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const config = result.data;
  if (!isTrusted) {
    const parts = [...config.clusters.map((one) => one.cluster), ...config.users.map((one) => one.user)];
    const found = LOCAL.find((name) => parts.some((part) => name in part));
    if (found !== undefined)
      throw new TaskFailure(
        `${where} has \`${found}\`, which reaches for the worker's machine: write the data itself (\`…-data\`, \`token\`)`,
      );
  }
  return path === undefined ? config : located(config, dirname(resolve(path)));
}

/** Paths in a kubeconfig begin at its folder. */
function located(config: Kubeconfig, folder: string): Kubeconfig {
  const copy = structuredClone(config);
  const parts: Record<string, unknown>[] = [
    ...copy.clusters.map((one) => one.cluster),
    ...copy.users.map((one) => one.user),
  ];
  for (const part of parts)
    for (const name of LOCAL) if (typeof part[name] === "string") part[name] = resolve(folder, part[name]);
  for (const { user: one } of copy.users)
    if (one.exec?.command.includes("/")) one.exec.command = resolve(folder, one.exec.command);
  return copy;
}

function parsed(text: string, where: string): unknown {
  try {
    return parse(text);
  } catch {
    // What the parser says of it may quote its secrets.
    throw new TaskFailure(`${where} is no YAML`);
  }
}

/** Several kubeconfigs as one: the first that names something wins, as for kubectl. */
export function mergedKubeconfig(configs: readonly Kubeconfig[]): Kubeconfig {
  return {
    clusters: configs.flatMap((config) => config.clusters),
    users: configs.flatMap((config) => config.users),
    contexts: configs.flatMap((config) => config.contexts),
    "current-context": configs.map((config) => config["current-context"]).find(Boolean),
  };
}

/** The access of a context: the current one where none is named. Throws `TaskFailure` when it is not there. */
export async function accessOf(config: Kubeconfig, contextName = config["current-context"]): Promise<ClusterAccess> {
  if (!contextName) throw new TaskFailure("the kubeconfig has no `current-context`: name one by `context`");
  const chosen = found(config.contexts, contextName, "context").context;
  const target = found(config.clusters, chosen.cluster, "cluster").cluster;
  const who = chosen.user === "" ? {} : found(config.users, chosen.user, "user").user;
  const credential = who.exec === undefined ? undefined : await execCredential(who.exec, target);
  const tls: TlsOptions = {
    ca: await fileOrData(target["certificate-authority"], target["certificate-authority-data"]),
    cert: credential?.certificate ?? (await fileOrData(who["client-certificate"], who["client-certificate-data"])),
    key: credential?.key ?? (await fileOrData(who["client-key"], who["client-key-data"])),
    servername: target["tls-server-name"],
    ...(target["insecure-skip-tls-verify"] === true && { rejectUnauthorized: false }),
  };
  return {
    server: target.server.replace(/\/+$/, ""),
    namespace: chosen.namespace,
    tls,
    proxy: target["proxy-url"],
    headers: headersOf(who, credential),
    expiresAt: credential?.expiresAt,
  };
}

function found<Entry extends { readonly name: string }>(list: readonly Entry[], name: string, kind: string): Entry {
  const entry = list.find((one) => one.name === name);
  if (entry !== undefined) return entry;
  const names = list.map((one) => one.name).join(", ");
  throw new TaskFailure(`the kubeconfig has no ${kind} "${name}": it has ${names || "none"}`);
}

async function fileOrData(file: string | undefined, data: string | undefined): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
  return file === undefined ? undefined : await readFile(file, "utf8");
}

function headersOf(who: z.output<typeof user>, credential: ExecCredential | undefined): ClusterAccess["headers"] {
  const acting = {
    ...(who.as !== undefined && { "impersonate-user": who.as }),
    ...(who["as-uid"] !== undefined && { "impersonate-uid": who["as-uid"] }),
    ...(who["as-groups"] !== undefined && { "impersonate-group": who["as-groups"] }),
  };
  return async () => {
    const token =
      credential?.token ??
      (who.tokenFile === undefined ? who.token : (await readFile(who.tokenFile, "utf8")).trim()) ??
      undefined;
    if (token !== undefined) return { ...acting, authorization: `Bearer ${token}` };
    if (who.username === undefined) return acting;
    return { ...acting, authorization: basicHeader(who.username, who.password ?? "") };
  };
}
