import { dynamic, isFileAddress, secret, TaskFailure, text } from "@capstan/sdk";
import type { SFTPWrapper } from "ssh2";
import { z } from "zod";
import { serverOf, serverProperties } from "../connection-properties.ts";
import { type Caller, defineProtocol } from "../protocol.ts";
import { sftpFiles } from "./sftp-files.ts";
import { connectSsh, knownHosts } from "../ssh/ssh-connection.ts";

const proxy = () => text().optional().describe("Proxies are not supported: a task with one fails.");
const oldProxy = () =>
  text().optional().meta({ deprecated: true, description: "Proxies are not supported: a task with one fails." });

const connection = () => ({
  ...serverProperties({ port: 22 }),
  keyfile: secret()
    .optional()
    .describe("The user's private key itself, in the form of OpenSSH or PEM, or the address of a file that holds it."),
  passphrase: secret().optional().describe("Passphrase of the key."),
  knownHosts: knownHosts(),
  enableSshRsa1: dynamic(z.boolean())
    .default(false)
    .describe("Whether the server may sign with RSA and SHA-1, as very old ones do."),
  keyExchangeAlgorithm: text()
    .optional()
    .describe("Ways to exchange keys, with commas between them. Default: those that count as safe."),
  proxyHost: oldProxy(),
  proxyAddress: proxy(),
  proxyPort: proxy(),
  proxyUser: oldProxy(),
  proxyUsername: proxy(),
  proxyPassword: secret().optional().describe("Proxies are not supported: a task with one fails."),
  proxyType: proxy(),
});

type Properties = z.output<z.ZodObject<ReturnType<typeof connection>>>;

/** Files by SFTP, the protocol of SSH for them. */
export const sftp = defineProtocol({
  prefix: "io.kestra.plugin.fs.sftp",
  name: "SFTP",
  exampleLines:
    "host: files.example.com\nusername: capstan\nkeyfile: \"{{ secret('SFTP_KEY') }}\"\nknownHosts: \"{{ secret('SFTP_KNOWN_HOSTS') }}\"\n",
  connection,
  open,
});

async function open(properties: Properties, caller: Caller) {
  if (properties.proxyAddress !== undefined || properties.proxyHost !== undefined)
    throw new TaskFailure("Proxies are not supported for SFTP: connect without one, or through a tunnel of your own.");
  const { keyfile, ...given } = properties;
  const server = serverOf(properties);
  const isAddress = keyfile !== undefined && isFileAddress(keyfile);
  const privateKey = isAddress ? await caller.files.text(keyfile.trim()) : keyfile;
  const client = await connectSsh({ ...given, ...server, privateKey }, caller);
  let isOpen = true;
  client.on("close", () => (isOpen = false));
  try {
    const wrapper = await begun((done) => client.sftp(done));
    const root = properties.rootDir ? await begun<string>((done) => wrapper.realpath(".", done)) : "/";
    const place = { address: `sftp://${server.shown}`, root, signal: caller.signal, isOpen: () => isOpen };
    return { files: sftpFiles(wrapper, place), [Symbol.dispose]: () => void client.destroy() };
  } catch (error) {
    client.destroy();
    caller.signal.throwIfAborted();
    throw new TaskFailure(
      `${server.shown} lets the user in, but offers no SFTP: ${(error as Error).message}. Ask who runs it.`,
      { cause: error },
    );
  }
}

function begun<Value = SFTPWrapper>(
  begin: (done: (error: Error | undefined, value: Value) => void) => void,
): Promise<Value> {
  return new Promise((resolve, reject) => begin((error, value) => (error ? reject(error) : resolve(value))));
}
