// Runs "summitbot local" for a test: the test server, its page and the bot.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** built returns the program to run: the one that SUMMITBOT names, or a new build. */
function built() {
  if (process.env.SUMMITBOT) return process.env.SUMMITBOT;
  const binary = join(mkdtempSync(join(tmpdir(), "summitbot-")), "summitbot");
  execFileSync("go", ["build", "-o", binary, "./cmd/summitbot"], { cwd: repository, stdio: "inherit" });
  return binary;
}

/**
 * start runs the program and waits until its bot is ready. The result has
 * address, where the page is, and stop(), which ends the program and tells
 * its exit code.
 */
export async function start() {
  const program = spawn(built(), ["local", "-addr", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(program, "exit");
  const stop = async () => {
    program.kill("SIGINT");
    const [code] = await ended;
    return code;
  };
  let address = "";
  for await (const line of createInterface({ input: program.stdout })) {
    address ||= line.match(/^page: (http:\/\/127\.0\.0\.1:\d+)$/)?.[1] ?? "";
    if (line.startsWith("ready:")) return { address, stop };
  }
  throw new Error(`summitbot local ended with code ${(await ended)[0]} and was not ready`);
}
