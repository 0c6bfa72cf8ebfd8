#!/usr/bin/env node
import process from "node:process";
import { runCli } from "./run-cli.ts";

// a reader such as `head` has seen enough
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2));
