import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProgram, type StartedProgram } from "@capstan/sdk/test-kit";

export const REGISTRY_USER = { username: "ann", password: "registry-secret" };
/** The password as bcrypt makes it. */
const HASH = "$2b$04$abcdefghijklmnopqrstuu2fZl/x3nh66sAonKfBpDesaK60ZV4zW";

/** A registry that only the user above may use. */
export async function startRegistry(): Promise<StartedProgram> {
  return startProgram({
    command: "docker-registry",
    args: ({ port, folder }) => {
      const users = join(folder, "users");
      writeFileSync(users, `${REGISTRY_USER.username}:${HASH}\n`);
      const config = {
        version: 0.1,
        storage: { filesystem: { rootdirectory: join(folder, "data") } },
        http: { addr: `127.0.0.1:${port}` },
        auth: { htpasswd: { realm: "tests", path: users } },
      };
      const path = join(folder, "config.yml");
      writeFileSync(path, JSON.stringify(config));
      return ["serve", path];
    },
    install: "apt-get install docker-registry",
  });
}
