import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type StartedProgram, startProgram } from "@capstan/sdk/test-kit";

export interface StartedServer extends AsyncDisposable {
  readonly url: string;
}

/** Who may ask a server that was started `withPassword`. */
export const USER = { username: "capstan", password: "open sesame" } as const;
/** Of the password of `USER`, by bcrypt with the least cost. */
const PASSWORD_HASH = "$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy";

const SCRAPE_INTERVAL = "100ms";
const KNOWN_MS_MAX = 30_000;
const LOOK_MS = 25;
const INSTALL = "apt-get install prometheus prometheus-pushgateway";

interface Target {
  readonly job: string;
  /** Host and port. */
  readonly address: string;
}

/** A Prometheus that asks each target ten times a second; labels that a Pushgateway gives stay. */
export async function startPrometheus(
  targets: readonly Target[],
  { withPassword = false }: { readonly withPassword?: boolean } = {},
): Promise<StartedServer> {
  const authorization = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString("base64")}`;
  const program = await startProgram({
    command: "prometheus",
    install: INSTALL,
    args({ port, folder }) {
      writeFileSync(join(folder, "prometheus.yml"), scrapeConfig(targets));
      writeFileSync(
        join(folder, "web.yml"),
        withPassword ? `basic_auth_users:\n  ${USER.username}: ${PASSWORD_HASH}\n` : "",
      );
      return [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--web.config.file=${join(folder, "web.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=warn",
      ];
    },
    isReady: ({ port }) =>
      answersWell(`http://127.0.0.1:${port}/-/ready`, withPassword ? { Authorization: authorization } : {}),
  });
  return serverOf(program);
}

/** A Pushgateway that keeps what it has in memory. */
export async function startPushgateway(): Promise<StartedServer> {
  const program = await startProgram({
    command: "prometheus-pushgateway",
    install: INSTALL,
    args: ({ port }) => [`--web.listen-address=127.0.0.1:${port}`, "--persistence.file=", "--log.level=warn"],
    isReady: ({ port }) => answersWell(`http://127.0.0.1:${port}/-/ready`),
  });
  return serverOf(program);
}

/** What Prometheus gets to know within seconds, it is asked for again and again until there is something. */
export async function eventually<Found>(ask: () => Promise<Found | undefined>): Promise<Found> {
  for (const deadline = Date.now() + KNOWN_MS_MAX; Date.now() < deadline; await delay(LOOK_MS)) {
    const found = await ask();
    if (found !== undefined) return found;
  }
  throw new Error(`Prometheus did not get to know it within ${KNOWN_MS_MAX} ms`);
}

function scrapeConfig(targets: readonly Target[]): string {
  const configs = targets.map(({ job, address }) => ({
    job_name: job,
    honor_labels: true,
    static_configs: [{ targets: [address] }],
  }));
  const global = { scrape_interval: SCRAPE_INTERVAL, scrape_timeout: SCRAPE_INTERVAL };
  return JSON.stringify({ global, scrape_configs: configs }); // JSON is YAML.
}

function serverOf(program: StartedProgram): StartedServer {
  const { port, [Symbol.asyncDispose]: dispose } = program;
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: dispose };
}

async function answersWell(url: string, headers: Readonly<Record<string, string>> = {}): Promise<boolean> {
  try {
    const response = await fetch(url, { headers });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // Nobody listens there yet.
  }
}
