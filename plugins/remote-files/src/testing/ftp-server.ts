import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { startProgram } from "@capstan/sdk/test-kit";
import type { RemoteServer } from "./remote-server.ts";

const PASSWORD = "word-of-the-user";
const MODULES = "/usr/lib/proftpd";
const INSTALL = "apt-get install proftpd-core proftpd-mod-crypto";

export interface FtpOptions {
  /** How TLS begins; without it, there is none. */
  readonly mode?: "EXPLICIT" | "IMPLICIT";
  /** Whether it has only lists for people, as old servers do. */
  readonly isOld?: boolean;
}

/** Starts ProFTPD with one user, who is put into a folder of its own. */
export async function startFtpServer({ mode, isOld = false }: FtpOptions = {}): Promise<RemoteServer> {
  if (!existsSync(join(MODULES, "mod_tls.so"))) throw new Error(`ProFTPD lacks TLS, which this test needs: ${INSTALL}`);
  const { uid, gid, username } = userInfo();
  const program = await startProgram({
    command: "/usr/sbin/proftpd",
    install: INSTALL,
    args({ port, folder }) {
      const home = join(folder, "home");
      mkdirSync(home);
      const hash = execFileSync("openssl", ["passwd", "-6", PASSWORD], { encoding: "utf8" }).trim();
      const users = join(folder, "users");
      writeFileSync(users, `capstan:${hash}:${uid}:${gid}::${home}:/bin/sh\n`, { mode: 0o600 });
      const lines = [
        `ModulePath ${MODULES}`,
        "LoadModule mod_tls.c",
        "ServerType standalone",
        "DefaultAddress 127.0.0.1",
        `Port ${port}`,
        `User ${username}`,
        `Group ${execFileSync("id", ["-gn"], { encoding: "utf8" }).trim()}`,
        `AuthUserFile ${users}`,
        "AuthOrder mod_auth_file.c",
        "RequireValidShell off",
        "RootLogin on",
        "UseFtpUsers off",
        "DelayEngine off",
        "WtmpLog off",
        "TransferLog none",
        "UseReverseDNS off",
        "AllowOverwrite on",
        "ControlsEngine off",
        `ScoreboardFile ${join(folder, "scoreboard")}`,
        `PidFile ${join(folder, "pid")}`,
        ...(isOld ? ["FactsAdvertise off"] : []),
        ...(mode === undefined ? [] : tlsLines(folder, mode)),
      ];
      const config = join(folder, "proftpd.conf");
      writeFileSync(config, `${lines.join("\n")}\n`);
      return ["-n", "-q", "-c", config];
    },
  });
  const prefix = mode === undefined ? "ftp" : "ftps";
  return {
    folder: join(program.folder, "home"),
    root: join(program.folder, "home"),
    prefix,
    address: `${prefix}://127.0.0.1:${program.port}`,
    secrets: [PASSWORD],
    connection: {
      host: "127.0.0.1",
      port: String(program.port),
      username: "capstan",
      password: PASSWORD,
      ...(mode !== undefined && { mode, insecureTrustAllCertificates: true }),
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

function tlsLines(folder: string, mode: "EXPLICIT" | "IMPLICIT"): readonly string[] {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const words = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${certificate}`;
  execFileSync("openssl", words.split(" "), { stdio: "ignore" });
  return [
    "TLSEngine on",
    `TLSRSACertificateFile ${certificate}`,
    `TLSRSACertificateKeyFile ${key}`,
    "TLSRequired on",
    ...(mode === "IMPLICIT" ? ["TLSOptions UseImplicitSSL"] : []),
  ];
}
