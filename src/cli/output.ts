// What commands print: bytes as they are, lines for people, JSON for programs.

import type { Command } from "commander";
import type { ConnectionFlags } from "./connection.ts";

export interface GlobalFlags extends ConnectionFlags {
  readonly json?: boolean;
}

/** The flags that all commands have. */
export function globalsOf(command: Command): GlobalFlags {
  return command.optsWithGlobals<GlobalFlags>();
}

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

/** Bytes as they are; on a terminal with a line's end behind, so that the prompt does not follow them. */
export async function printBytes(bytes: Uint8Array): Promise<void> {
  await Bun.write(Bun.stdout, bytes);
  if (process.stdout.isTTY && bytes.at(-1) !== 0x0a) await Bun.write(Bun.stdout, "\n");
}

/** Rows of `name value`, the names padded to one width. */
export function printTable(rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  for (const [name, value] of rows) printLine(`${name.padEnd(width)}  ${value}`);
}
