import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { TaskFailure } from "@capstan/sdk";
import { z } from "zod";

const run = promisify(execFile);

/** For a program that asks a person to log in: nobody is there. */
const PROGRAM_MS_MAX = 60_000;
/** Before a credential runs out, in milliseconds. */
const EARLY_MS = 60_000;

/** A program that knows credentials, as in a kubeconfig: client.authentication.k8s.io. */
export const execPlugin = () =>
  z.object({
    apiVersion: z.string().default("client.authentication.k8s.io/v1"),
    command: z.string(),
    args: z.array(z.string()).nullish(),
    env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
    installHint: z.string().optional(),
    provideClusterInfo: z.boolean().optional(),
  });

export interface ExecCredential {
  readonly token?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly expiresAt?: number | undefined;
}

const answer = z.object({
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
});

/** Asks the program of a kubeconfig. Throws `TaskFailure` when it fails; what it printed is not shown, which may be secret. */
export async function execCredential(
  plugin: z.output<ReturnType<typeof execPlugin>>,
  cluster: Readonly<Record<string, unknown>>,
): Promise<ExecCredential> {
  const info = {
    apiVersion: plugin.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(plugin.provideClusterInfo === true && { cluster }) },
  };
  const env = {
    ...process.env,
    ...Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  };
  try {
    const { stdout } = await run(plugin.command, plugin.args ?? [], { env, timeout: PROGRAM_MS_MAX });
    const { status } = answer.parse(JSON.parse(stdout));
    return {
      token: status.token,
      certificate: status.clientCertificateData,
      key: status.clientKeyData,
      ...(status.expirationTimestamp !== undefined && { expiresAt: Date.parse(status.expirationTimestamp) - EARLY_MS }),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "it is not installed" : `it failed${code === undefined ? "" : ` (${code})`}`;
    const hint = plugin.installHint === undefined ? "" : `: ${plugin.installHint}`;
    throw new TaskFailure(`the program ${plugin.command} of the kubeconfig gives no credential: ${why}${hint}`);
  }
}
