import type { Mood, Report } from "./report.ts";

const COLOURS: Readonly<Record<Mood, string>> = {
  good: "#2e7d32",
  warning: "#b26a00",
  bad: "#b00020",
  neutral: "#555555",
};

/** What is told of an execution, as the body of a mail. */
export function htmlOf({ title, facts, message, mood, execution: { url } }: Report): string {
  const row = ([name, value]: readonly [string, string]) =>
    `<tr><th align="left" style="padding:2px 12px 2px 0">${quoted(name)}</th><td>${quoted(value)}</td></tr>`;
  return [
    `<h2 style="color:${COLOURS[mood]}">${quoted(title)}</h2>`,
    ...(message === undefined ? [] : [`<p>${quoted(message).replaceAll("\n", "<br>")}</p>`]),
    `<table>${facts.map(row).join("")}</table>`,
    ...(url === undefined ? [] : [`<p><a href="${quoted(url)}">Open the execution</a></p>`]),
  ].join("\n");
}

function quoted(source: string): string {
  return source.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
