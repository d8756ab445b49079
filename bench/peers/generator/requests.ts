// The requests of a load, rendered before it begins, in batches that are sent at once. Cold.

import { ptr } from "bun:ffi";
import { keyOf, readOf, writeOf, type Way } from "./protocol.ts";

const BATCHES_MIN = 1_000;

/** Batches behind one another in memory, by address. */
export interface Requests {
  readonly count: number;
  readonly addresses: Float64Array;
  readonly lengths: Float64Array;
  /** 1 where a write is in the batch. */
  readonly hasWrite: Uint8Array;
  /** Keeps the memory alive. */
  readonly bytes: Buffer;
}

export interface RequestMix {
  readonly way: Way;
  readonly keys: number;
  readonly bytes: number;
  /** Requests in a batch. */
  readonly depth: number;
  /** Writes in 1,000 requests. */
  readonly writes: number;
}

/** Reads of all keys in turn, and every so often a write of one. */
export function mixed({ way, keys, bytes, depth, writes }: RequestMix): Requests {
  const batches: Buffer[] = [];
  const count = Math.max(BATCHES_MIN, keys);
  const hasWrite = new Uint8Array(count);
  const every = writes === 0 ? Number.POSITIVE_INFINITY : Math.round(1_000 / writes);
  for (let batch = 0, sent = 0; batch < count; batch++) {
    const requests: Buffer[] = [];
    for (let i = 0; i < depth; i++) {
      sent++;
      // A step without a factor in common with decimal numbers of keys goes round all of them.
      const key = keyOf((sent * 7_919) % keys);
      const write = sent % every === 0 ? writeOf(way, key, bytes, sent) : undefined;
      if (write !== undefined) hasWrite[batch] = 1;
      requests.push(write ?? readOf(way, key));
    }
    batches.push(Buffer.concat(requests));
  }
  return inOneBlock(batches, hasWrite);
}

/** One request for each of the keys from `from` to before `to` that has the peer hold it. */
export function filling({ way, bytes }: RequestMix, from: number, to: number): Requests {
  const isWritten = way.protocol !== "http" || way.write?.hasBody === true;
  const batches = Array.from({ length: to - from }, (_, i) => {
    const key = keyOf(from + i);
    return (isWritten ? writeOf(way, key, bytes, from + i + 1) : undefined) ?? readOf(way, key);
  });
  return inOneBlock(batches, new Uint8Array(to - from));
}

function inOneBlock(batches: readonly Buffer[], hasWrite: Uint8Array): Requests {
  const bytes = Buffer.concat(batches);
  const first = Number(ptr(bytes));
  const addresses = new Float64Array(batches.length);
  const lengths = new Float64Array(batches.length);
  for (let i = 0, at = first; i < batches.length; i++) {
    addresses[i] = at;
    lengths[i] = batches[i]!.length;
    at += batches[i]!.length;
  }
  return { count: batches.length, addresses, lengths, hasWrite, bytes };
}
