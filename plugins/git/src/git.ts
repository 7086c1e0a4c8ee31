import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { type Connection, type Remote, remoteOf } from "./connection.ts";

/** Git, ready to speak with one server. */
export interface Git extends AsyncDisposable {
  /** The address, without what logs in with it. */
  readonly url: string;
  /** Runs it in a folder; answers what it printed. Throws `TaskFailure` that says what failed, and why. */
  run(folder: string, ...words: readonly string[]): Promise<string>;
}

/** Gives what it was started with, to the server that the setting is for. */
const CREDENTIAL_HELPER = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$CAPSTAN_GIT_USERNAME" "$CAPSTAN_GIT_PASSWORD"; }; f`;
/** What SSH is given the passphrase of a key by. */
const ASKPASS = '#!/bin/sh\nprintf "%s\\n" "$CAPSTAN_GIT_PASSPHRASE"\n';
/** Characters of what it printed that are kept: the answers are lists of references and of changed files. */
const PRINTED_MAX = 33_554_432;
/** Characters of its complaints that are shown. */
const COMPLAINT_MAX = 2_000;
/** Variables of the worker that it is given. */
const INHERITED = /^(?:PATH|TZ|TMPDIR|(?:HTTPS?|ALL|NO)_PROXY|SSL_CERT_(?:FILE|DIR))$/i;

/** What logs in stays in a folder of its own and in the environment; nothing of it is an argument, or in the repository's settings. */
export async function openGit({
  properties,
  signal,
  mask,
}: Pick<TaskContext<Connection>, "properties" | "signal" | "mask">): Promise<Git> {
  const remote = remoteOf(properties);
  if (remote.password !== undefined) mask(remote.password);
  const folder = await mkdtemp(join(tmpdir(), "capstan-git-"));
  const dispose = async () => rm(folder, { recursive: true, force: true });
  try {
    const env = await environmentOf(folder, properties, remote);
    return {
      url: remote.url,
      run: (cwd, ...words) => runGit(words, { cwd, env, signal }),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function environmentOf(folder: string, connection: Connection, remote: Remote): Promise<Record<string, string>> {
  const inherited = Object.entries(process.env).filter(([name]) => INHERITED.test(name));
  return {
    ...(Object.fromEntries(inherited) as Record<string, string>),
    LC_ALL: "C",
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    // Neither files of the worker nor programs, which an address may name as well.
    GIT_ALLOW_PROTOCOL: "http:https:ssh:git",
    CAPSTAN_GIT_USERNAME: remote.username ?? "git",
    CAPSTAN_GIT_PASSWORD: remote.password ?? "",
    ...settingsOf(connection, remote),
    ...(await sshOf(folder, connection)),
  };
}

/** Settings as variables, which override all files. */
function settingsOf(connection: Connection, remote: Remote): Record<string, string> {
  const { readTimeout, trustedCaPemPath, noProxy, gitConfig = {} } = connection;
  const settings: readonly (readonly [string, string])[] = [
    ["safe.directory", "*"],
    ["init.templateDir", ""],
    ["core.hooksPath", "/dev/null"],
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", String(Math.ceil(readTimeout / 1_000))],
    ["credential.helper", ""],
    ...(remote.password === undefined
      ? []
      : [[`credential.${new URL(remote.url).origin}.helper`, CREDENTIAL_HELPER] as const]),
    ...(trustedCaPemPath === undefined ? [] : [["http.sslCAInfo", trustedCaPemPath] as const]),
    ...(noProxy ? [["http.proxy", ""] as const] : []),
    ...Object.entries(gitConfig).map(([name, value]) => [name, String(value)] as const),
  ];
  const variables = settings.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { ...(Object.fromEntries(variables) as Record<string, string>), GIT_CONFIG_COUNT: String(settings.length) };
}

async function sshOf(folder: string, connection: Connection): Promise<Record<string, string>> {
  const { privateKey, passphrase, connectTimeout } = connection;
  const options = [
    `ConnectTimeout=${Math.ceil(connectTimeout / 1_000)}`,
    // The key of a server is not known beforehand; a password is never sent to it.
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${join(folder, "known_hosts")}`,
    "PreferredAuthentications=publickey",
    ...(passphrase === undefined ? ["BatchMode=yes"] : []),
  ].map((option) => `-o ${option}`);
  if (privateKey === undefined) return { GIT_SSH_COMMAND: ["ssh", ...options].join(" ") };
  const [key, askpass] = ["key", "askpass"].map((name) => join(folder, name)) as [string, string];
  await writeFile(key, `${privateKey.trim()}\n`, { mode: 0o600 });
  await writeFile(askpass, ASKPASS, { mode: 0o700 });
  return {
    GIT_SSH_COMMAND: ["ssh", "-i", key, "-o", "IdentitiesOnly=yes", ...options].join(" "),
    ...(passphrase !== undefined && {
      SSH_ASKPASS: askpass,
      SSH_ASKPASS_REQUIRE: "force",
      CAPSTAN_GIT_PASSPHRASE: passphrase,
    }),
  };
}

interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

function runGit(words: readonly string[], { cwd, env, signal }: RunOptions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  signal.throwIfAborted();
  // A group of its own: it starts programs for HTTP and SSH, which end with it.
  const child = spawn("git", words, { cwd, env: { ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  };
  signal.addEventListener("abort", kill, { once: true });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (piece: string) => {
      if (printed[name].length < PRINTED_MAX) printed[name] += piece;
    });
  child.once("error", (error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "there is no program `git` on this worker. Install it" : error.message;
    reject(new TaskFailure(`Git can't be started: ${reason}.`, { cause: error }));
  });
  child.once("close", (code) => {
    signal.removeEventListener("abort", kill);
    if (signal.aborted) reject(signal.reason as Error);
    else if (code === 0) resolve(printed.stdout);
    else reject(new TaskFailure(`git ${words[0]} failed: ${complaintOf(printed.stderr)}`));
  });
  return promise;
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/could not read Username|Authentication failed|HTTP 40[13]/i, "Check `username` and `password`."],
  [/Permission denied \(publickey/i, "Check `privateKey`, and that the server knows the public one."],
  [/Repository not found|not found|does not appear to be a git repository/i, "Check `url`, and who may read it."],
  [/transport '\w+' not allowed/i, "Only http, https, ssh and git are."],
  [/\[rejected\]|non-fast-forward|fetch first/i, "Somebody pushed meanwhile; try it again."],
];

function complaintOf(stderr: string): string {
  const lines = stderr
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(?:remote: )?(?:Enumerating|Counting|Compressing)/.test(line));
  const told = lines
    .map((line) => line.replace(/^(?:fatal|error): /, ""))
    .join(" ")
    .trim();
  const hint = HINTS.find(([pattern]) => pattern.test(told))?.[1];
  const shown = told === "" ? "it says nothing" : told.slice(0, COMPLAINT_MAX);
  return [shown.replace(/[.!]?$/, "."), ...(hint === undefined ? [] : [hint])].join(" ");
}
