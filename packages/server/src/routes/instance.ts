import type { instanceRoutes } from "@capstan/api";
import { filterNames, languageReference } from "@capstan/expression";
import type { Handlers } from "../mount.ts";
import { SYSTEM_NAMESPACE } from "../requests/field-rules.ts";
import type { ApiService } from "../service.ts";

/** What clients adapt to: settings, and the language of expressions. The same for all tenants. */
export function instanceHandlers({ authenticator, publicUrl, version }: ApiService): Handlers<typeof instanceRoutes> {
  const isAuthenticated = authenticator !== undefined;
  return {
    getConfiguration: () => ({
      version,
      edition: "OSS",
      isBasicAuthEnabled: isAuthenticated,
      isBasicAuthInitialized: isAuthenticated,
      isAnonymousUsageEnabled: false,
      isUiAnonymousUsageEnabled: false,
      isTemplateEnabled: false,
      isTaskRunEnabled: false,
      isAiEnabled: false,
      isCustomDashboardsEnabled: false,
      isConcurrencyViewEnabled: true,
      url: publicUrl,
      systemNamespace: SYSTEM_NAMESPACE,
      hiddenLabelsPrefixes: ["system."],
      chartDefaultDuration: "P30D",
      preview: { initial: 100, max: 5000 },
    }),
    getLoginConfiguration: () => ({ isBasicAuthInitialized: isAuthenticated }),
    listFilters: () => filterNames,
    listFunctions: () =>
      [...languageReference().functions, ...languageReference().hostFunctions].map(({ name, parameters = [] }) => ({
        name,
        arguments: parameters.map((parameter) => ({
          name: parameter.name,
          ...(parameter.fallback !== undefined && { defaultValue: String(parameter.fallback) }),
        })),
      })),
  };
}
