import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProgram, startServer } from "@capstan/sdk/test-kit";

const STEP = "100ms";
const INSTALL = "apt-get install prometheus prometheus-alertmanager";

/** A Prometheus that looks ten times a second for errors, and the Alertmanager that it tells. */
export interface Alerting extends AsyncDisposable {
  /** How many errors each service has from now on; a service with any has the alert `Errors`. */
  readonly setErrors: (errors: Readonly<Record<string, number>>) => void;
}

/** Starts both; `configuration` is that of Alertmanager. */
export async function startAlerting(configuration: string): Promise<Alerting> {
  let metrics = "";
  await using stack = new AsyncDisposableStack();
  const target = stack.use(
    await startServer((_request, response) => response.setHeader("content-type", "text/plain").end(metrics)),
  );
  const alertmanager = stack.use(
    await startProgram({
      command: "prometheus-alertmanager",
      install: INSTALL,
      args({ port, folder }) {
        const file = join(folder, "alertmanager.yml");
        writeFileSync(file, configuration);
        return [
          `--config.file=${file}`,
          `--storage.path=${join(folder, "data")}`,
          `--web.listen-address=127.0.0.1:${port}`,
          "--cluster.listen-address=",
          "--log.level=warn",
        ];
      },
    }),
  );
  stack.use(
    await startProgram({
      command: "prometheus",
      install: INSTALL,
      args({ port, folder }) {
        const file = join(folder, "prometheus.yml");
        const rules = join(folder, "rules.yml");
        writeFileSync(file, prometheusConfiguration(new URL(target.url).host, `127.0.0.1:${alertmanager.port}`, rules));
        writeFileSync(rules, RULES);
        return [
          `--config.file=${file}`,
          `--storage.tsdb.path=${join(folder, "data")}`,
          `--web.listen-address=127.0.0.1:${port}`,
          "--log.level=warn",
        ];
      },
    }),
  );
  const started = stack.move();
  return {
    setErrors: (errors) => {
      metrics = Object.entries(errors)
        .map(([service, count]) => `errors{service="${service}"} ${count}\n`)
        .join("");
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** JSON is YAML. */
const RULES = JSON.stringify({
  groups: [
    {
      name: "errors",
      interval: STEP,
      rules: [{ alert: "Errors", expr: "errors > 0", labels: { severity: "critical" } }],
    },
  ],
});

function prometheusConfiguration(target: string, alertmanager: string, rules: string): string {
  return JSON.stringify({
    global: { scrape_interval: STEP, scrape_timeout: STEP, evaluation_interval: STEP },
    rule_files: [rules],
    scrape_configs: [{ job_name: "services", static_configs: [{ targets: [target] }] }],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
  });
}
