// Commands that read and write several keys, written as if nobody else were there, and run as one step where others are.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { Outbox } from "../../wire/outbox.ts";
import { OutputPool } from "../../wire/output.ts";
import { Refusal } from "../../wire/refusal.ts";
import type { Arguments } from "../../wire/arguments.ts";
import { Call } from "../call.ts";
import type { Command } from "../command.ts";
import type { ConnectionPort } from "../connection-port.ts";
import { servicesWith, type Services } from "../services.ts";
import { APART, runStep } from "./run-step.ts";
import type { StepView } from "./step-view.ts";

/** As `run`, which is done at once where reads and writes are. Where the store has no step for the keys, they are done one by one. */
export function asOneStep(run: Command["run"]): Command["run"] {
  return (call) => (call.services.store.isEmbedded ? run(call) : runAsStep(call, run));
}

function runAsStep(call: Call, run: Command["run"]): MaybePromise<void> {
  const { services, keys } = call;
  const later = runStep({ services, keys: [...keys], run: (view) => runOn(call, view, run) });
  return after(later, (answer): MaybePromise<void> => {
    if (answer === APART) return run(call);
    if (answer instanceof Refusal) return call.fail(answer.text);
    call.refusal = answer.refusal;
    call.out.bytes(answer.bytes, 0, answer.bytes.length);
  });
}

async function runOn(call: Call, view: StepView, run: Command["run"]): Promise<CapturedAnswer> {
  const captured = new CapturedCall(stepServices(call.services, view), call.connection, call.args);
  const inner = captured.call;
  inner.nowMs = call.nowMs;
  inner.keys.push(...call.keys);
  inner.counts = call.counts;
  await run(inner);
  return { bytes: captured.bytes(), refusal: inner.refusal };
}

interface CapturedAnswer {
  readonly bytes: Uint8Array;
  readonly refusal: string | undefined;
}

/** What commands of a step see: nobody else has a turn at a key. */
export function stepServices(services: Services, view: StepView): Services {
  return { ...servicesWith(services, view.store), turns: new Map() };
}

/** A call whose answer is kept, instead of sent. */
export class CapturedCall {
  readonly call: Call;
  readonly #outbox: Outbox;
  readonly #chunks: Buffer[] = [];

  constructor(
    services: Services,
    connection: ConnectionPort,
    args: Arguments,
    protocol = connection.protocol,
  ) {
    const sink = {
      write: (data: Uint8Array, offset: number, length: number): number => {
        this.#chunks.push(Buffer.from(data.subarray(offset, offset + length)));
        return length;
      },
    };
    this.#outbox = new Outbox(sink, new OutputPool(), () => true);
    this.#outbox.protocol = protocol;
    this.call = new Call(services, connection, args, this.#outbox);
  }

  /** What was answered. */
  bytes(): Buffer {
    this.#outbox.flush(0);
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
  }
}
