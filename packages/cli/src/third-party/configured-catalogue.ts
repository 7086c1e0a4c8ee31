import type { Catalogue } from "@capstan/model";
import { installedCatalogue } from "../catalogue.ts";
import { CONFIGURATION_DEFAULTS, mayBeConfigured } from "../configuration-defaults.ts";
import { processEnvironment } from "../process-environment.ts";
import { thirdPartyIn } from "./find-third-party.ts";
import type { ThirdParty } from "./third-party.ts";

export interface ConfiguredCatalogue {
  /** Every type that a flow may name here. */
  readonly catalogue: Catalogue;
  readonly thirdParty: ThirdParty;
}

/** What a server with this configuration has, for commands that need none; what it would warn of is told on stderr. */
export async function configuredCatalogue(file: string | undefined): Promise<ConfiguredCatalogue> {
  const environment = processEnvironment();
  const configuration = mayBeConfigured(file, environment)
    ? (await import("../configuration.ts")).loadConfiguration(file, environment).configuration
    : CONFIGURATION_DEFAULTS;
  const thirdParty = await thirdPartyIn(configuration);
  for (const warning of thirdParty.warnings) process.stderr.write(`${warning}\n`);
  return { catalogue: installedCatalogue(thirdParty.plugins), thirdParty };
}
