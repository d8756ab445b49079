// How a lane asks the same lane of the instance's other workers. No code here.

export interface OtherWorkers {
  /** This worker's number, from 0. */
  readonly index: number;
  /** How many workers there are, this one included. */
  readonly count: number;
  /** Whether all have one L1 in common, of which each tells the whole. */
  readonly shareL1: boolean;
  /** From now on `answer` answers what `lane` of another worker asks. Questions and answers are plain data. */
  listen(lane: string, answer: (question: unknown) => unknown): void;
  /** What those answer that do so in time; `undefined`: too many ask, and nobody was asked. */
  ask(lane: string, question: unknown): Promise<readonly unknown[]> | undefined;
}
