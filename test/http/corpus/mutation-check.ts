// Sends mutations of the corpus to a server, and holds its answers against what a strict recipient would have seen.

import { seededRandom } from "../../cache/support/random.ts";
import { ask, RawConnection, type Address } from "../../support/raw-http.ts";
import { framingOf, type Framing } from "../../support/request-framing.ts";
import type { RawResponse } from "../../support/response-parser.ts";
import { MARK, numbered, OWN, request } from "./case.ts";
import { mutated } from "./mutate.ts";

const CONCURRENT = 16;

/** What a run came upon. */
export interface MutationReport {
  readonly sent: number;
  /** Final answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Mutations that held a request which is legal, and asks for the marked entry. */
  readonly marked: number;
}

/** Sends mutations `from` to below `to` of `seed`. Throws on the first that was handled amiss, with how to repeat it. */
export async function checkMutations(
  address: Address,
  seed: number,
  from: number,
  to: number,
): Promise<MutationReport> {
  const statuses: Record<number, number> = {};
  let marked = 0;
  let next = from;
  const work = async () => {
    while (next < to) {
      const number = next++;
      const bytes = mutated(seededRandom(seed + number * 0x9e3779b9), number);
      const fault = await faultOf(address, bytes, number, (response) => {
        statuses[response.status] = (statuses[response.status] ?? 0) + 1;
      });
      if (typeof fault !== "string") marked += Number(fault.marked);
      else throw new Error(`${fault}\nseed ${seed}, mutation ${number}: ${JSON.stringify(bytes)}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, work));
  return { sent: to - from, statuses, marked };
}

async function faultOf(
  address: Address,
  bytes: string,
  number: number,
  seen: (response: RawResponse) => void,
): Promise<string | { marked: boolean }> {
  const framing = framingOf(bytes);
  const connection = await RawConnection.open(address);
  try {
    connection.send(bytes);
    const whole = framing.requests.length;
    const answered = await connection.until(
      () => connection.closed || connection.responses().length >= whole,
    );
    if (!answered) return `${connection.responses().length} answers to ${whole} requests`;
    const get = (name: string) => ask(address, request("GET", numbered(`/cache/${name}`, number)));
    const [own, mark] = [await get(OWN), await get(MARK)];
    const responses = connection.responses();
    for (const response of responses) seen(response);
    if (responses.at(-1)?.isBare === true && !(await connection.ended())) return "a bare answer, and no end";
    const fault =
      faultOfAnswers(framing, responses) ??
      faultOfEntry(framing, own, numbered(OWN, number)) ??
      faultOfEntry(framing, mark, numbered(MARK, number));
    return fault === undefined
      ? { marked: mark.status === 200 }
      : `${fault}\nreceived: ${JSON.stringify(connection.received().toString("latin1"))}`;
  } catch (thrown) {
    return `${String(thrown)}\nreceived: ${JSON.stringify(connection.received().toString("latin1"))}`;
  } finally {
    connection.destroy();
  }
}

/** Bun's own parser says 505 of what it takes for another version; nothing else may be the server's fault. */
function faultOfAnswers(framing: Framing, responses: readonly RawResponse[]): string | undefined {
  const ours = responses.filter(({ isBare }) => !isBare);
  const failed = responses.find(({ status, isBare }) => status >= 500 && !(isBare && status === 505));
  if (failed !== undefined) return `a ${failed.status}`;
  const perhaps = framing.ending === "partial" || framing.ending === "malformed" ? 1 : 0;
  if (ours.length > framing.requests.length + perhaps) {
    return `${ours.length} answers to ${framing.requests.length} requests, ${framing.ending}`;
  }
  return undefined;
}

function faultOfEntry({ requests }: Framing, entry: RawResponse, name: string): string | undefined {
  if (entry.status !== 200 && entry.status !== 404) return `a ${entry.status} for ${name}`;
  if (entry.status === 404) return undefined;
  const asked = requests.some(
    ({ method, target }) =>
      /^(?:PUT|POST)$/.test(method) && (target.includes(name) || /\bbatch\b/.test(target)),
  );
  return asked ? undefined : `${name} exists, and no request asked for it`;
}
