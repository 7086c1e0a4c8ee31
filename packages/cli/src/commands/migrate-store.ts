import { join, resolve } from "node:path";
import {
  openSqliteTransfer,
  transfer,
  type TransferPlace,
  type TransferReport,
  type TransferRole,
} from "@capstan/store";
import { openPostgresTransfer } from "@capstan/store/postgres";
import { type Configuration, loadConfiguration } from "../configuration.ts";
import { makeDataFolder } from "../data-store.ts";
import { Mistake } from "../mistake.ts";
import { processEnvironment } from "../process-environment.ts";
import { formatTable } from "../terminal/table.ts";
import { transferProgress } from "../terminal/transfer-progress.ts";

export interface MigrateStoreOptions {
  /** A data folder, or the address of a PostgreSQL database. */
  readonly from: string;
  readonly to: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** Copies all rows of one database into an empty one, and reads every one back. The files of the data folder stay where they are. */
export async function migrateStore({ from, to, config, json = false }: MigrateStoreOptions): Promise<number> {
  if (resolved(from) === resolved(to)) throw new Mistake("--from and --to are the same place — name two");
  const { configuration, warnings } = loadConfiguration(config, processEnvironment());
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  const startedAt = performance.now();
  const source = await openPlace(from, "source", configuration);
  try {
    const target = await openPlace(to, "target", configuration);
    try {
      const report = await moved(source, target, json);
      print({ report, from: source.label, to: target.label, seconds: (performance.now() - startedAt) / 1_000, json });
      return 0;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function moved(source: TransferPlace, target: TransferPlace, json: boolean): Promise<TransferReport> {
  if (json || !process.stderr.isTTY) return transfer(source, target);
  const progress = transferProgress(process.stderr);
  try {
    return await transfer(source, target, progress.show);
  } finally {
    progress.end();
  }
}

function isAddress(place: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(place);
}

function resolved(place: string): string {
  return isAddress(place) ? place : resolve(place);
}

async function openPlace(place: string, role: TransferRole, { database }: Configuration): Promise<TransferPlace> {
  if (isAddress(place)) {
    const { password, schema } = database;
    return openPostgresTransfer({ url: place, password, schema }, role);
  }
  if (role === "target") makeDataFolder(place);
  return openSqliteTransfer(join(place, "capstan.db"), role);
}

interface Outcome {
  readonly report: TransferReport;
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  readonly json: boolean;
}

function print({ report, from, to, seconds, json }: Outcome): void {
  const rowsPerSecond = Math.round(report.rows / seconds);
  if (json) {
    const whole = { from, to, ...report, seconds: Math.round(seconds * 1_000) / 1_000, rowsPerSecond };
    process.stdout.write(`${JSON.stringify(whole, undefined, 2)}\n`);
    return;
  }
  const lines = report.tables.map(({ table, rows }) => [table, rows.toLocaleString("en")]);
  process.stdout.write(formatTable(["TABLE", "ROWS"], lines));
  process.stdout.write(
    `moved ${report.rows.toLocaleString("en")} rows from ${from} to ${to} in ${seconds.toFixed(1)} s, and read each one back\n` +
      "the source is as it was; files of executions stay in their data folder: start the server with it\n",
  );
}
