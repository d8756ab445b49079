// Turns what L2 read into what a reader is given: the envelope opened, checked and stamped for this process.

import type { Clock } from "../../base/clock.ts";
import type { FetchedEntry, FlightResult } from "../../coherence/flights.ts";
import { numberWithin } from "../../coherence/epoch.ts";
import { decodeEnvelope } from "../../record/envelope.ts";
import type { L2Read } from "../l2.ts";
import { isRecord } from "../../record/is-record.ts";
import { stampRecord } from "../../record/record.ts";
import type { Version } from "../../record/version.ts";

/** The result of value `index` of a read that was sent at `sentMs`, which asked for the lease `token`. What is no entry
 *  counts as none; `onBad` is called with the version that L2 takes it for. */
export function flightResultOf(
  read: L2Read,
  index: number,
  sentMs: number,
  token: string | undefined,
  clock: Clock,
  onBad: (version: Version) => void = () => {},
): FlightResult {
  const value = read.values[index];
  const found = value === undefined ? undefined : entryOf(read, value, sentMs, clock, onBad);
  const lease = read.leased === true ? token : undefined;
  const isLeased = read.leased === false;
  const isExpired = found !== undefined && found.remainingMs <= 0;
  // Past its expiry an entry is for those only who wait while another fills it.
  const entry = isExpired && !isLeased ? undefined : found?.entry;
  const expired = isExpired && lease !== undefined ? found.entry.record : undefined;
  return { entry, isStale: isExpired, lease, expired, isLeased };
}

function entryOf(
  read: L2Read,
  bytes: Uint8Array,
  sentMs: number,
  clock: Clock,
  onBad: (version: Version) => void,
): { entry: FetchedEntry; remainingMs: number } | undefined {
  const envelope = decodeEnvelope(bytes);
  const n = envelope === undefined ? 0 : numberWithin(read.epoch, envelope.epoch, envelope.n);
  // L2 is outside of this process: lengths may not add up, and numbers lie beyond the sequence's.
  if (envelope === undefined || n > read.n || !isRecord(envelope.record)) {
    onBad({ epoch: read.epoch, n });
    return undefined;
  }
  const { record } = envelope;
  const remainingMs = envelope.expiresAtMs - read.timeMs;
  const expiresAtMs = sentMs + remainingMs;
  stampRecord(record, n, clock.wallMs() + (expiresAtMs - clock.nowMs()));
  return { entry: { epoch: read.epoch, n, expiresAtMs, record }, remainingMs };
}
