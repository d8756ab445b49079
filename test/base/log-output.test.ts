// The output of the log: every line once and in order, or counted; bounded whatever the descriptor does.

import { expect, test } from "bun:test";
import { LOG_QUEUE_CHARS_MAX } from "../../src/base/limits.ts";
import { createLog } from "../../src/base/log.ts";
import { LogOutput, type WriteBytes } from "../../src/base/log-output.ts";
import { until } from "../support/until.ts";

const failure = (code: string) => Object.assign(new Error(code), { code });

/** A descriptor that answers each write by the next of `answers`: a number of bytes, or an error's code. */
function descriptor(answers: (number | string)[]): { write: WriteBytes; written: () => string } {
  let text = "";
  return {
    written: () => text,
    write: (bytes, done) => {
      const answer = answers.shift() ?? bytes.length;
      queueMicrotask(() => {
        if (typeof answer === "string") return done(failure(answer), 0);
        text += bytes.subarray(0, answer).toString();
        done(null, Math.min(answer, bytes.length));
      });
    },
  };
}

test("lines are written whole and in order, though the descriptor takes them in parts or not at once", async () => {
  const { write, written } = descriptor([3, "EAGAIN", 1, "EINTR"]);
  const output = new LogOutput(write);
  const lines = Array.from({ length: 100 }, (_, i) => `line ${i}\n`);
  for (const line of lines) output.write(line);
  await output.flush(10_000);
  expect(written()).toBe(lines.join(""));
  expect(output.dropped).toBe(0);
});

test("lines that cannot be written are counted, and the next ones are tried again", async () => {
  const { write, written } = descriptor(["EPIPE", "ENOSPC"]);
  const output = new LogOutput(write);
  for (const line of ["a\n", "b\n", "c\n"]) output.write(line);
  await output.flush(10_000);
  expect(output.dropped).toBe(3);
  output.write("d\n");
  await output.flush(10_000);
  expect([written(), output.dropped]).toEqual(["d\n", 3]);
});

test("what waits for a reader that takes nothing is bounded, and so is the wait for it", async () => {
  let taken = 0;
  const output = new LogOutput((bytes) => (taken += bytes.length));
  const line = `${"x".repeat(999)}\n`;
  for (let i = 0; i < 10_000; i++) output.write(line);
  expect(taken).toBe(1_000);
  expect(output.dropped).toBe(10_000 - 1 - Math.floor(LOG_QUEUE_CHARS_MAX / 1_000));
  await output.flush(1);
});

test("the log tells what its output dropped; a pretty line has no character that a terminal obeys", async () => {
  const { write, written } = descriptor(["EPIPE"]);
  const output = new LogOutput(write);
  const log = createLog({ level: "info", isPretty: true, output, wallMs: () => 0 });
  log.info("lost");
  await until(() => log.dropped === 1);
  log.info("kept", { name: "a\u009b31m\u001b[0m\u007f" });
  await output.flush(10_000);
  expect(written()).toBe('00:00:00.000 info  kept name="a\\u009b31m\\u001b[0m\\u007f"\n');
});
