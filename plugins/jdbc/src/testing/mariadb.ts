import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { startProgram } from "@capstan/sdk/test-kit";

/** A server of MariaDB of one's own, with a database and somebody who may do everything in it. */
export interface MariadbServer extends AsyncDisposable {
  readonly port: number;
  /** Properties that connect to it. */
  readonly place: JsonMap & { readonly url: string; readonly username: string; readonly password: string };
}

const PASSWORD = "p'ass\"w@rd";
/** From this machine, nobody without a name goes before those of any place. */
const USERS = ["localhost", "%"]
  .flatMap((host) => [
    `CREATE USER app@'${host}' IDENTIFIED BY '${PASSWORD.replaceAll("'", "''")}';`,
    `GRANT ALL ON *.* TO app@'${host}';`,
  ])
  .concat("CREATE DATABASE shop;")
  .join("\n");

/** Debian's programs are not on the path of every account. */
const SCRIPT = `
PATH="$PATH:/usr/sbin:/sbin"
command -v mariadbd >/dev/null || { echo "no MariaDB is found, which these tests need: apt-get install mariadb-server"; exit 1; }
echo "$USERS" > "$1/users.sql"
mariadb-install-db --no-defaults --datadir="$1/data" --auth-root-authentication-method=normal --skip-test-db --user="$(id -un)" || exit 1
shift
exec mariadbd --no-defaults --user="$(id -un)" "$@"
`;

/** Makes and starts a server, with further options and files of its folder. */
export async function startMariadb(
  wanted: {
    readonly options?: (folder: string) => readonly string[];
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Promise<MariadbServer> {
  const { options = () => [], files = {} } = wanted;
  const server = await startProgram({
    command: "sh",
    args: ({ port, folder }) => [
      "-c",
      SCRIPT,
      "sh",
      folder,
      `--datadir=${join(folder, "data")}`,
      `--socket=${join(folder, "socket")}`,
      `--pid-file=${join(folder, "pid")}`,
      `--init-file=${join(folder, "users.sql")}`,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      "--innodb-flush-log-at-trx-commit=0",
      "--local-infile=1",
      ...options(folder),
    ],
    environment: { USERS },
    install: "apt-get install mariadb-server",
  });
  for (const [name, text] of Object.entries(files)) await writeFile(join(server.folder, name), text);
  const { port } = server;
  const place = { url: `jdbc:mariadb://127.0.0.1:${port}/shop`, username: "app", password: PASSWORD };
  return { port, place, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
