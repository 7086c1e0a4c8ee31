/** A file that is to be written, with its path from the root of the repository. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

export interface NewTask {
  /** Folder below `plugins/`. */
  readonly plugin: string;
  /** Kebab-case, below a group if need be: `message-update`, `log/shout`. */
  readonly name: string;
  /** The plugin's `src/index.ts`. */
  readonly manifest: string;
}

const NAME = /^(?:[a-z][a-z0-9]*\/)?[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** A task that returns its text, its test, and the plugin's manifest with the task in it. Throws on a name that fits no file. */
export function newTask({ plugin, name, manifest }: NewTask): readonly NewFile[] {
  if (!NAME.test(name)) throw new Error(`${name}: write the name in kebab-case, such as message-update or log/shout`);
  const parts = name.split("/");
  const file = parts.at(-1) ?? name;
  const variable = `${file.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}Task`;
  const typeName = variable.charAt(0).toUpperCase() + variable.slice(1, -"Task".length);
  const type = ["io.kestra.plugin", plugin, ...parts.slice(0, -1), typeName].join(".");
  const folder = `plugins/${plugin}/src`;
  return [
    { path: `${folder}/${name}.ts`, text: taskText(variable, type, file) },
    { path: `${folder}/${name}.test.ts`, text: testText(variable, file) },
    { path: `${folder}/index.ts`, text: withTask(manifest, variable, `./${name}.ts`) },
  ];
}

function taskText(variable: string, type: string, file: string): string {
  return `import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";

/** Answers its message. */
export const ${variable} = defineTask({
  type: "${type}",
  title: "Answer a message",
  properties: () => z.object({ message: text().describe("What to answer.") }),
  outputs: () => z.object({ value: z.string().describe("The rendered message.") }),
  examples: [
    {
      title: "Answer the id of the execution",
      code: 'id: ${file}\\ntype: ${type}\\nmessage: "{{ execution.id }}"\\n',
    },
  ],
  async run({ properties: { message } }) {
    return { value: message };
  },
});
`;
}

function testText(variable: string, file: string): string {
  return `import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { ${variable} } from "./${file}.ts";

test("the rendered message is the output", async () => {
  await using world = createTestWorld({ variables: { name: "Ada" } });
  expect((await world.run(${variable}, { message: "Hello {{ name }}" })).outputs).toEqual({ value: "Hello Ada" });
});
`;
}

/** Imports the task behind the other imports, and puts it first in the list of definitions. */
function withTask(manifest: string, variable: string, file: string): string {
  const list = "definitions: [";
  if (!manifest.includes(list)) throw new Error(`the manifest has no list "${list}…]" to add ${variable} to`);
  const lastImport = manifest.lastIndexOf("\nimport ");
  const lineEnd = manifest.indexOf("\n", lastImport + 1);
  const imported = `${manifest.slice(0, lineEnd)}\nimport { ${variable} } from "${file}";${manifest.slice(lineEnd)}`;
  return imported.replace(list, `${list}${variable}, `);
}
