import type { ElementKind } from "../element.ts";
import { a2aClientTool } from "./a2a-client.ts";
import { agentTool } from "./ai-agent.ts";
import { codeExecution } from "./code-execution.ts";
import { kestraFlow } from "./kestra-flow.ts";
import { dockerMcpClient, sseMcpClient, stdioMcpClient, streamableHttpMcpClient } from "./mcp-client.ts";
import { skills } from "./skill.ts";
import type { Toolset } from "./tool-kind.ts";
import { googleCustomWebSearch, tavilyWebSearch } from "./web-search.ts";

/** All that may stand in `tools`. */
export const TOOLS: readonly ElementKind<Toolset>[] = [
  agentTool(() => TOOLS),
  a2aClientTool,
  codeExecution,
  dockerMcpClient,
  googleCustomWebSearch,
  kestraFlow,
  skills,
  sseMcpClient,
  stdioMcpClient,
  streamableHttpMcpClient,
  tavilyWebSearch,
];
