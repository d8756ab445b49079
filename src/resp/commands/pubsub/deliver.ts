// Finds who is to hear a message, and hands it to them; in slices where patterns or receivers are very many. Warm.

import type { Clock } from "../../../base/clock.ts";
import type { InFlight } from "../../../base/in-flight.ts";
import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { Slices } from "../../../base/loop/slices.ts";
import type { Audience, Channels } from "./channels.ts";
import { Message } from "./message.ts";

/** Receivers of one message after which others have their turn. */
const RECEIVERS_AT_ONCE = 200;

/** Who publishes, and whom a message is charged to. */
export interface Publisher {
  readonly inFlight: InFlight;
  readonly clock: Clock;
  readonly owner: string;
}

/** Those who subscribe to `channel`, and to each of the patterns that it matches. */
export function audiencesOf(channels: Channels, channel: string, clock: Clock): MaybePromise<Audience[]> {
  const matching = gather(channels.matching(channel), new Slices(clock.nowMs), []);
  return after(matching, (found) => {
    const direct = channels.audienceOf(channel);
    return direct === undefined ? found : [direct, ...found];
  });
}

/** The audiences that `walk` comes upon, added to `found`. */
function gather(
  walk: Iterator<Audience | undefined>,
  slices: Slices,
  found: Audience[],
): MaybePromise<Audience[]> {
  for (let next = walk.next(); next.done !== true; next = walk.next()) {
    if (next.value !== undefined) found.push(next.value);
    if (slices.isOver) return slices.next().then(() => gather(walk, slices, found));
  }
  return found;
}

export function receiversIn(audiences: readonly Audience[]): number {
  let receivers = 0;
  for (const { subscribers } of audiences) receivers += subscribers.size;
  return receivers;
}

/** Hands a copy of the message to all of `audiences`; `undefined`: there is no room for it, else how many they are. */
export function deliver(
  audiences: readonly Audience[],
  channel: string,
  payload: Uint8Array,
  by: Publisher,
): MaybePromise<number | undefined> {
  const receivers = receiversIn(audiences);
  if (receivers === 0) return 0;
  const message = Message.create(channel, payload, receivers, by);
  if (message === undefined) return undefined;
  for (const { pattern, subscribers } of audiences) {
    for (const subscriber of subscribers) subscriber.hear(message, pattern);
  }
  message.release();
  if (receivers <= RECEIVERS_AT_ONCE) return receivers;
  return new Slices(by.clock.nowMs).next().then(() => receivers);
}
