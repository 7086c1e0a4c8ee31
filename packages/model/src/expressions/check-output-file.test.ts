import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkFlow } from "../check-flow.ts";
import { text } from "../properties.ts";
import { permissiveCatalogue } from "../testing/permissive-catalogue.ts";

const COMMANDS = {
  type: "io.kestra.plugin.scripts.shell.Commands",
  element: "task",
  title: "Commands",
  properties: z.object({
    commands: z.array(text()),
    outputFiles: z.array(text()).optional(),
    runner: text().optional(),
  }),
} as const;

/** What is told of a task that runs this command, with this in `outputFiles`. */
function toldOf(command: string, outputFiles = "", more = ""): readonly (string | undefined)[] {
  const files = outputFiles === "" ? "" : `, outputFiles: [${outputFiles}]`;
  const task = `{id: t, type: ${COMMANDS.type}, commands: ["${command}"]${files}${more}}`;
  const { diagnostics } = checkFlow(`id: f\nnamespace: company\ntasks: [${task}]\n`, permissiveCatalogue([COMMANDS]));
  return diagnostics.map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`));
}

describe("the path of an output file", () => {
  test.each([
    ["{{ outputFiles.csv }}", "csv"],
    ["{{ outputFiles['a.txt'] }}", "a.txt, b.txt"],
    ["{{ outputFiles[inputs.name] | default('x') }}", "a.txt"],
    ["{{ outputFiles.any }}", '"{{ flow.id }}.csv"'],
    ["{{ outputFiles.any ?? 'x' }}", "csv"],
  ])("%s is there with %s", (command, files) => {
    expect(toldOf(command, files).filter((told) => told?.includes("outputFiles"))).toEqual([]);
  });

  test.each([
    ["{{ outputFiles.cvs }}", "csv, log", 'no `cvs` (did you mean "csv"? known: csv, log)'],
    [
      "{{ outputFiles['a.txt'] }}",
      '"*.txt"',
      'no `a.txt` (add "a.txt" to `outputFiles`: the pattern "*.txt" has no path of its own)',
    ],
    ["{{ outputFiles.csv }}", "", '(add `outputFiles: ["csv"]`)'],
  ])("%s with %s is told", (command, files, expected) => {
    expect(toldOf(command, files)).toEqual([expect.stringContaining(expected)]);
  });

  test("of a task that keeps none is told where it belongs", () => {
    const log = "{id: l, type: core.log.Log, message: '{{ outputFiles.csv }}'}";
    const { diagnostics } = checkFlow(`id: f\nnamespace: company\ntasks: [${log}]\n`, permissiveCatalogue());
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining("it belongs to a task that declares its `outputFiles`"),
    ]);
  });
});
