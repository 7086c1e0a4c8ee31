export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment; the one place that reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** Whether a pipeline runs the command: nobody watches it, and what it prints is kept as a log. */
export function isPipeline(environment: Environment): boolean {
  return !["", "0", "false"].includes(environment["CI"] ?? "");
}
