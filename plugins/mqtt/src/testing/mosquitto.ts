import { pbkdf2Sync, randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProgram } from "@capstan/sdk/test-kit";

/** A real broker with nothing in it. */
export interface Broker extends AsyncDisposable {
  readonly url: string;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
}

export interface User {
  readonly username: string;
  readonly password: string;
}

/** As often as Mosquitto itself. */
const HASH_TURNS = 101;
const INSTALL = "apt-get install mosquitto";

export interface BrokerOptions {
  /** Who may connect; without one, anybody. */
  readonly user?: User;
  /** With this it speaks TLS alone. */
  readonly tls?: { readonly keyFile: string; readonly certFile: string };
}

/** Starts Mosquitto. */
export async function startMosquitto({ user, tls }: BrokerOptions = {}): Promise<Broker> {
  const program = await startProgram({
    command: "mosquitto",
    install: INSTALL,
    args({ port, folder }) {
      chmodSync(folder, 0o755); // It gives up the rights of root before it reads its files.
      const lines = [`listener ${port} 127.0.0.1`, `allow_anonymous ${user === undefined}`];
      if (user !== undefined) lines.push(`password_file ${passwordFile(folder, user)}`);
      if (tls !== undefined) lines.push(`keyfile ${tls.keyFile}`, `certfile ${tls.certFile}`);
      writeFileSync(join(folder, "mosquitto.conf"), `${lines.join("\n")}\n`);
      return ["-c", join(folder, "mosquitto.conf")];
    },
    // Its programs are outside of the path of those who aren't root.
    environment: { PATH: `${process.env["PATH"]}:/usr/sbin` },
  });
  return {
    url: `tcp://127.0.0.1:${program.port}`,
    kill: () => program.kill(),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

function passwordFile(folder: string, { username, password }: User): string {
  const path = join(folder, "passwords");
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, HASH_TURNS, 64, "sha512");
  const kept = `$7$${HASH_TURNS}$${salt.toString("base64")}$${hash.toString("base64")}`;
  writeFileSync(path, `${username}:${kept}\n`, { mode: 0o644 });
  return path;
}
