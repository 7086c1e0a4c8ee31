import { definePlugin } from "@capstan/sdk";
import { a2aClient } from "./agent/a2a-client.ts";
import { aiAgent } from "./agent/ai-agent.ts";
import { chatCompletion as anthropicChatCompletion } from "./anthropic/chat-completion.ts";
import { deleteFile } from "./anthropic/delete-file.ts";
import { getFile } from "./anthropic/get-file.ts";
import { listFiles } from "./anthropic/list-files.ts";
import { listModels } from "./anthropic/list-models.ts";
import { uploadFile as anthropicUploadFile } from "./anthropic/upload-file.ts";
import { chatCompletion as anyModelChatCompletion } from "./any-model/chat-completion.ts";
import { classification } from "./any-model/classification.ts";
import { imageGeneration } from "./any-model/image-generation.ts";
import { jsonStructuredExtraction } from "./any-model/json-structured-extraction.ts";
import { PROVIDERS } from "./any-model/providers.ts";
import { chatCompletion as geminiChatCompletion } from "./gemini/chat-completion.ts";
import { multimodalCompletion } from "./gemini/multimodal-completion.ts";
import { structuredOutputCompletion } from "./gemini/structured-output-completion.ts";
import { textCompletion } from "./gemini/text-completion.ts";
import { elementTypes } from "./element.ts";
import { STORES } from "./embeddings/store-kinds.ts";
import { inference } from "./hugging-face/inference.ts";
import { callTool } from "./mcp/call-tool.ts";
import { listTools } from "./mcp/list-tools.ts";
import { MEMORIES } from "./memory/memory-kinds.ts";
import { chatCompletion as namedModelChatCompletion } from "./named-model/chat-completion.ts";
import { VENDORS } from "./named-model/vendors.ts";
import { chatCompletion as openaiChatCompletion } from "./openai/chat-completion.ts";
import { createImage } from "./openai/create-image.ts";
import { responses } from "./openai/responses.ts";
import { uploadFile as openaiUploadFile } from "./openai/upload-file.ts";
import { chatCompletion as perplexityChatCompletion } from "./perplexity/chat-completion.ts";
import { chatCompletion as documentsChatCompletion } from "./rag/chat-completion.ts";
import { ingestDocument } from "./rag/ingest-document.ts";
import { search } from "./rag/search.ts";
import { RETRIEVERS } from "./retrievers/retriever-kinds.ts";
import { TOOLS } from "./tools/tool-kinds.ts";

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
    imageGeneration,
    ...PROVIDERS,
    aiAgent,
    a2aClient,
    ingestDocument,
    documentsChatCompletion,
    search,
    callTool,
    listTools,
    ...elementTypes([...TOOLS, ...RETRIEVERS, ...MEMORIES, ...STORES]),
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
    {
      types: "io.kestra.plugin.ai.mcp",
      kind: "real",
      what: "a server made with the protocol's own SDK, over both kinds of HTTP",
    },
    {
      types: "io.kestra.plugin.ai.agent.A2AClient",
      kind: "real",
      what: "agents made with the protocol's own SDK, of versions 1.0 and 0.3",
    },
    {
      types: "io.kestra.plugin.ai.tool.A2AClient",
      kind: "real",
      what: "an agent made with the protocol's own SDK",
    },
    {
      types: "io.kestra.plugin.ai.tool.StdioMcpClient",
      kind: "real",
      what: "the protocol's own reference server, `@modelcontextprotocol/server-everything`",
    },
    {
      types: "io.kestra.plugin.ai.tool.StreamableHttpMcpClient",
      kind: "real",
      what: "a server made with the protocol's own SDK",
    },
    {
      types: "io.kestra.plugin.ai.tool.SseMcpClient",
      kind: "real",
      what: "a server made with the protocol's own SDK",
    },
    {
      types: "io.kestra.plugin.ai.tool.DockerMcpClient",
      kind: "stand-in",
      what: "a program in place of `docker` that starts a server made with the protocol's own SDK",
    },
    {
      types: "io.kestra.plugin.ai.tool.KestraFlow",
      kind: "stand-in",
      what: "a server that answers as Capstan's API does",
    },
    {
      types: "io.kestra.plugin.ai.tool.TavilyWebSearch",
      kind: "stand-in",
      what: "a server that answers as Tavily documents it",
    },
    {
      types: "io.kestra.plugin.ai.tool.GoogleCustomWebSearch",
      kind: "stand-in",
      what: "a server that answers as Google documents it",
    },
    {
      types: "io.kestra.plugin.ai.tool.CodeExecution",
      kind: "stand-in",
      what: "a server that answers as Judge0 documents it",
    },
    {
      types: "io.kestra.plugin.ai.retriever.TavilyWebSearch",
      kind: "stand-in",
      what: "a server that answers as Tavily documents it",
    },
    {
      types: "io.kestra.plugin.ai.retriever.GoogleCustomWebSearch",
      kind: "stand-in",
      what: "a server that answers as Google documents it",
    },
    { types: "io.kestra.plugin.ai.memory.Redis", kind: "real", what: "Redis 7" },
    {
      types: "io.kestra.plugin.ai.memory.PostgreSQL",
      kind: "real",
      what: "PostgreSQL, as PGlite builds it",
    },
    {
      types: "io.kestra.plugin.ai.embeddings.PGVector",
      kind: "real",
      what: "PostgreSQL with pgvector, as PGlite builds them",
    },
    {
      types: "io.kestra.plugin.ai.embeddings.Qdrant",
      kind: "stand-in",
      what: "a server that checks requests as Qdrant documents them",
    },
    {
      types: "io.kestra.plugin.ai.embeddings.Elasticsearch",
      kind: "stand-in",
      what: "a server that checks requests as Elasticsearch 8 documents them",
    },
    {
      types: "io.kestra.plugin.ai.embeddings.Chroma",
      kind: "stand-in",
      what: "a server that checks requests as Chroma documents them; Chroma 1.5.9 passed the same tests",
    },
  ],
});
