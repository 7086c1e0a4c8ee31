import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProgram } from "@capstan/sdk/test-kit";

/** A real server with JetStream and nothing in it. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
}

/** With `authorization` as in the server's configuration, such as `{token: "word"}`. */
export async function startNats(authorization?: string): Promise<NatsServer> {
  const program = await startProgram({
    command: "nats-server",
    install: "apt-get install nats-server",
    args({ port, folder }) {
      const guard = authorization === undefined ? "" : `authorization ${authorization}\n`;
      const file = join(folder, "nats.conf");
      writeFileSync(file, `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${join(folder, "data")}" }\n${guard}`);
      return ["-c", file];
    },
    // Debian has it outside of the path of those who aren't root.
    environment: { PATH: `${process.env["PATH"]}:/usr/sbin` },
  });
  return {
    url: `nats://127.0.0.1:${program.port}`,
    kill: () => program.kill(),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
