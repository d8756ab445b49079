// Starts processes that hammer one memory, and gathers what they saw.
import { layOut, partsOf, type MemoryLayout } from "../../../../src/cache/shared/layout.ts";
import { createMemoryFile } from "../../../../src/cache/memory/memory-file.ts";
import { MemoryKeeper } from "../../../../src/cache/shared/memory-keeper.ts";
import { mapSharedMemory, type SharedMemory } from "../../../../src/cache/shared/shared-memory.ts";
import { join } from "node:path";
import type { Orders } from "./hammer.ts";
import type { Operation } from "./history.ts";

const PROGRAM = join(import.meta.dir, "hammer.ts");
const KEEPER = 1;

export interface HammeredMemory {
  readonly descriptor: number;
  readonly layout: MemoryLayout;
  readonly memory: SharedMemory;
  readonly keeper: MemoryKeeper;
}

export function hammeredMemory(bytesMax: number): HammeredMemory {
  const layout = layOut({
    bytesMax,
    workers: 2,
    policy: "adaptive",
    valueBytesMax: 1024,
    headBytes: 64,
    extraBytes: () => 0,
  });
  const descriptor = createMemoryFile(partsOf(layout).reduce((sum, size) => sum + size, 0));
  if (typeof descriptor !== "number") throw new Error(descriptor.unavailable);
  const memory = mapSharedMemory(descriptor, layout);
  return { descriptor, layout, memory, keeper: new MemoryKeeper(memory, KEEPER, true) };
}

export interface Hammer {
  readonly child: Bun.Subprocess;
  /** Resolves once it has done its first step. */
  readonly begun: Promise<void>;
  /** What it saw; nothing where it was killed. Rejects with what it says of itself where it ended by a fault. */
  readonly done: Promise<{ readonly operations: Operation[]; readonly refused: number } | undefined>;
}

export function startHammer({ descriptor, layout }: HammeredMemory, orders: Omit<Orders, "layout">): Hammer {
  const begun = Promise.withResolvers<void>();
  const child = Bun.spawn([process.execPath, PROGRAM, JSON.stringify({ ...orders, layout })], {
    stdio: ["ignore", "pipe", "pipe", descriptor],
  });
  const read = async () => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout as ReadableStream<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      if (text.startsWith("begun\n")) begun.resolve();
    }
    const fault = await new Response(child.stderr as ReadableStream).text();
    await child.exited;
    begun.resolve();
    if (child.signalCode === "SIGKILL") return undefined;
    if (child.exitCode !== 0) throw new Error(fault);
    return JSON.parse(text.slice("begun\n".length)) as { operations: Operation[]; refused: number };
  };
  return { child, begun: begun.promise, done: read() };
}
