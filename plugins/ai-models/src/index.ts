import { definePlugin } from "@capstan/sdk";
import { chatCompletion as anthropicChatCompletion } from "./anthropic/chat-completion.ts";
import { deleteFile } from "./anthropic/delete-file.ts";
import { getFile } from "./anthropic/get-file.ts";
import { listFiles } from "./anthropic/list-files.ts";
import { listModels } from "./anthropic/list-models.ts";
import { uploadFile as anthropicUploadFile } from "./anthropic/upload-file.ts";
import { chatCompletion as anyModelChatCompletion } from "./any-model/chat-completion.ts";
import { classification } from "./any-model/classification.ts";
import { jsonStructuredExtraction } from "./any-model/json-structured-extraction.ts";
import { PROVIDERS } from "./any-model/providers.ts";
import { chatCompletion as geminiChatCompletion } from "./gemini/chat-completion.ts";
import { multimodalCompletion } from "./gemini/multimodal-completion.ts";
import { structuredOutputCompletion } from "./gemini/structured-output-completion.ts";
import { textCompletion } from "./gemini/text-completion.ts";
import { inference } from "./hugging-face/inference.ts";
import { chatCompletion as namedModelChatCompletion } from "./named-model/chat-completion.ts";
import { VENDORS } from "./named-model/vendors.ts";
import { chatCompletion as openaiChatCompletion } from "./openai/chat-completion.ts";
import { createImage } from "./openai/create-image.ts";
import { responses } from "./openai/responses.ts";
import { uploadFile as openaiUploadFile } from "./openai/upload-file.ts";
import { chatCompletion as perplexityChatCompletion } from "./perplexity/chat-completion.ts";

export default definePlugin({
  name: "ai-models",
  title: "AI models",
  category: "AI",
  definitions: [
    openaiChatCompletion,
    responses,
    createImage,
    openaiUploadFile,
    anthropicChatCompletion,
    anthropicUploadFile,
    getFile,
    listFiles,
    deleteFile,
    listModels,
    geminiChatCompletion,
    textCompletion,
    structuredOutputCompletion,
    multimodalCompletion,
    perplexityChatCompletion,
    ...VENDORS.map(namedModelChatCompletion),
    inference,
    anyModelChatCompletion,
    classification,
    jsonStructuredExtraction,
    ...PROVIDERS,
  ],
  testedWith: [
    {
      types: "io.kestra.plugin.openai",
      kind: "stand-in",
      what: "a server that checks requests as OpenAI documents them; OpenAI's own client passes the same tests",
    },
    {
      types: "io.kestra.plugin.anthropic",
      kind: "stand-in",
      what: "a server that checks requests as Anthropic documents them; Anthropic's own client passes the same tests",
    },
    {
      types: "io.kestra.plugin.gemini",
      kind: "stand-in",
      what: "a server that checks requests as Google documents them",
    },
    { types: "io.kestra.plugin.perplexity", kind: "stand-in", what: "the server that stands for OpenAI" },
    { types: "io.kestra.plugin.deepseek", kind: "stand-in", what: "the server that stands for OpenAI" },
    { types: "io.kestra.plugin.mistral", kind: "stand-in", what: "the server that stands for OpenAI" },
    { types: "io.kestra.plugin.huggingface", kind: "stand-in", what: "the server that stands for OpenAI" },
    { types: "io.kestra.plugin.ai", kind: "stand-in", what: "the servers that stand for OpenAI, Anthropic and Gemini" },
  ],
});
