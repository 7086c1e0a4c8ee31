import type { Command } from "commander";
import { type Exit, onServer, withCommands } from "./help.ts";

/** The commands for the servers that share a database. */
export function addMember(program: Command, exit: Exit): void {
  const member = program.command("member").description("servers that share a PostgreSQL database: list");
  withCommands(member, "capstan member list");
  const list = member
    .command("list")
    .description("list the servers that share the database: which leads, which stand by, which are lost")
    .option("--json", "print JSON")
    .action(async (options) => exit(await (await import("../commands/member-list.ts")).memberList(options)));
  onServer(list, { examples: ["capstan member list"] });
}
