import type { Readable } from "node:stream";
import { readLines, type TaskContext, TaskFailure } from "@capstan/sdk";
import { type CommandOutput, createCommandOutput } from "@capstan/sdk/commands";
import type { Client, ClientChannel } from "ssh2";
import { connectSsh, type SshLogin } from "./ssh-connection.ts";

/** Characters of a line; a longer one is broken. */
export const LINE_CHARACTERS_MAX = 2 * 1024 * 1024;

interface Script {
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a script at a server. Throws `TaskFailure` with the outputs when it ends with another code than 0. */
export async function runRemotely(
  { signal, log, metric }: Pick<TaskContext<unknown>, "signal" | "log" | "metric">,
  login: SshLogin,
  { script, env }: Script,
) {
  const output = createCommandOutput(log, metric);
  let channel: ClientChannel | undefined;
  const killed = Promise.withResolvers<never>();
  killed.promise.catch(() => undefined); // Whoever waits is told.
  const atAbort = (client: Client) => {
    killed.reject(signal.reason as Error);
    if (channel === undefined) client.destroy();
    // What was sent before the end arrives, and a server that lets it kills the commands.
    else {
      channel.signal("KILL");
      client.end();
    }
  };
  const client = await connectSsh(login, { signal, log, atAbort });
  try {
    channel = await begun(client, script, env);
    const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
    channel.on("exit", (code: number | null, signalName?: string) => end({ code, signalName }));
    channel.on("close", () => end({ code: null, signalName: undefined }));
    const printed = Promise.all([
      logged(channel, (line) => output.onLine("stdout", line)),
      logged(channel.stderr, (line) => output.onLine("stderr", line)),
    ]);
    const [ending] = await Promise.race([Promise.all([ended, printed]), killed.promise]);
    return outcomeOf(ending, output, login);
  } finally {
    if (!signal.aborted) client.end();
  }
}

interface Ending {
  readonly code: number | null;
  readonly signalName: string | undefined;
}

function outcomeOf({ code, signalName }: Ending, output: CommandOutput, { shown }: SshLogin) {
  const lost = output.loss();
  const outputs = { exitCode: code ?? -1, vars: output.vars };
  if (code === null)
    throw new TaskFailure(
      signalName === undefined
        ? `The connection to ${shown} was lost before the commands ended. Whether they still run is not known.`
        : `The commands were ended by the signal ${signalName}.`,
      { outputs },
    );
  if (code !== 0) throw new TaskFailure(`The commands ended with exit code ${code}.`, { outputs });
  if (lost !== undefined) throw new TaskFailure(`The commands succeeded, but ${lost}.`, { outputs });
  return outputs;
}

function begun(client: Client, script: string, env: Script["env"]): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.on("close", () => reject(new TaskFailure("The connection was lost before the commands began.")));
    client.exec(script, { env }, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(new TaskFailure(`The server runs no commands: ${error.message}. Ask who runs it.`, { cause: error }));
    });
  });
}

async function logged(content: Readable, log: (line: string) => void): Promise<void> {
  for await (const line of readLines(broken(content))) log(line.replace(/\r$/u, ""));
}

/** Breaks lines without end. */
async function* broken(content: Readable): AsyncGenerator<string> {
  let length = 0;
  for await (const piece of content.setEncoding("utf8") as AsyncIterable<string>) {
    yield piece;
    const end = piece.lastIndexOf("\n");
    length = end === -1 ? length + piece.length : piece.length - end - 1;
    if (length < LINE_CHARACTERS_MAX) continue;
    yield "\n";
    length = 0;
  }
}
