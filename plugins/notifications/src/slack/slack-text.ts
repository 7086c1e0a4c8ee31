/** Slack's own marks for what Markdown writes otherwise: bold, italic and links. */
export function slackText(markdown: string): string {
  return markdown
    .replaceAll(/\[([^\]\n]+)\]\(([^()\s]+)\)/g, "<$2|$1>")
    .replaceAll(/\*\*(?=\S)(.+?)(?<=\S)\*\*/g, "*$1*")
    .replaceAll(/__(?=\S)(.+?)(?<=\S)__/g, "_$1_");
}
