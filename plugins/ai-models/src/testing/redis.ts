import { type StartedProgram, startProgram } from "@capstan/sdk/test-kit";

/** The server of Debian, with nothing in it. */
export function startRedis(): Promise<StartedProgram> {
  return startProgram({
    command: "redis-server",
    args: ({ port }) => ["--port", String(port), "--save", "", "--bind", "127.0.0.1"],
    install: "apt-get install redis-server",
  });
}
