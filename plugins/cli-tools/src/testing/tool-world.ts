import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { JsonMap, TaskCommand, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, runProcess, type TaskOutcome, type TestWorld } from "@capstan/sdk/test-kit";

export interface ToolRun extends TaskOutcome {
  readonly world: TestWorld;
  /** What the program printed. */
  readonly lines: readonly string[];
  readonly image: string | undefined;
}

/** Of the machine that runs the test. */
const INHERITED = Object.keys(process.env).join("|");

/** Prints how it was called, what of its environment has one of the prefixes, and what the files hold that are named there. */
const PROGRAM = `#!/bin/sh
echo "$(basename "$0")" "$@"
env | grep -E "^(AWS|CLOUDSDK|GOOGLE|DATABRICKS|SNOWFLAKE|PRIVATE|REDISCLI|DBT|ANSIBLE|TF_VAR|CAPSTAN_AZURE)_" | grep -vE "^(${INHERITED})=" | sort
for file in "$AWS_CONFIG_FILE" "$GOOGLE_APPLICATION_CREDENTIALS" "$SNOWFLAKE_PRIVATE_KEY_FILE" "$ANSIBLE_CONFIG"; do
  if [ -n "$file" ]; then cat "$file"; fi
done
exit 0
`;

interface ToolOptions {
  readonly program: string;
  /** What the program does; by default it tells how it was called. */
  readonly script?: string;
  readonly before?: (world: TestWorld) => Promise<void>;
}

/** Runs a task as real processes, with a program of this name in place of the tool, which may be given a script of its own. */
export async function runTool(
  task: TaskDefinition,
  properties: JsonMap,
  { program, script = PROGRAM, before }: ToolOptions,
): Promise<ToolRun> {
  const folder = mkdtempSync(join(tmpdir(), "capstan-tool-"));
  const path = join(folder, program);
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  let image: string | undefined;
  const world = createTestWorld({
    runCommand: async (command: TaskCommand) => {
      image = command.containerImage;
      const env = { ...command.env, PATH: `${folder}${delimiter}${process.env["PATH"]}` };
      return runProcess({ ...command, env });
    },
  });
  try {
    await before?.(world);
    const outcome = await world.run(task, properties);
    return { ...outcome, world, lines: world.logs.map(({ message }) => message), image };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
