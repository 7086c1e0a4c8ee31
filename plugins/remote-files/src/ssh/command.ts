import {
  defineTask,
  dynamic,
  isFileAddress,
  listOrText,
  secret,
  type TaskContext,
  TaskFailure,
  text,
  textMap,
} from "@capstan/sdk";
import { z } from "zod";
import { serverOf } from "../connection-properties.ts";
import { runRemotely } from "./run-remotely.ts";
import { knownHosts, type SshLogin } from "./ssh-connection.ts";

const TYPE = "io.kestra.plugin.fs.ssh.Command";

const unused = (description: string) => text().optional().meta({ deprecated: true, description });

const properties = () =>
  z.object({
    host: text().describe("Name or address of the server."),
    port: text().default("22").describe("Its port. Default: 22."),
    authMethod: dynamic(z.enum(["PASSWORD", "PUBLIC_KEY", "OPEN_SSH"]))
      .default("PASSWORD")
      .describe(
        "How the user is let in: by PASSWORD, or by PUBLIC_KEY. OPEN_SSH, by the files of the worker's own user, is not supported: a task with it fails.",
      ),
    username: text().optional().describe("Name at the server."),
    password: secret().optional().describe("Password at the server, for PASSWORD."),
    privateKey: secret()
      .optional()
      .describe(
        "The user's private key itself, in the form of OpenSSH or PEM, or the address of a file that holds it, for PUBLIC_KEY.",
      ),
    privateKeyPassphrase: secret().optional().describe("Passphrase of the key."),
    commands: listOrText().describe(
      "Lines for the shell of the user, which run one after the other. The last one's exit code counts; with `set -e` as the first, the first that fails ends them.",
    ),
    env: textMap()
      .optional()
      .describe(
        "Environment variables. The server must accept them (`AcceptEnv` of OpenSSH); it leaves out the others without a word.",
      ),
    strictHostKeyChecking: text()
      .default("no")
      .describe(
        "`no` takes any key of a server unless `knownHosts` is given; `yes` demands `knownHosts`. Default: no.",
      ),
    knownHosts: knownHosts(),
    enableSshRsa1: dynamic(z.boolean())
      .default(false)
      .describe("Whether the server may sign with RSA and SHA-1, as very old ones do."),
    proxyCommand: text().optional().describe("Proxies are not supported: a task with one fails."),
    openSSHConfigPath: text().optional().describe("Says nothing without OPEN_SSH, which is not supported."),
    openSSHConfigDir: unused("Says nothing without OPEN_SSH, which is not supported."),
    warningOnStdErr: dynamic(z.boolean()).optional().meta({
      deprecated: true,
      description: "Says nothing: what is written to the error output is logged as an error.",
    }),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Runs commands on another machine. */
export const command = defineTask({
  type: TYPE,
  title: "Run commands on another machine by SSH",
  description:
    'What the commands print is logged as it comes; lines such as `::{"outputs": {"rows": 3}}::` are outputs. The task fails when the exit code is not 0. ' +
    "A kill sends the commands KILL, as far as the server lets it.",
  properties,
  outputs: () =>
    z.object({
      exitCode: z.int().describe("Exit code of the last command."),
      vars: z.record(z.string(), z.unknown()).describe("Outputs that the commands printed."),
    }),
  examples: [
    {
      title: "Restart a service",
      code:
        `id: restart\ntype: ${TYPE}\nhost: app.example.com\nusername: deploy\nauthMethod: PUBLIC_KEY\n` +
        "privateKey: \"{{ secret('SSH_KEY') }}\"\nknownHosts: \"{{ secret('SSH_KNOWN_HOSTS') }}\"\n" +
        "commands:\n  - set -e\n  - systemctl restart app\n  - systemctl is-active app\n",
    },
  ],
  async run(context) {
    const login = await loginOf(context);
    const { commands, env = {} } = context.properties;
    return await runRemotely(context, login, { script: commands.join("\n"), env });
  },
});

async function loginOf({ properties, files }: TaskContext<Properties>): Promise<SshLogin> {
  const { authMethod, username, password, privateKey, privateKeyPassphrase: passphrase, enableSshRsa1 } = properties;
  if (properties.proxyCommand !== undefined)
    throw new TaskFailure("Proxies are not supported for SSH: connect without one, or through a tunnel of your own.");
  if (authMethod === "OPEN_SSH")
    throw new TaskFailure("`authMethod: OPEN_SSH` is not supported: take PUBLIC_KEY, with the key as `privateKey`.");
  if (properties.strictHostKeyChecking.toLowerCase() !== "no" && properties.knownHosts === undefined)
    throw new TaskFailure("`strictHostKeyChecking` needs `knownHosts`: give it what `ssh-keyscan` prints.");
  const server = { ...serverOf(properties), username, knownHosts: properties.knownHosts, enableSshRsa1 };
  if (authMethod === "PASSWORD") {
    if (password === undefined) throw new TaskFailure("`authMethod: PASSWORD` needs `password`.");
    return { ...server, password };
  }
  if (privateKey === undefined) throw new TaskFailure("`authMethod: PUBLIC_KEY` needs `privateKey`.");
  const key = isFileAddress(privateKey) ? await files.text(privateKey.trim()) : privateKey;
  return { ...server, privateKey: key, passphrase };
}
