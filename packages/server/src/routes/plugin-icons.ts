import type { pluginIconRoutes } from "@capstan/api";
import { taskKindOf } from "@capstan/model";
import type { Handlers } from "../mount.ts";
import { iconOf } from "../presentation/icon.ts";
import { PLUGIN_ELEMENTS, pluginsOf } from "../presentation/plugins.ts";
import type { Service } from "../service.ts";
import { existingType } from "./plugins.ts";

export function pluginIconHandlers({ catalogue }: Service): Handlers<typeof pluginIconRoutes> {
  const iconOfExisting = (cls: string) => iconOfType(existingType(catalogue, cls).type);
  return {
    listPluginIcons: () => {
      const types = Object.values(PLUGIN_ELEMENTS).flatMap((element) => Array.from(catalogue.types(element)));
      return Object.fromEntries(types.map((type) => [type, iconOfType(type)]));
    },
    // A page that shows flows asks for icons of all their types, also of those that nobody provides.
    getPluginIcon: ({ parameters: { cls } }) => {
      const definition = catalogue.find(cls);
      return { icon: definition === undefined ? null : iconOfType(definition.type) };
    },
    getPluginIconImage: ({ parameters: { cls } }) => Buffer.from(iconOfExisting(cls).icon, "base64").toString(),
    listPluginGroupIcons: () =>
      Object.fromEntries(pluginsOf(catalogue).map(({ group }) => [group, iconOf(group, false)])),
  };
}

function iconOfType(type: string) {
  return iconOf(type, taskKindOf(type) === "flowable");
}
