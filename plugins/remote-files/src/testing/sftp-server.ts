import { mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { startProgram } from "@capstan/sdk/test-kit";
import ssh2 from "ssh2";
import type { RemoteServer } from "./remote-server.ts";

export interface SftpServer extends RemoteServer {
  /** The line of `known_hosts` for it. */
  readonly knownHosts: string;
  /** Its key, as OpenSSH writes public ones. */
  readonly publicKey: string;
}

/** Starts OpenSSH, which lets the user of the test in with a key, and puts them into a folder of its own. */
export async function startSftpServer(): Promise<SftpServer> {
  const hostKey = ssh2.utils.generateKeyPairSync("ed25519");
  const userKey = ssh2.utils.generateKeyPairSync("ed25519");
  // It demands this folder where it is started by root, and system services make it elsewhere.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const program = await startProgram({
    command: "/usr/sbin/sshd",
    install: "apt-get install openssh-server",
    args({ port, folder }) {
      const file = (name: string, content: string) => {
        writeFileSync(join(folder, name), content, { mode: 0o600 });
        return join(folder, name);
      };
      mkdirSync(join(folder, "home"));
      const lines = [
        `Port ${port}`,
        "ListenAddress 127.0.0.1",
        `HostKey ${file("host-key", hostKey.private)}`,
        `AuthorizedKeysFile ${file("authorized-keys", userKey.public)}`,
        "StrictModes no",
        "UsePAM no",
        "PidFile none",
        "PermitRootLogin yes",
        "MaxStartups 100",
        "AcceptEnv CAPSTAN_*",
        `Subsystem sftp internal-sftp -d ${join(folder, "home")}`,
      ];
      return ["-D", "-e", "-f", file("sshd_config", `${lines.join("\n")}\n`)];
    },
  });
  return {
    folder: join(program.folder, "home"),
    root: join(program.folder, "home"),
    prefix: "sftp",
    address: `sftp://127.0.0.1:${program.port}`,
    secrets: [userKey.private],
    connection: {
      host: "127.0.0.1",
      port: String(program.port),
      username: userInfo().username,
      keyfile: userKey.private,
    },
    publicKey: hostKey.public,
    knownHosts: `[127.0.0.1]:${program.port} ${hostKey.public}`,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
