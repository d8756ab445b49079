// The shortcuts that the protocol could be thought to do without, each put back alone: the simulation must find it.

import { PROTOCOL_RULES, type ProtocolRules } from "../../src/coherence/protocol-rules.ts";
import { flightResultOf } from "../../src/store/shared/flight-result.ts";
import { ALL_SCRIPTS, type SimScripts } from "./sim-scripts.ts";
import type { Scenario } from "./simulate.ts";

const NEVER = Number.POSITIVE_INFINITY;

function rules(changes: Partial<ProtocolRules>): Scenario {
  return { rules: { ...PROTOCOL_RULES, ...changes } };
}

function scripts(changes: Partial<SimScripts>): Scenario {
  return { scripts: { ...ALL_SCRIPTS, ...changes } };
}

export const SHORTCUTS: Readonly<Record<string, Scenario>> = {
  "no protocol: publish, subscribe, evict": rules({
    isGap: () => false,
    follow: Math.max,
    isBehind: () => false,
    isOtherEpoch: () => false,
    flushesOnConnect: () => false,
    freshUntilMs: () => NEVER,
    mayInstallFill: () => true,
    mayInstallWrite: () => true,
    poisonsDetached: () => false,
  }),
  "no tick": rules({ freshUntilMs: () => NEVER, isBehind: () => false }),
  "no flush on reconnect and no gap check": rules({
    flushesOnConnect: () => false,
    isGap: () => false,
    follow: Math.max,
    isBehind: () => false,
  }),
  "no gap check": rules({ isGap: () => false, follow: Math.max }),
  "own write installed unguarded, with an origin filter": {
    ...rules({ mayInstallWrite: () => true, isIgnored: (isOwn) => isOwn }),
    faults: false,
  },
  "no fill token": { ...rules({ mayInstallFill: () => true }), faults: false },
  "no epoch": rules({ isOtherEpoch: () => false }),
  "answers of a replica are believed": {
    ...scripts({ provesRole: false }),
    ...rules({ isBackwards: (proven, n, isChange) => isChange && n === proven }),
  },
  "an answer may lie before what was proven": {
    ...scripts({ provesRole: false, provesRun: false }),
    ...rules({ isBackwards: (proven, n, isChange) => isChange && n === proven }),
  },
  "a primary that was a replica meanwhile is believed": scripts({ provesReign: false }),
  "a version is compared though its number may have been used again": scripts({ provesVersions: false }),
  "a number may be taken twice": rules({ isBackwards: (proven, n) => n < proven }),
  "a stranger's epoch is obeyed": { ...rules({ obeysForeign: () => true }), faults: false },
  "a number is believed whatever the sequence says": rules({ follow: Math.max, disbelieve: (n) => n }),
  "a change that is refused has taken a number": { ...scripts({ publishesFirst: false }), faults: false },
  "a fill is not tested against what was invalidated": scripts({ testsLeases: false }),
  "a loss in one partition empties all of them": {
    onInstance({ store }) {
      for (const { partition } of store.shards) {
        const flush = partition.flush.bind(partition);
        partition.flush = () => {
          flush();
          store.engine.clear();
        };
      }
    },
  },
  "a push goes out before the answer that is under way": {
    onKeeper({ connection }) {
      connection.tell = () => connection.tracking.write();
    },
    faults: false,
  },
  "a worker's change is acknowledged before its siblings know of it": {
    onInstance({ siblings }) {
      if (siblings !== undefined) siblings.settle = () => Promise.resolve(false);
    },
    faults: false,
  },
  "a change of what was read is made whatever has become of it": {
    ...scripts({ testsVersions: false }),
    faults: false,
  },
  "a step is done if the first key that it has read is unchanged": {
    ...scripts({ testsSteps: false }),
    faults: false,
  },
  "the keys of a transaction are written one after another": {
    onInstance({ store }) {
      store.commit = () => Promise.resolve({ kind: "apart" });
    },
    faults: false,
  },
  "a deadline by another server's clock is taken": scripts({ knowsClocks: false }),
  "an answer to another question is taken": scripts({ namesQuestions: false }),
  "a detached flight may still install": rules({ poisonsDetached: () => false }),
  "a timed-out flight may still install": {
    onLateRead({ store, clock }, read, keys) {
      for (const [index, key] of keys.entries()) {
        const { entry } = flightResultOf(read, index, clock.nowMs(), undefined, clock);
        const present = store.engine.peek(key, clock.nowMs());
        if (entry === undefined || (present !== undefined && present.version >= entry.n)) continue;
        if (read.epoch !== store.shards[0]!.partition.epoch) continue;
        store.engine.set(key, entry.record, entry.n, entry.expiresAtMs, clock.nowMs());
      }
    },
  },
};
