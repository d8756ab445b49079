// Turns what L2 read into what a reader is given: the envelope opened, checked and stamped for this process.

import type { Clock } from "../../base/clock.ts";
import type { FetchedEntry, FlightResult } from "../../coherence/flights.ts";
import { numberWithin } from "../../coherence/epoch.ts";
import { decodeEnvelope } from "../../record/envelope.ts";
import type { L2Read } from "../l2.ts";
import { isRecord, stampRecord } from "../../record/record.ts";

/** The result of value `index` of a read that was sent at `sentMs`, which asked for the lease `token`. */
export function flightResultOf(
  read: L2Read,
  index: number,
  sentMs: number,
  token: string | undefined,
  clock: Clock,
): FlightResult {
  const found = entryOf(read, read.values[index], sentMs, clock);
  const lease = read.leased === true ? token : undefined;
  const isLeased = read.leased === false;
  const isExpired = found !== undefined && found.remainingMs <= 0;
  // Past its expiry an entry is for those only who wait while another fills it.
  const entry = isExpired && !isLeased ? undefined : found?.entry;
  return { entry, isStale: isExpired, lease, isLeased };
}

function entryOf(
  read: L2Read,
  bytes: Uint8Array | undefined,
  sentMs: number,
  clock: Clock,
): { entry: FetchedEntry; remainingMs: number } | undefined {
  const envelope = bytes === undefined ? undefined : decodeEnvelope(bytes);
  if (envelope === undefined) return undefined;
  const { record } = envelope;
  // L2 is outside of this process.
  if (!isRecord(record)) return undefined;
  const n = numberWithin(read.epoch, envelope.epoch, envelope.n);
  const remainingMs = envelope.expiresAtMs - read.timeMs;
  const expiresAtMs = sentMs + remainingMs;
  stampRecord(record, n, clock.wallMs() + (expiresAtMs - clock.nowMs()));
  return { entry: { epoch: read.epoch, n, expiresAtMs, record }, remainingMs };
}
