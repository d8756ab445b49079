// An error answer as a value, and the ones that several commands give.

/** `text` begins with its code, such as `ERR`. */
export class Refusal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export const NOT_INTEGER = "ERR value is not an integer or out of range";
export const SYNTAX = "ERR syntax error";
export const NO_AUTH = "NOAUTH Authentication required.";
export const NO_PERM_KEY = "NOPERM this user has no permissions to access one of the keys used as arguments";
export const NOT_AVAILABLE = new Refusal(
  "ERR the shared cache does not answer, the outcome is unknown; try again",
);
export const NOT_PUBLISHED = "ERR the shared cache does not answer: the message may not have reached anybody";
export const WRONG_TYPE = new Refusal("WRONGTYPE Operation against a key holding the wrong kind of value");
export const TOO_LARGE = new Refusal("ERR the value does not fit into the cache");
export const OVERTAKEN = new Refusal("ERR other writers were faster every time; try again");

export const OVERLOADED = "ERR overloaded: the server holds as much for its clients as it may; try again";

export function noPermission(command: string): string {
  return `NOPERM this user has no permissions to run the '${command}' command`;
}

/** Of a command that RESP2's subscribed mode has no place for. */
export function outOfPlace(command: string): string {
  return (
    `ERR Can't execute '${command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed ` +
    "in this context"
  );
}

export function wrongArity(command: string): string {
  return `ERR wrong number of arguments for '${command}' command`;
}
