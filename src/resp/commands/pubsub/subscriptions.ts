// What one connection subscribes to, and the messages that it is still to be sent. Warm.
//
// A message waits in `#queue` while a command of the connection runs: within an answer, or before the one that is under
// way, it would be no RESP. From there it goes to the outbox, where it is the connection's own to be charged with.

import type { ApiKey } from "../../../auth/api-key.ts";
import type { Clock } from "../../../base/clock.ts";
import type { InFlight } from "../../../base/in-flight.ts";
import {
  SUBSCRIPTION_BYTES_MAX,
  SUBSCRIPTION_MESSAGES_BYTES_MAX,
  SUBSCRIPTIONS_MAX,
} from "../../../base/limits.ts";
import { Charge } from "../../../gate/charge.ts";
import type { Session } from "../../../gate/session.ts";
import type { Outbox } from "../../wire/outbox.ts";
import type { Glob } from "../keys/glob.ts";
import type { Channels, Subscriber } from "./channels.ts";
import type { Message } from "./message.ts";

/** What a subscription takes in memory: a name, and each character of a name and of a compiled pattern. */
const NAME_BYTES = 250;
const CHANNEL_CHAR_BYTES = 2;
const PATTERN_CHAR_BYTES = 160;

interface Waiting {
  readonly message: Message;
  readonly pattern: string | undefined;
}

/** What all connections share. */
interface SubscriptionOptions {
  readonly channels: Channels;
  readonly inFlight: InFlight;
  readonly clock: Clock;
}

export class Subscriptions implements Subscriber {
  /** It has fallen behind by more than may wait for it, or may have missed a message: it is to be cut. */
  isOverrun = false;
  readonly #channels = new Set<string>();
  readonly #patterns = new Map<string, Glob>();
  readonly #options: SubscriptionOptions;
  readonly #outbox: Outbox;
  readonly #session: Session;
  readonly #tellLater: () => void;
  readonly #charge: Charge;
  #nameBytes = 0;
  #chargedBytes = 0;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  /** Bytes of messages written since the connection last had nothing waiting. */
  #pushedBytes = 0;
  /** An API key whose prefix was last looked at, and the prefix, a character for each byte. */
  #apiKey: ApiKey | undefined;
  #prefix = "";

  /** `tellLater`: asks for a look at `isOverrun`, a call of `write` and a flush, soon. */
  constructor(options: SubscriptionOptions, outbox: Outbox, session: Session, tellLater: () => void) {
    this.#options = options;
    this.#outbox = outbox;
    this.#session = session;
    this.#tellLater = tellLater;
    this.#charge = new Charge(options.inFlight, "tracking");
  }

  get channelCount(): number {
    return this.#channels.size;
  }

  get patternCount(): number {
    return this.#patterns.size;
  }

  get count(): number {
    return this.#channels.size + this.#patterns.size;
  }

  /** Only the commands of RESP2's subscribed mode may be run. Hot. */
  get isRestricting(): boolean {
    return this.#outbox.protocol === 2 && this.count > 0;
  }

  /** Messages wait to be written. Hot. */
  get isWaiting(): boolean {
    return this.#queue.length > 0;
  }

  /** Names of what it subscribes to, in the order in which it did. */
  names(kind: "channel" | "pattern"): string[] {
    return [...(kind === "channel" ? this.#channels : this.#patterns.keys())];
  }

  /** Makes room for `names`, at the cost of `owner`; `false`: they are too many, or there is none. */
  reserve(kind: "channel" | "pattern", names: ReadonlySet<string>, owner: string): boolean {
    let count = this.count;
    let bytes = this.#nameBytes;
    let charge = this.#chargedBytes;
    for (const name of names) {
      if (this.has(kind, name)) continue;
      count += 1;
      bytes += name.length;
      charge += chargeOf(kind, name);
    }
    if (count > SUBSCRIPTIONS_MAX || bytes > SUBSCRIPTION_BYTES_MAX) return false;
    return this.#charge.set(owner, charge);
  }

  has(kind: "channel" | "pattern", name: string): boolean {
    return kind === "channel" ? this.#channels.has(name) : this.#patterns.has(name);
  }

  /** Subscribes to `name`, for which there is room. */
  add(kind: "channel" | "pattern", name: string): void {
    if (this.has(kind, name)) return;
    this.#nameBytes += name.length;
    this.#chargedBytes += chargeOf(kind, name);
    if (kind === "channel") {
      this.#channels.add(name);
      this.#options.channels.subscribe(name, this);
    } else {
      this.#patterns.set(name, this.#options.channels.subscribePattern(name, this));
    }
  }

  remove(kind: "channel" | "pattern", name: string): void {
    if (!this.has(kind, name)) return;
    this.#nameBytes -= name.length;
    this.#chargedBytes -= chargeOf(kind, name);
    if (kind === "channel") {
      this.#channels.delete(name);
      this.#options.channels.unsubscribe(name, this);
    } else {
      this.#patterns.delete(name);
      this.#options.channels.unsubscribePattern(name, this);
    }
    if (this.count === 0) this.#charge.clear();
  }

  /** Ends every subscription, and forgets the messages that wait. */
  end(): void {
    for (const name of this.names("channel")) this.remove("channel", name);
    for (const name of this.names("pattern")) this.remove("pattern", name);
    this.#charge.clear();
    this.#forgetQueue();
  }

  /** The API key may subscribe to all that the connection subscribes to. */
  get isAllowed(): boolean {
    if (this.count === 0) return true;
    for (const name of this.#channels) if (!this.#mayHear(name)) return false;
    for (const glob of this.#patterns.values()) if (!this.#mayHear(glob.prefix)) return false;
    return true;
  }

  lose(): void {
    if (this.isOverrun) return;
    this.isOverrun = true;
    this.#tellLater();
  }

  hear(message: Message, pattern: string | undefined): void {
    if (this.isOverrun || !this.#mayHear(message.channel)) return;
    if (this.#queuedBytes > 0 && this.#queuedBytes + message.bytes > SUBSCRIPTION_MESSAGES_BYTES_MAX) {
      this.isOverrun = true;
    } else {
      message.hold();
      this.#queue.push({ message, pattern });
      this.#queuedBytes += message.bytes;
    }
    this.#tellLater();
  }

  /** Writes the messages that wait; between two answers. */
  write(): void {
    if (this.#queue.length === 0) return;
    const outbox = this.#outbox;
    if (!outbox.isStalled) this.#pushedBytes = 0;
    outbox.beginPush();
    for (const { message, pattern } of this.#queue) {
      // What a socket does not take is copied for each subscriber.
      if (outbox.isStalled && this.#pushedBytes > 0) {
        const bytes = this.#pushedBytes + message.bytes;
        this.isOverrun ||= bytes > SUBSCRIPTION_MESSAGES_BYTES_MAX || !outbox.hasRoomFor(message.bytes);
      }
      if (this.isOverrun || outbox.isDropped) break;
      this.#pushedBytes += message.bytes;
      this.#writeOne(message, pattern);
    }
    outbox.endPush();
    this.#forgetQueue();
    if (this.isOverrun) this.#tellLater();
  }

  #writeOne({ channelBytes, payload }: Message, pattern: string | undefined): void {
    const out = this.#outbox.output;
    const parts = pattern === undefined ? 3 : 4;
    if (out.protocol === 3) out.push(parts);
    else out.array(parts);
    if (pattern === undefined) {
      out.raw("$7\r\nmessage\r\n");
    } else {
      out.raw("$8\r\npmessage\r\n");
      out.bulk(Buffer.from(pattern, "latin1"), 0, pattern.length);
    }
    out.bulk(channelBytes, 0, channelBytes.length);
    this.#outbox.value(payload, 0, payload.length, this.#options.clock.nowMs());
  }

  #forgetQueue(): void {
    for (const { message } of this.#queue) message.release();
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  #mayHear(channel: string): boolean {
    const { apiKey } = this.#session;
    if (apiKey === undefined || !apiKey.read) return false;
    if (apiKey.prefix === "") return true;
    if (apiKey !== this.#apiKey) {
      this.#apiKey = apiKey;
      this.#prefix = Buffer.from(apiKey.prefix, "utf8").toString("latin1");
    }
    return channel.startsWith(this.#prefix);
  }
}

function chargeOf(kind: "channel" | "pattern", name: string): number {
  return NAME_BYTES + name.length * (kind === "channel" ? CHANNEL_CHAR_BYTES : PATTERN_CHAR_BYTES);
}
