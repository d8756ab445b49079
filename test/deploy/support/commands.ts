// Runs commands of the deployment: to their end, or as servers that say where they listen.

import { join } from "node:path";

export const ROOT = join(import.meta.dir, "../../..");
const LISTENING = /^listening on http:\/\/[^:]+:(\d+)$/m;

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export type Variables = Readonly<Record<string, string>>;

/** Runs `command` in the project's root with the environment's PATH and `env`. */
export async function runToEnd(command: readonly string[], env: Variables = {}): Promise<Ended> {
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, out, err };
}

export interface Started {
  readonly port: number;
  stop(signal?: NodeJS.Signals): Promise<number>;
}

/** Starts a server with an API key of `test-secret`; resolves once it says where it listens. */
export async function startCommand(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: Variables } = {},
): Promise<Started> {
  const child = Bun.spawn([...command], {
    cwd: options.cwd ?? ROOT,
    env: {
      PATH: process.env["PATH"] ?? "",
      CACHEE_PORT: "0",
      CACHEE_API_KEYS: "default:read+write+admin=test-secret",
      CACHEE_L1_BYTES_MAX: "16mb",
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    const match = LISTENING.exec(text);
    if (match === null) continue;
    return {
      port: Number(match[1]),
      stop(signal = "SIGTERM") {
        child.kill(signal);
        return child.exited;
      },
    };
  }
  throw new Error(`it ended with ${await child.exited}: ${text}${await child.stderr.text()}`);
}
