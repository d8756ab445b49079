// The commands that took longest: SLOWLOG's entries, newest first, bounded in number and in bytes. Cold.

import {
  SLOW_LOG_ARGUMENT_BYTES_MAX,
  SLOW_LOG_ARGUMENTS_MAX,
  SLOW_LOG_ENTRIES_MAX,
} from "../../../base/limits.ts";
import type { Arguments } from "../../wire/arguments.ts";

export interface SlowCommand {
  readonly id: number;
  readonly atWallMs: number;
  readonly us: number;
  readonly words: readonly Uint8Array[];
  readonly address: string;
  readonly clientName: string;
}

/** Commands whose arguments are secrets. */
const SECRET: ReadonlySet<string> = new Set(["auth", "hello"]);

export class SlowLog {
  /** Commands that took this long are noted; negative: none. */
  thresholdUs = 10_000;
  entriesMax = SLOW_LOG_ENTRIES_MAX;
  #entries: SlowCommand[] = [];
  #lastId = -1;

  get entries(): readonly SlowCommand[] {
    return this.#entries;
  }

  /** Whether a command that took `us` belongs here. Warm. */
  wants(us: number): boolean {
    return this.thresholdUs >= 0 && us >= this.thresholdUs;
  }

  add(name: string, args: Arguments, entry: Omit<SlowCommand, "id" | "words">): void {
    this.#lastId += 1;
    const words = SECRET.has(name) ? [Buffer.from(name), Buffer.from("(redacted)")] : wordsOf(args);
    this.#entries.unshift({ ...entry, id: this.#lastId, words });
    this.trim();
  }

  /** Lets go of what is more than `entriesMax`. */
  trim(): void {
    if (this.#entries.length > this.entriesMax) this.#entries.length = this.entriesMax;
  }

  reset(): void {
    this.#entries = [];
  }
}

/** The arguments as Redis keeps them: the first of many, and the beginning of a long one. */
function wordsOf(args: Arguments): Uint8Array[] {
  const words: Uint8Array[] = [];
  const { count } = args;
  for (let i = 0; i < count; i++) {
    if (i === SLOW_LOG_ARGUMENTS_MAX - 1 && count > SLOW_LOG_ARGUMENTS_MAX) {
      words.push(Buffer.from(`... (${count - i} more arguments)`));
      break;
    }
    const size = args.size(i);
    const more = size - SLOW_LOG_ARGUMENT_BYTES_MAX;
    const bytes = args.bytes(i).subarray(0, SLOW_LOG_ARGUMENT_BYTES_MAX);
    words.push(
      more > 0 ? Buffer.concat([bytes, Buffer.from(`... (${more} more bytes)`)]) : Uint8Array.from(bytes),
    );
  }
  return words;
}
