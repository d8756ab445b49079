// Which keyspace notifications are wanted (notify-keyspace-events), and how they are published. Warm.

import { KEYSPACE_EVENTS_WAITING_MAX } from "../../../base/limits/steps.ts";
import type { Clock } from "../../../base/clock.ts";
import type { InFlight } from "../../../base/in-flight.ts";
import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { Slices } from "../../../base/loop/slices.ts";
import type { ChangeListener, Changes } from "../../../store/changes.ts";
import { keyBytesOf } from "../../wire/stored-key.ts";
import type { Channels } from "./channels.ts";
import { audiencesOf, deliver } from "./deliver.ts";

/** Classes of events in the order in which Redis tells them; `n` is not among all. */
const CLASSES = "g$lshzxetd";
const NEW = "n";
const TAKEN = new RegExp(`^[${CLASSES}nmAKE]*$`);
/** Whom events are charged to until subscribers have them. */
const OWNER = "keyspace events";
/** Events published between two looks at the clock. */
const LOOKED_AT_ONCE = 100;

export interface KeyspaceEvent {
  readonly name: string;
  /** One letter. */
  readonly kind: string;
  /** As it is stored. */
  readonly key: string;
}

export interface KeyspaceParts {
  readonly inFlight: InFlight;
  readonly clock: Clock;
}

export class KeyspaceEvents implements ChangeListener {
  /** Some are wanted. Hot. */
  isOn = false;
  readonly #channels: Channels;
  #kinds = "";
  #byKey = false;
  #byEvent = false;
  #waiting: KeyspaceEvent[] = [];
  #ignore: (() => void) | undefined;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  /** As CONFIG GET tells it. */
  get flags(): string {
    const hasAll = [...CLASSES].every((kind) => this.#kinds.includes(kind));
    const kinds = hasAll ? "A" : [...CLASSES].filter((kind) => this.#kinds.includes(kind)).join("");
    const others = [
      this.#kinds.includes(NEW) && !hasAll,
      this.#byKey,
      this.#byEvent,
      this.#kinds.includes("m"),
    ];
    return kinds + [NEW, "K", "E", "m"].filter((_, i) => others[i]).join("");
  }

  /** `false`: these are no flags. */
  setFlags(text: string): boolean {
    if (!TAKEN.test(text)) return false;
    this.#kinds = text.replaceAll("A", CLASSES);
    this.#byKey = text.includes("K");
    this.#byEvent = text.includes("E");
    this.isOn = (this.#byKey || this.#byEvent) && /[^KE]/.test(text);
    return true;
  }

  get isIdle(): boolean {
    return !this.isOn;
  }

  /** Listens so that no write is done in a way that does not tell. */
  onKey(): void {}
  onMass(): void {}

  /** Has the store tell of every change while some are wanted. */
  attend(changes: Changes): void {
    if (this.isOn) this.#ignore ??= changes.listen(this);
    else this.#ignore?.();
    if (!this.isOn) this.#ignore = undefined;
  }

  wants(kind: string): boolean {
    return this.#kinds.includes(kind);
  }

  /** Publishes `event` once the present turn is over; past a bound of events that wait, none. */
  tell(event: KeyspaceEvent, parts: KeyspaceParts): void {
    if (!this.isOn || !this.wants(event.kind)) return;
    if (this.#waiting.length >= KEYSPACE_EVENTS_WAITING_MAX) return;
    this.#waiting.push(event);
    if (this.#waiting.length === 1) queueMicrotask(() => void this.#publishAll(parts));
  }

  /** At once, but for such as the bus or very many subscribers are waited for. */
  async #publishAll(parts: KeyspaceParts): Promise<void> {
    const slices = new Slices(parts.clock.nowMs);
    for (let i = 0; i < this.#waiting.length; i++) {
      const { name, key } = this.#waiting[i]!;
      const bytes = keyBytesOf(key);
      const byKey =
        this.#byKey && this.#publish(`__keyspace@0__:${bytes.latin1Slice()}`, Buffer.from(name), parts);
      if (byKey instanceof Promise) await byKey;
      const byEvent = this.#byEvent && this.#publish(`__keyevent@0__:${name}`, bytes, parts);
      if (byEvent instanceof Promise) await byEvent;
      if (i % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1 && slices.isOver) await slices.next();
    }
    this.#waiting = [];
  }

  /** By the bus to the whole fleet, where there is one. */
  #publish(channel: string, payload: Uint8Array, parts: KeyspaceParts): MaybePromise<unknown> {
    const channels = this.#channels;
    if (channels.bus !== undefined) return channels.bus.publish(channel, payload);
    if (channels.isEmpty) return undefined;
    return after(audiencesOf(channels, channel, parts.clock), (audiences) =>
      deliver(audiences, channel, payload, { ...parts, owner: OWNER }),
    );
  }
}
