// What a command does to, or reads of, its lane in every worker of the instance. Cold.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { OVERLOADED, Refusal } from "../../wire/refusal.ts";
import type { Services } from "../services.ts";

/** Question and answer are plain data: they go between processes. */
export interface LaneOperation<Question, Answer> {
  readonly name: string;
  run(services: Services, question: Question): Answer;
}

/** An operation's name with its question, as it goes to another worker. */
export interface SentOperation {
  readonly name: string;
  readonly question: unknown;
}

/** Runs it in all workers: this one's answer, then those of the others that answer in time. */
export function inAllWorkers<Question, Answer>(
  services: Services,
  operation: LaneOperation<Question, Answer>,
  question: Question,
): MaybePromise<readonly Answer[] | Refusal> {
  const { otherWorkers, laneTraffic } = services.options;
  if (otherWorkers === undefined) return [operation.run(services, question)];
  const sent: SentOperation = { name: operation.name, question };
  const others = otherWorkers.ask(laneTraffic.lane, sent);
  if (others === undefined) return new Refusal(OVERLOADED);
  const own = operation.run(services, question);
  return after(others, (answers) => [own, ...(answers as readonly Answer[])]);
}
