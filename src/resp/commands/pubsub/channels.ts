// Who subscribes to what in this process: channels by name, and patterns. Names are a character for each byte. Warm.

import type { ChannelBus } from "../../../store/channel-bus.ts";
import { compileGlob, type Glob } from "../keys/glob.ts";
import type { Message } from "./message.ts";

/** A connection that subscribes to something. */
export interface Subscriber {
  /** `message` was published on a channel it subscribes to, or on one that `pattern` matches. */
  hear(message: Message, pattern: string | undefined): void;
  /** It may have missed a message. */
  lose(): void;
}

/** Those who subscribe to one channel, or to one pattern. */
export interface Audience {
  readonly pattern: string | undefined;
  readonly subscribers: ReadonlySet<Subscriber>;
}

interface Listed extends Audience {
  readonly subscribers: Set<Subscriber>;
}

interface ListedPattern extends Listed, ChannelPattern {
  readonly pattern: string;
}

interface ChannelPattern {
  readonly pattern: string;
  readonly glob: Glob;
}

/** As Redis has it: to the empty name no pattern matches but the empty one, not even `*`. */
export function matchesChannel({ pattern, glob }: ChannelPattern, channel: string): boolean {
  if (channel === "") return pattern === "";
  return channel.startsWith(glob.prefix) && glob.matches(channel);
}

export class Channels {
  /** Brings messages to and from other processes; `undefined`: there are none. */
  readonly bus: ChannelBus | undefined;
  readonly #byChannel = new Map<string, Listed>();
  readonly #byPattern = new Map<string, ListedPattern>();

  constructor(bus?: ChannelBus) {
    this.bus = bus;
  }

  /** Nobody subscribes to anything. */
  get isEmpty(): boolean {
    return this.#byChannel.size === 0 && this.#byPattern.size === 0;
  }

  /** Names of the channels that have subscribers. */
  get names(): Iterable<string> {
    return this.#byChannel.keys();
  }

  /** Patterns that have subscribers, each once. */
  get patterns(): ReadonlyMap<string, { readonly glob: Glob }> {
    return this.#byPattern;
  }

  subscribe(channel: string, subscriber: Subscriber): void {
    const listed = this.#byChannel.get(channel);
    if (listed !== undefined) listed.subscribers.add(subscriber);
    else this.#byChannel.set(channel, { pattern: undefined, subscribers: new Set([subscriber]) });
  }

  unsubscribe(channel: string, subscriber: Subscriber): void {
    const listed = this.#byChannel.get(channel);
    listed?.subscribers.delete(subscriber);
    if (listed?.subscribers.size === 0) this.#byChannel.delete(channel);
  }

  /** `pattern` has RESP_PATTERN_CHARS_MAX characters at most; what it is compiled to, once for all who subscribe to it. */
  subscribePattern(pattern: string, subscriber: Subscriber): Glob {
    const existing = this.#byPattern.get(pattern);
    const listed = existing ?? { pattern, glob: compileGlob(pattern)!, subscribers: new Set() };
    if (existing === undefined) this.#byPattern.set(pattern, listed);
    listed.subscribers.add(subscriber);
    return listed.glob;
  }

  unsubscribePattern(pattern: string, subscriber: Subscriber): void {
    const listed = this.#byPattern.get(pattern);
    listed?.subscribers.delete(subscriber);
    if (listed?.subscribers.size === 0) this.#byPattern.delete(pattern);
  }

  /** Tells every subscriber that it may have missed messages. */
  lose(): void {
    for (const listed of [this.#byChannel, this.#byPattern]) {
      for (const { subscribers } of listed.values()) for (const subscriber of subscribers) subscriber.lose();
    }
  }

  audienceOf(channel: string): Audience | undefined {
    return this.#byChannel.get(channel);
  }

  /** For each pattern its audience, or nothing where `channel` does not match it: a pattern may take long to match. */
  *matching(channel: string): Generator<Audience | undefined, undefined> {
    for (const listed of this.#byPattern.values()) {
      yield matchesChannel(listed, channel) ? listed : undefined;
    }
    return undefined;
  }
}
