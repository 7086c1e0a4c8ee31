import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { localTime } from "../terminal/local-time.ts";
import { readableDuration } from "../terminal/readable-duration.ts";
import { formatTable } from "../terminal/table.ts";

export interface MemberListOptions extends ConnectionOptions {
  readonly json?: boolean;
}

export async function memberList(options: MemberListOptions): Promise<number> {
  const members = await connect(options).listMembers();
  if (options.json === true) process.stdout.write(`${JSON.stringify(members, undefined, 2)}\n`);
  else
    process.stdout.write(
      formatTable(
        ["STATE", "ROLES", "NAME", "ADDRESS", "VERSION", "STARTED", "SILENT FOR"],
        members.map(({ state, roles, name, address = "", version, startedAt, silentMs }) => [
          state,
          roles.join(", "),
          name,
          address,
          version,
          localTime(startedAt),
          readableDuration(silentMs),
        ]),
      ),
    );
  return 0;
}
