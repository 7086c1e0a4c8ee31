import { secret, text } from "@capstan/sdk";

const BASE_URL = "https://api.anthropic.com/v1";
/** The version with the parameters that the tasks have: later ones know no `temperature`, and other pages of files. */
const VERSION = "2023-06-01";
/** What files belong to in this version. */
const FILES = "files-api-2025-04-14";

/** What all tasks of Anthropic have in common. */
export const connection = () => ({
  apiKey: secret().describe("Key of the API."),
  baseUrl: text()
    .default(BASE_URL)
    .describe(
      `Address of the API up to its version, for a proxy of it. A property of Capstan's own. Default: ${BASE_URL}.`,
    ),
});

interface Connection {
  readonly apiKey: string;
  readonly baseUrl: string;
}

/** Whom to call, and as whom. */
export function calling({ apiKey, baseUrl }: Connection) {
  return { vendor: "Anthropic", baseUrl, headers: { "x-api-key": apiKey, "anthropic-version": VERSION } };
}

/** The same for files. */
export function callingFiles(connected: Connection) {
  const call = calling(connected);
  return { ...call, headers: { ...call.headers, "anthropic-beta": FILES } };
}
