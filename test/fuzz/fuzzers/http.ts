// Fuzzes the HTTP front with mutations of odd and malformed requests: the corpus is test/http/corpus.

import { SECRET } from "../../http/corpus/case.ts";
import { CORPUS_ENV } from "../../http/corpus/corpus.ts";
import { checkMutations } from "../../http/corpus/mutation-check.ts";
import { FuzzedServer } from "../support/fuzzed-server.ts";
import type { Fuzzer } from "../support/fuzzer.ts";

export async function httpFuzzer(seed: number): Promise<Fuzzer> {
  const server = await FuzzedServer.start({
    ...CORPUS_ENV,
    CACHEE_API_KEYS: `corpus:read+write+admin=${SECRET}`,
  });
  return {
    folders: ["http", "http/fast", "http/handlers", "http/middleware", "http/reply", "http/request"],
    async run(_, number) {
      const { statuses } = await checkMutations(server, seed, number, number + 1);
      return Object.keys(statuses);
    },
    check: () => server.check(SECRET),
    figures: () => `the honest client waited ${server.honestMsMax.toFixed(0)} ms at most`,
    stop: () => server.stop(),
  };
}
