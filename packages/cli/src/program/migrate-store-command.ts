import type { Command } from "commander";
import { type Exit, withHelp, WRONG } from "./help.ts";

/** The command that moves an installation to another database. */
export function addMigrateStore(program: Command, exit: Exit): void {
  const migrate = program
    .command("migrate-store")
    .description("copy all rows from SQLite to PostgreSQL, or back, and read each one back")
    .requiredOption("--from <place>", "data folder of a stopped server, or postgres://…")
    .requiredOption("--to <place>", "empty PostgreSQL database: postgres://…, or a data folder")
    .option("--config <file>", "configuration file (YAML) with the password and the schema; none by default")
    .option("--json", "print {from, to, tables, rows, seconds, rowsPerSecond} and nothing else")
    .action(async (options) => exit(await (await import("../commands/migrate-store.ts")).migrateStore(options)));
  withHelp(migrate, {
    notes: [
      "No server may run on either. The source stays as it is, and so do the files in",
      "the data folder. What is interrupted begins anew when it is run again; no server",
      "starts on a part. database.schema and database.password are those of the address.",
    ],
    exitCodes: ["0 all rows are there", "1 they are not: one place is in use, not empty or can't be reached", WRONG],
    examples: ["capstan migrate-store --from .capstan --to postgres://capstan@db.example.org/capstan"],
  });
}
