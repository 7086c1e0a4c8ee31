import { z } from "zod";
import { routes } from "../route.ts";
import { pluginIcon } from "../schemas/answers.ts";

const view = { resource: "PLUGIN", action: "VIEW" } as const;

export const pluginIconRoutes = routes({
  listPluginIcons: {
    method: "GET",
    path: "/plugins/icons",
    scope: "instance",
    operation: "pluginIcons",
    permission: view,
    summary: "Get the icons of all types, as SVG in base64",
    get answer() {
      return z.record(z.string(), pluginIcon);
    },
  },
  getPluginIcon: {
    method: "GET",
    path: "/plugins/icons/{cls}",
    operation: "pluginIcon",
    scope: "instance",
    permission: view,
    summary: "Get the icon of one type",
    get answer() {
      return z.object({ icon: pluginIcon.nullable() });
    },
  },
  getPluginIconImage: {
    method: "GET",
    path: "/plugins/icons/{cls}/icon.svg",
    operation: "pluginIconSvg",
    scope: "instance",
    permission: view,
    summary: "Get the icon of one type as an image",
    get answer() {
      return z.string();
    },
    answerType: "image/svg+xml",
  },
  listPluginGroupIcons: {
    method: "GET",
    path: "/plugins/icons/groups",
    scope: "instance",
    operation: "pluginGroupIcons",
    permission: view,
    summary: "Get the icons of all groups of plugins, as SVG in base64",
    get answer() {
      return z.record(z.string(), pluginIcon);
    },
  },
});
