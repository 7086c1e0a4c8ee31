import { defineTask, dynamic } from "@capstan/sdk";
import { z } from "zod";
import { entryOutputs, relocate, relocation } from "./relocation.ts";

const TYPE = "io.kestra.plugin.dropbox.files.Move";

/** Moves a file, or a folder with all that is in it. */
export const move = defineTask({
  type: TYPE,
  title: "Move or rename a file or folder in Dropbox",
  description: "Folders on the way to `to` are made where they are missing.",
  properties: () =>
    z.object({
      ...relocation(),
      allowOwnershipTransfer: dynamic(z.boolean())
        .default(false)
        .describe(
          "Whether it may be moved to where it belongs to somebody else, such as another team. Default: false.",
        ),
    }),
  outputs: entryOutputs,
  examples: [
    {
      title: "Put away what was processed",
      code:
        `id: put_away\ntype: ${TYPE}\naccessToken: "{{ secret('DROPBOX_TOKEN') }}"\n` +
        'from: "{{ outputs.find.row.path }}"\nto: "/done/{{ outputs.find.row.name }}"\nautorename: true\n',
    },
  ],
  async run(context) {
    const { allowOwnershipTransfer: allow_ownership_transfer } = context.properties;
    const { from, file } = await relocate(context, {
      verb: "Moving",
      path: "move_v2",
      further: { allow_ownership_transfer },
    });
    context.log.info(`Moved ${from} to ${file.path ?? file.name}.`);
    return { file };
  },
});
