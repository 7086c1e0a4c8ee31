import { dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { oneText, textGiven, toolKind } from "./tool-kind.ts";

const resource = () =>
  z.object({
    relativePath: text().describe("Its name, as the instructions have it."),
    content: text().describe("What it says."),
  });

const skill = () =>
  z.object({
    name: text().describe("Name of the skill."),
    description: text().describe("What it is for; the model chooses by it."),
    content: text().optional().describe("The instructions."),
    contentUri: text().optional().describe("Address of a stored file with the instructions, in place of `content`."),
    resources: dynamic(z.array(resource())).optional().describe("Texts that the instructions refer to."),
  });

type Written = z.output<ReturnType<typeof skill>>;

export const skills = toolKind({
  type: "ai.tool.Skill",
  aliases: [],
  title: "Instructions that a model reads when it needs them",
  properties: () => z.object({ skills: dynamic(z.array(skill())).describe("The skills.") }),
  make: async ({ files }, { skills: written }) => {
    const contents = new Map<string, string>();
    for (const { name, content, contentUri } of written) {
      if (contents.has(name)) throw new TaskFailure(`There are two skills of the name "${name}".`);
      if ((content === undefined) === (contentUri === undefined))
        throw new TaskFailure(`The skill "${name}" needs either its \`content\` or a \`contentUri\`.`);
      contents.set(name, content ?? (await files.text(contentUri ?? "")));
    }
    const known = written.map(({ name, description }) => `- ${name}: ${description}`).join("\n");
    const activate = {
      spec: {
        name: "activate_skill",
        description: `Gives the instructions of a skill. Read them before doing what a skill is for. Skills:\n${known}`,
        parameters: oneText("name", "Name of the skill."),
      },
      call: async (input: Readonly<Record<string, unknown>>) => found(contents, textGiven(input, "name"), "skill"),
    };
    return { tools: [activate, ...resourceReader(written)] };
  },
});

function resourceReader(written: readonly Written[]) {
  const contents = new Map<string, string>();
  for (const { name, resources = [] } of written)
    for (const { relativePath, content } of resources) contents.set(`${name}/${relativePath}`, content);
  if (contents.size === 0) return [];
  const { properties, ...rest } = oneText("path", "The path that the instructions name.");
  const parameters = {
    ...rest,
    properties: { skill: { type: "string", description: "Name of the skill." }, ...properties },
    required: ["skill", "path"],
  };
  const spec = {
    name: "read_skill_resource",
    description: "Reads what the instructions of a skill refer to.",
    parameters,
  };
  const call = async (input: Readonly<Record<string, unknown>>) =>
    found(contents, `${textGiven(input, "skill")}/${textGiven(input, "path")}`, "resource");
  return [{ spec, call }];
}

function found(contents: ReadonlyMap<string, string>, name: string, what: string): string {
  const content = contents.get(name);
  if (content !== undefined) return content;
  throw new TaskFailure(`There is no ${what} ${name}. There are: ${[...contents.keys()].join(", ")}`);
}
