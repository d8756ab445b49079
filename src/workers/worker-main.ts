// The process of one worker: told by its supervisor what to serve and when to stop. Nothing imports this.

import { messageOf } from "../base/bug.ts";
import { systemClock } from "../base/clock.ts";
import { RATE_SHARE_MS } from "../base/fleet-limits.ts";
import { LOG_FLUSH_MS_MAX } from "../base/limits.ts";
import { createLog, silentLog, type Log } from "../base/log.ts";
import { SettingError } from "../base/settings/settings.ts";
import { LogOutput, writeTo } from "../base/log-output.ts";
import type { RateLimit } from "../gate/rate-limit.ts";
import { startInstance, type Instance } from "../instance/instance.ts";
import type { HistoryPoint } from "../dashboard/client/sample.ts";
import type { InstanceEvent } from "../observe/events.ts";
import { guardProcess, ignoreLostReaders } from "../instance/process-guard.ts";
import type { Ranking, RankingQuery } from "../dashboard/ranking.ts";
import type { RequestPage } from "../observe/requests/request-record.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { ChannelLink } from "./channels/channel-link.ts";
import { LaneLink } from "./lanes/lane-link.ts";
import type { Question, QuestionParameters } from "./overview/gathering.ts";
import { SiblingLink } from "./sibling-link.ts";
import type { LaneQuestion, WorkerAssignment, ToSupervisor, ToWorker } from "./messages.ts";
import { pinCpu } from "./pin-cpu.ts";

const STDERR = 2;
const send = (message: ToSupervisor) => process.send?.(message);
const output = new LogOutput(writeTo(STDERR));
const channels = new ChannelLink(send);
const siblings = new SiblingLink(send);
const questions = new Map<number, (answer: unknown) => void>();
const allReady = Promise.withResolvers<void>();
let questionCount = 0;
let instance: Instance | undefined;
let lanes: LaneLink | undefined;
let rateLimit: RateLimit | undefined;
let log: Log = silentLog;

/** Sends the supervisor a question under a number, and awaits the answer. */
function askBy<Answer>(written: (id: number) => ToSupervisor): Promise<Answer> {
  return new Promise((resolve) => {
    const id = ++questionCount;
    questions.set(id, (answer) => resolve(answer as Answer));
    send(written(id));
  });
}

/** Asks the supervisor about the whole instance. */
function ask<Answer>(question: Question, parameters: QuestionParameters = {}): Promise<Answer> {
  return askBy((id) => ({ type: "ask", id, question, parameters }));
}

function askLanes(question: LaneQuestion): Promise<readonly unknown[]> {
  return askBy((id) => ({ type: "ask_lanes", id, question }));
}

async function start(assignment: WorkerAssignment): Promise<void> {
  const { index, settings, memory } = assignment;
  log = createLog({ ...settings.logging, output, wallMs: systemClock.wallMs });
  guardProcess(log);
  if (settings.pinCpus) log.info("pinned", { worker: index, cpu: pinCpu(index) });
  lanes = new LaneLink(assignment, askLanes);
  try {
    instance = await startInstance(settings, log, {
      index,
      lanes,
      memory,
      channels: memory === undefined ? undefined : channels,
      siblings,
      overview: {
        snapshot: () => ask<Snapshot>("snapshot"),
        history: () => ask<readonly HistoryPoint[]>("history"),
        events: () => ask<readonly InstanceEvent[]>("events"),
        requests: (after) => ask<RequestPage>("requests", { after }),
        ranking: (ranking) => ask<Ranking | undefined>("ranking", { ranking }),
      },
      allReady() {
        send({ type: "ready" });
        return allReady.promise;
      },
      shareRate,
      tellLogLevel: (level) => send({ type: "log_level", level }),
      tell: (event) => send({ type: "event", event }),
    });
    send({ type: "listening", url: instance.url });
  } catch (thrown) {
    send({ type: "failed", isSetting: thrown instanceof SettingError, text: messageOf(thrown) });
  }
}

/** Tells the others a few times a second what was taken here. */
function shareRate(limit: RateLimit): void {
  rateLimit = limit;
  if (limit.isOff) return;
  setInterval(() => {
    const spent = limit.spent();
    if (spent !== undefined) send({ type: "spent", spent });
  }, RATE_SHARE_MS);
}

/** A worker that is still starting has nothing to tell. */
async function tellRanking(id: number, query: RankingQuery): Promise<void> {
  const ranking = await instance?.own.ranking(query);
  send({ type: "ranking", id, ranking: ranking ?? { entries: [], complete: false } });
}

async function stop(): Promise<void> {
  await instance?.stop();
  await output.flush(LOG_FLUSH_MS_MAX);
  process.exit(0);
}

ignoreLostReaders();
process.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "start":
      return void start(message.assignment);
    case "all_ready":
      return allReady.resolve();
    case "reload":
      return instance?.reload();
    case "spent":
      return rateLimit?.spendElsewhere(message.spent, systemClock.nowMs());
    case "log_level":
      log.level = message.level;
      return;
    case "stop":
      return void stop();
    case "ping":
      return void send({ type: "pong" });
    case "report":
      if (instance !== undefined) send({ type: "report", id: message.id, snapshot: instance.own.snapshot() });
      return;
    case "requests":
      if (instance === undefined) return;
      return void send({ type: "requests", id: message.id, page: instance.own.requests(message.after) });
    case "ranking":
      return void tellRanking(message.id, message.query);
    case "lane_question":
      return void send({ type: "lane_answer", id: message.id, answer: lanes?.answer(message.question) });
    case "answer":
      questions.get(message.id)?.(message.answer);
      questions.delete(message.id);
      return;
    default:
      channels.receive(message);
      return siblings.receive(message);
  }
});
// A terminal sends its signals to the whole group; it is the supervisor that drains.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
process.on("SIGHUP", () => {});
// The supervisor has died without a word: its place may be taken at once by another, beside whom nobody may answer.
process.on("disconnect", () => process.exit(1));
