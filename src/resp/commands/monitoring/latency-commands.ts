// LATENCY: what took longer than latency-monitor-threshold, and how long each command takes.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import type { Output } from "../../wire/output.ts";
import type { Call } from "../call.ts";
import { container, row } from "../rows.ts";
import { LANE_FIGURES, timesTogether } from "../workers/lane-figures.ts";
import { inAllWorkers, type LaneOperation } from "../workers/lane-operation.ts";
import { cumulated, type TimesData } from "./command-times.ts";
import { togetherEvents, type LatencyEvent } from "./latency-events.ts";

export const LATENCY_EVENTS: LaneOperation<null, readonly LatencyEvent[]> = {
  name: "latency|latest",
  run: ({ monitoring }) => monitoring.latency.all,
};

/** Gives the names of those that were forgotten. */
export const LATENCY_RESET: LaneOperation<readonly string[], readonly string[]> = {
  name: "latency|reset",
  run: ({ monitoring }, names) => monitoring.latency.reset(names),
};

/** Answers from the events of all workers. */
function withEvents(
  call: Call,
  write: (events: readonly LatencyEvent[], out: Output) => void,
): MaybePromise<void> {
  const all = inAllWorkers(call.services, LATENCY_EVENTS, null);
  return call.answer(all, (events) => write(togetherEvents(events.flat()), call.out));
}

function runLatest(call: Call): MaybePromise<void> {
  return withEvents(call, (events, out) => {
    out.array(events.length);
    for (const { name, samples, longestMs } of events) {
      const last = samples.at(-1)!;
      out.array(4);
      out.bulkText(name);
      out.integer(last.atSeconds);
      out.integer(last.ms);
      out.integer(longestMs);
    }
  });
}

function runHistory(call: Call): MaybePromise<void> {
  const wanted = call.args.lower(2);
  return withEvents(call, (events, out) => {
    const samples = events.find(({ name }) => name === wanted)?.samples ?? [];
    out.array(samples.length);
    for (const { atSeconds, ms } of samples) {
      out.array(2);
      out.integer(atSeconds);
      out.integer(ms);
    }
  });
}

function runReset(call: Call): MaybePromise<void> {
  const { args, services } = call;
  const names = Array.from({ length: args.count - 2 }, (_, i) => args.lower(i + 2));
  return call.answer(inAllWorkers(services, LATENCY_RESET, names), (forgotten) =>
    call.out.integer(new Set(forgotten.flat()).size),
  );
}

function runDoctor(call: Call): MaybePromise<void> {
  const { services } = call;
  return withEvents(call, (events, out) => {
    const lines = events.map(
      ({ name, samples, longestMs }) =>
        `${name}: ${samples.length} spikes, the last of ${samples.at(-1)!.ms} ms, the longest of ${longestMs} ms.\n`,
    );
    if (services.monitoring.latency.thresholdMs === 0) {
      out.verbatim(
        "Nothing is noted: set a threshold in milliseconds with CONFIG SET latency-monitor-threshold.\n",
      );
    } else out.verbatim(lines.length === 0 ? "No latency spike was seen.\n" : lines.join(""));
  });
}

/** Commands that are asked for, or all; of a container its subcommands. Those never measured have no figures. */
function measured({ args }: Call, times: ReadonlyMap<string, TimesData>): [string, TimesData][] {
  if (args.count === 2) return [...times];
  const names = Array.from({ length: args.count - 2 }, (_, i) => args.lower(i + 2));
  return [...times].filter(([command]) =>
    names.some((name) => command === name || command.startsWith(`${name}|`)),
  );
}

function runHistogram(call: Call): MaybePromise<void> {
  return call.answer(inAllWorkers(call.services, LANE_FIGURES, null), (lanes) => {
    const { out } = call;
    const found = measured(call, timesTogether(lanes));
    out.map(found.length);
    for (const [command, times] of found) {
      const buckets = [...cumulated(times)];
      out.bulkText(command);
      out.map(2);
      out.bulkText("calls");
      out.integer(times.count);
      out.bulkText("histogram_usec");
      out.map(buckets.length);
      for (const [us, calls] of buckets) {
        out.integer(us);
        out.integer(calls);
      }
    }
  });
}

export const LATENCY_COMMAND = container("latency", "Tells of what took long.", [
  row("latency|latest", 2, "key", "Returns the last sample of every event.", runLatest),
  row("latency|history", 3, "key", "Returns the samples of an event.", runHistory),
  row("latency|reset", -2, "admin", "Forgets events.", runReset),
  row("latency|doctor", 2, "key", "Says in words what was seen.", runDoctor),
  row("latency|histogram", -2, "key", "Returns how long commands took.", runHistogram),
]);
