// Fuzzes the WebSocket lane: messages of requests, whole or damaged, in frames, whole or damaged, cut anywhere.

import { decodeAnswers, encodeRequest, type Answer } from "../../../src/websocket/client/frames.ts";
import { PUT } from "../../../src/websocket/frames.ts";
import { corpusOf } from "../support/corpus.ts";
import { FUZZ_PREFIX, FUZZ_SECRET, FuzzedServer } from "../support/fuzzed-server.ts";
import type { Fuzzer } from "../support/fuzzer.ts";
import { below, chunksOf, mutated, oneOf } from "../support/mutate.ts";
import { talk } from "../support/talk.ts";
import { BINARY, CLOSE, CONTINUATION, frame, handshake, parseServer } from "../support/websocket-wire.ts";

const OPERATIONS = [1, 1, 1, 2, 2, 3, 4, 5];
const ODD_KEYS = ["honest/canary", "fuzz", "", "a\nb", "x".repeat(600)];
const TYPES = ["", "text/plain", "a\r\nb: c", "text/html; charset=utf-8", "é"];
const TTLS = [0, 1, 1_000, 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 31_536_000_001];

function requestOf(random: () => number, id: number): Uint8Array {
  const operation = oneOf(random, OPERATIONS);
  const key = random() < 0.9 ? `${FUZZ_PREFIX}${below(random, 20)}` : oneOf(random, ODD_KEYS);
  if (operation !== PUT) return encodeRequest({ operation, id, key, flags: below(random, 16) });
  const value = new Uint8Array(below(random, random() < 0.05 ? 100_000 : 300)).fill(below(random, 256));
  const contentType = oneOf(random, TYPES);
  return encodeRequest({
    operation,
    id,
    key,
    flags: below(random, 4),
    value,
    contentType,
    ttlMs: oneOf(random, TTLS),
  });
}

/** `message` in one to three frames. */
function framesOf(random: () => number, message: Uint8Array): Buffer[] {
  const mask = Array.from({ length: 4 }, () => below(random, 256));
  const pieces = random() < 0.7 ? 1 : 1 + below(random, 3);
  const size = Math.ceil(message.length / pieces);
  return Array.from({ length: pieces }, (_, i) =>
    frame(
      i === 0 ? BINARY : CONTINUATION,
      message.subarray(i * size, (i + 1) * size),
      i === pieces - 1,
      mask,
    ),
  );
}

/** Answers in all that a server sent; throws what is no answer. */
function answersIn(received: Buffer): Answer[] {
  const parsed = parseServer(received);
  if (parsed === undefined)
    throw new Error(`no WebSocket server says ${JSON.stringify(received.toString("latin1"))}`);
  return parsed.frames
    .filter(({ opcode }) => opcode === BINARY)
    .flatMap(({ payload }) => {
      const answers = decodeAnswers(payload);
      if (answers === undefined) throw new Error(`no message of answers: ${payload.toString("hex")}`);
      return answers;
    });
}

function kindsIn(received: Buffer): string[] {
  const { status = 0, frames = [] } = parseServer(received) ?? {};
  const closes = frames.filter(({ opcode }) => opcode === CLOSE);
  const codes = closes.map(({ payload }) => `close ${payload.length < 2 ? "" : payload.readUInt16BE(0)}`);
  const kinds = answersIn(received).map((answer) => (answer.kind === "failed" ? answer.code : answer.kind));
  return [`status ${status}`, ...kinds, ...codes];
}

const isAnswer = (answer: Answer) => "id" in answer && answer.id !== 0;

export async function websocketFuzzer(): Promise<Fuzzer> {
  const corpus = corpusOf("websocket");
  const server = await FuzzedServer.start();
  return {
    folders: ["websocket", "gate"],
    async run(random) {
      const requests = Array.from({ length: 1 + below(random, 8) }, (_, i) => requestOf(random, i + 1));
      const kind = random();
      const isWhole = kind < 0.4;
      const message = kind > 0.8 ? oneOf(random, corpus) : Buffer.concat(requests);
      // Damaged is the message, or the frames that carry it.
      const isMessageDamaged = !isWhole && random() < 0.5;
      const frames = Buffer.concat(framesOf(random, isMessageDamaged ? mutated(random, message) : message));
      const sent = isWhole || isMessageDamaged ? frames : mutated(random, frames);
      const chunks = [handshake(FUZZ_SECRET), ...chunksOf(random, sent)];
      const { port } = server;
      const isOver = (received: Buffer) => answersIn(received).filter(isAnswer).length >= requests.length;
      const received = await talk(isWhole ? { port, chunks, isOver } : { port, chunks });
      const answered = answersIn(received).filter(isAnswer).length;
      if (isWhole && answered !== requests.length) {
        throw new Error(`${answered} answers to ${requests.length} requests: ${message.toString("hex")}`);
      }
      return kindsIn(received);
    },
    check: () => server.check(),
    figures: () => `the honest client waited ${server.honestMsMax.toFixed(0)} ms at most`,
    stop: () => server.stop(),
  };
}
