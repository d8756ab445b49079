// Runs a command so that what it changes becomes keyspace notifications, where such are wanted.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { servicesWith } from "../services.ts";
import type { KeyspaceEvent } from "./keyspace-events.ts";
import { NotifyingStore } from "./notifying-store.ts";

/** `tell`: where the events go, at once unless given. */
export function runNotified(
  call: Call,
  command: Command,
  tell?: (event: KeyspaceEvent) => void,
): MaybePromise<void> {
  const { services } = call;
  const { options } = services;
  const { keyspaceEvents } = options;
  if (!keyspaceEvents.isOn || command.keys === undefined) return command.run(call);
  const store = new NotifyingStore(call, command, tell ?? ((event) => keyspaceEvents.tell(event, options)));
  const inner = call.within(servicesWith(services, store.over(services.store)), call.args, call.keys);
  inner.counts = call.counts;
  return after(command.run(inner), () => {
    call.refusal = inner.refusal;
  });
}
