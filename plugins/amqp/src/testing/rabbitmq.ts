import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, startProgram } from "@capstan/sdk/test-kit";

/** A real broker with nothing in it, and the user `guest`. */
export interface Broker extends AsyncDisposable {
  readonly port: number;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
}

const INSTALL = "apt-get install rabbitmq-server";

/** Starts RabbitMQ, with a registry of Erlang's nodes of its own, which it would leave behind. */
export async function startRabbit(): Promise<Broker> {
  const registry = await startProgram({
    command: "epmd",
    install: INSTALL,
    args: ({ port }) => ["-port", String(port), "-address", "127.0.0.1"],
  });
  try {
    const distribution = await freePort();
    const broker = await startProgram({
      // What the package has on the path wants to be root, or the user that it makes.
      command: "sh",
      install: INSTALL,
      args({ port, folder }) {
        writeFileSync(
          join(folder, "rabbitmq.conf"),
          `listeners.tcp.1 = 127.0.0.1:${port}\nlog.file = false\nlog.console = true\n`,
        );
        const settings = [
          `HOME=${folder}`,
          "RUNNING_UNDER_SYSTEMD=true", // It then takes the place of its shell, and ends with it.
          `RABBITMQ_NODENAME=capstan${port}@localhost`,
          `RABBITMQ_MNESIA_BASE=${folder}/data`,
          `RABBITMQ_LOG_BASE=${folder}/log`,
          `RABBITMQ_CONFIG_FILE=${folder}/rabbitmq`,
          `RABBITMQ_ENABLED_PLUGINS_FILE=${folder}/plugins`,
          `RABBITMQ_PID_FILE=${folder}/pid`,
          `RABBITMQ_DIST_PORT=${distribution}`,
          `ERL_EPMD_PORT=${registry.port}`,
          "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S1:1 +sbwt none",
        ];
        return ["-c", 'exec env "$@" /usr/lib/rabbitmq/bin/rabbitmq-server', "sh", ...settings];
      },
    });
    return {
      port: broker.port,
      kill: () => broker.kill(),
      async [Symbol.asyncDispose]() {
        await broker[Symbol.asyncDispose]();
        await registry[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await registry[Symbol.asyncDispose]();
    throw error;
  }
}
