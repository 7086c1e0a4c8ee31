#!/usr/bin/env node
// Plain JavaScript that asks for little, because it must load on a Node that is too old for the rest of the code, and at once on any.
"use strict";
const { existsSync, readFileSync, statSync } = require("node:fs");
const { dirname, join } = require("node:path");

const NODE_MAJOR_MIN = 24;
const BUNDLE = join(__dirname, "../dist/main.cjs");
const SOURCES = join(__dirname, "../src/main.ts");
/** What the bundle was made of: a path from the repository's root on each line. */
const BUNDLED_SOURCES = join(__dirname, "../dist/sources.txt");
const ROOT = join(__dirname, "../../..");

if (isNewEnough()) void start();
else startWithOwnNode();

function isNewEnough() {
  return Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN && "Temporal" in globalThis;
}

async function start() {
  require("node:module").enableCompileCache();
  const { main } = isBundleFresh() ? require(BUNDLE) : await import(SOURCES);
  process.exitCode = await main(process.argv.slice(2));
  // Unreferenced: it only fires when something else still holds the process after the command is through.
  setTimeout(() => process.exit(), 2000).unref();
}

/**
 * Whether the bundle exists and none of its sources is newer: whoever changes a file runs what he changed. Looking at the dates of
 * all sources takes two milliseconds; a bundle saves hundreds.
 */
function isBundleFresh() {
  if (!existsSync(SOURCES)) return existsSync(BUNDLE);
  const bundled = statSync(BUNDLE, { throwIfNoEntry: false });
  if (bundled === undefined || !existsSync(BUNDLED_SOURCES)) return false;
  return readFileSync(BUNDLED_SOURCES, "utf8")
    .split("\n")
    .every((path) => statSync(`${ROOT}/${path}`, { throwIfNoEntry: false })?.mtimeMs <= bundled.mtimeMs);
}

function startWithOwnNode() {
  const node = findOwnNode(__dirname);
  if (node === undefined || process.env.CAPSTAN_NODE === "own") {
    process.stderr.write(
      `capstan needs Node ${NODE_MAJOR_MIN} or newer with Temporal, and this is ${process.version} — run "npm ci" in the repository to get one beside it\n`,
    );
    process.exitCode = 2;
    return;
  }
  const environment = { ...process.env, CAPSTAN_NODE: "own" };
  const child = require("node:child_process").spawn(node, [__filename, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: environment,
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => {
      // A terminal sends SIGINT to the child as well.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  child.on("error", (error) => {
    process.stderr.write(`${node} can't be started: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
  });
}

/** `node_modules/.bin/node` of the nearest folder above that has one. */
function findOwnNode(folder) {
  const candidate = join(folder, "node_modules", ".bin", "node");
  if (existsSync(candidate)) return candidate;
  const parent = dirname(folder);
  return parent === folder ? undefined : findOwnNode(parent);
}
