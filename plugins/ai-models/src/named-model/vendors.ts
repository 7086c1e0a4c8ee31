import { schemaFormat } from "../json-schema-text.ts";

/** A vendor whose task takes a `modelName` and messages, and no parameters beside them. */
export interface NamedModelVendor {
  readonly type: string;
  readonly name: string;
  readonly baseUrl: string;
  /** A model of it, for the example. */
  readonly model: string;
  readonly secret: string;
  /** What is said of `jsonResponseSchema`, and what it makes of a request. */
  readonly schema: {
    readonly description: string;
    readonly parameters: (schema: string) => { readonly response_format: object; readonly instruction?: string };
  };
}

export const VENDORS: readonly NamedModelVendor[] = [
  {
    type: "io.kestra.plugin.deepseek.ChatCompletion",
    name: "DeepSeek",
    baseUrl: "https://api.deepseek.com/v1",
    model: "deepseek-chat",
    secret: "DEEPSEEK_API_KEY",
    schema: {
      description:
        "JSON Schema of the answer, as a text. DeepSeek answers in JSON then, and is told the schema as a first message; whether it keeps to it is not checked.",
      parameters: (schema) => ({
        response_format: { type: "json_object" },
        // Told and not checked, it may be any description; flows have some that are no JSON.
        instruction: `Answer with nothing but JSON that fits this JSON Schema:\n${schema}`,
      }),
    },
  },
  {
    type: "io.kestra.plugin.mistral.ChatCompletion",
    name: "Mistral",
    baseUrl: "https://api.mistral.ai/v1",
    model: "mistral-small-latest",
    secret: "MISTRAL_API_KEY",
    schema: {
      description: "JSON Schema of the answer, as a text.",
      parameters: (schema) => ({ response_format: schemaFormat(schema) }),
    },
  },
];
