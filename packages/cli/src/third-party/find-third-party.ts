import { existsSync } from "node:fs";
import { NO_THIRD_PARTY, pluginFolderOf, type PluginPlace, type ThirdParty } from "./third-party.ts";

/** The plugins of a configuration; most have none, and load nothing to know it. Throws `Mistake` for what can't be loaded. */
export async function thirdPartyIn(place: PluginPlace): Promise<ThirdParty> {
  if (place.plugins.packages.length === 0 && !existsSync(pluginFolderOf(place))) return NO_THIRD_PARTY;
  return (await import("./found-plugins.ts")).thirdPartyOf(place);
}
