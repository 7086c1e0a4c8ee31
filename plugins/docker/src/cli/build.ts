import { Readable } from "node:stream";
import {
  defineTask,
  dynamic,
  isFileAddress,
  listOrText,
  type TaskContext,
  TaskFailure,
  type TaskLogger,
  text,
  textMap,
  writeInputFiles,
  writeNamespaceFiles,
} from "@capstan/sdk";
import { commandProperties, createLineReader } from "@capstan/sdk/commands";
import { tarOf } from "@capstan/sdk/tar";
import { z } from "zod";
import { connectEngine, type Engine } from "../engine/engine.ts";
import { pushImage } from "../engine/images.ts";
import { followProgress } from "../engine/progress.ts";
import { configHeader, type RegistryAccess } from "../engine/registry-access.ts";
import { engineProperties } from "../engine-properties.ts";
import { buildContext } from "../files/build-context.ts";

const properties = () => {
  const { inputFiles, namespaceFiles } = commandProperties();
  return z.object({
    ...engineProperties(),
    dockerfile: text()
      .default("Dockerfile")
      .describe("The Dockerfile: its text, the address of a stored file, or a path in the working folder."),
    tags: listOrText().describe("Names of the image, each with its registry and tag if wanted."),
    platforms: listOrText().optional().describe("Platform to build for, such as `linux/arm64`; one at most."),
    push: dynamic(z.boolean()).default(false).describe("Push all tags when the image is built."),
    pull: dynamic(z.boolean())
      .default(true)
      .describe("Pull the images it is built from, also if the engine has older ones."),
    buildArgs: textMap()
      .optional()
      .describe("Values for `ARG` of the Dockerfile. They can be read in the image's history."),
    labels: textMap().optional().describe("Labels of the image."),
    target: text().optional().describe("Stage of the Dockerfile to build."),
    inputFiles,
    namespaceFiles,
  });
};

/** Builds an image from the working folder. */
export const build = defineTask({
  type: "io.kestra.plugin.docker.cli.Build",
  aliases: ["io.kestra.plugin.docker.Build"],
  title: "Build an image",
  description:
    "The context is the working folder with the input and namespace files, without what its `.dockerignore` leaves out. The builder is that of the engine's API, which knows neither `RUN --mount` nor several platforms.",
  properties,
  outputs: () => z.object({ imageId: z.string().describe("Id of the image.") }),
  examples: [
    {
      title: "Build an image and push it",
      code: 'id: build\ntype: io.kestra.plugin.docker.cli.Build\ndockerfile: |\n  FROM python:3.13-slim\n  COPY app.py /app.py\n  CMD ["python", "/app.py"]\ninputFiles:\n  app.py: print("hello")\ntags: [ghcr.io/company/app:1.4]\npush: true\ncredentials:\n  registry: ghcr.io\n  username: company\n  password: "{{ secret(\'GHCR_TOKEN\') }}"\n',
    },
  ],
  async run(context) {
    const { host, tags, push, credentials, config } = context.properties;
    if (tags.length === 0) throw new TaskFailure("`tags` is empty: the image needs a name");
    const engine = connectEngine(host);
    const access = { credentials, config };
    const imageId = await buildImage(context, engine, access);
    context.log.info(`Built ${tags.join(", ")} as ${imageId}`);
    const { log, signal } = context;
    if (push) for (const tag of tags) await pushImage(engine, tag, { ...access, log, signal });
    return { imageId };
  },
});

type Context = TaskContext<z.output<ReturnType<typeof properties>>>;

async function buildImage(context: Context, engine: Engine, access: RegistryAccess): Promise<string> {
  const { signal, log } = context;
  const { tags, pull, buildArgs, labels, target, platforms = [] } = context.properties;
  const options = { pull, labels, target };
  if (platforms.length > 1)
    throw new TaskFailure(
      "`platforms` has several: the engine's builder makes images of one, so write a task for each",
    );
  const { dockerfile, files } = await contextOf(context);
  const answer = await engine.open({
    method: "POST",
    path: "/build",
    query: { ...options, t: tags, dockerfile, buildargs: buildArgs, platform: platforms[0], rm: true, forcerm: true },
    headers: configHeader(access),
    body: Readable.from(tarOf(files, Date.now()), { objectMode: false }),
    signal,
  });
  let imageId: string | undefined;
  const output = outputInto(log);
  await followProgress(answer, signal, ({ stream, aux }) => {
    if (stream !== undefined) output.push(Buffer.from(stream));
    imageId = aux?.ID ?? imageId;
  });
  output.end();
  if (imageId === undefined) throw new TaskFailure("the engine has built an image, and does not tell its id");
  return imageId;
}

async function contextOf(context: Context) {
  const { files, log, services, identity } = context;
  const { dockerfile, inputFiles, namespaceFiles } = context.properties;
  const folder = await context.workingDirectory();
  if (namespaceFiles !== undefined)
    await writeNamespaceFiles(folder, namespaceFiles, { namespace: identity.namespace, services, log });
  await writeInputFiles(folder, inputFiles, files);
  if (isFileAddress(dockerfile)) return buildContext(folder, { text: await files.text(dockerfile.trim()) });
  // An instruction is more than one word.
  return buildContext(folder, /\s/.test(dockerfile.trim()) ? { text: dockerfile } : { path: dockerfile.trim() });
}

function outputInto(log: TaskLogger) {
  return createLineReader((line) => {
    if (line.trim() !== "") log.info(line);
  });
}
