// Prints the times of look-ups in one kind of memory as JSON: `bun look-ups-of.ts KIND`.

import { timeInMemory, type MemoryKind } from "../look-ups.ts";

process.stdout.write(JSON.stringify(timeInMemory(process.argv[2] as MemoryKind)));
