// The shape of a case of odd or malformed HTTP, and what its requests are put together from.

import { rawRequest } from "../../support/raw-request.ts";

/** The API key of the servers that cases are sent to. */
export const SECRET = "corpus-secret";

/** Stands in every name of a case; each sending has it replaced by another, just as long. */
const ID = "aaaaaa";
/** The entry that a case's own request is about. */
export const OWN = `own-${ID}`;
/** The entry that exists only if a request was run that a case hid where there is none. */
export const MARK = `mark-${ID}`;

export interface Case {
  readonly name: string;
  /** Latin-1, a byte a character. */
  readonly bytes: string;
  /** The final answers, in order: the status, or those allowed. None: the connection is just closed. */
  readonly answers: readonly (number | readonly number[])[];
  /** Whether the server then closes; where it is not said, it need not matter. */
  readonly closes?: boolean;
  /** Ends the sending side after the bytes. */
  readonly ends?: true;
  /** OWN exists afterwards. */
  readonly stores?: true;
  /** MARK exists afterwards: its request was a legal one. */
  readonly marks?: true;
  /** Methods of the requests, where one is HEAD. */
  readonly methods?: readonly string[];
}

/** A request of the corpus: right but for what it is told. */
export function request(method: string, target: string, fields = "", body?: string): string {
  const all = `x-api-key: ${SECRET}\r\n${fields}`;
  return rawRequest({ method, target, fields: all, ...(body === undefined ? {} : { body }) });
}

export const get = (fields = "", body?: string): string => request("GET", `/cache/${OWN}`, fields, body);
export const put = (fields: string, body?: string): string => request("PUT", `/cache/${OWN}`, fields, body);

/** The request that must not run unless it is a legal one. */
export const MARKING = request("PUT", `/cache/${MARK}`, "", "m");
/** A body of three bytes in one chunk, ended. */
export const CHUNKS = "3\r\nabc\r\n0\r\n\r\n";
export const CHUNKED = "Transfer-Encoding: chunked\r\n";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** Odd, and no multiple of 13: numbers that follow one another get ids that are unlike. */
const STRIDE = 179_424_673;

/** `text` with the case's names made those of sending `number`. */
export function numbered(text: string, number: number): string {
  let rest = Number((BigInt(number + 1) * BigInt(STRIDE)) % BigInt(LETTERS.length ** ID.length));
  let id = "";
  for (let i = 0; i < ID.length; i++) {
    id += LETTERS[rest % LETTERS.length]!;
    rest = Math.floor(rest / LETTERS.length);
  }
  return text.replaceAll(`-${ID}`, `-${id}`);
}
