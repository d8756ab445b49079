// What a command does to each of its keys, in the words of COMMAND GETKEYSANDFLAGS.

import type { CommandShape } from "../command-shape.ts";

type Flags = readonly string[];

const READ: Flags = ["RO", "access"];
const LOOK: Flags = ["RO"];
const OVERWRITE: Flags = ["OW", "update"];
const UPDATE: Flags = ["RW", "update"];
const CHANGE: Flags = ["RW", "access", "update"];
const INSERT: Flags = ["RW", "insert"];
const DELETE: Flags = ["RW", "delete"];
const REMOVE: Flags = ["RM", "delete"];

/** What is not told by a command's rights: of its first key, and of the others where they differ. */
const FLAGS: Readonly<Record<string, readonly [Flags, Flags?]>> = {
  set: [OVERWRITE],
  setex: [OVERWRITE],
  psetex: [OVERWRITE],
  setnx: [["OW", "insert"]],
  mset: [OVERWRITE],
  msetnx: [["OW", "insert"]],
  append: [INSERT],
  setrange: [UPDATE],
  getset: [CHANGE],
  getdel: [["RW", "access", "delete"]],
  getex: [CHANGE],
  incr: [CHANGE],
  decr: [CHANGE],
  incrby: [CHANGE],
  decrby: [CHANGE],
  incrbyfloat: [CHANGE],
  hincrby: [CHANGE],
  hincrbyfloat: [CHANGE],
  hsetnx: [INSERT],
  hdel: [DELETE],
  sadd: [INSERT],
  srem: [DELETE],
  spop: [["RW", "access", "delete"]],
  smove: [["RW", "access", "delete"], INSERT],
  sinterstore: [UPDATE, READ],
  sunionstore: [OVERWRITE, READ],
  sdiffstore: [OVERWRITE, READ],
  del: [REMOVE],
  unlink: [REMOVE],
  rename: [["RW", "access", "delete"], OVERWRITE],
  renamenx: [
    ["RW", "access", "delete"],
    ["OW", "insert"],
  ],
  copy: [READ, OVERWRITE],
  restore: [OVERWRITE],
  eval: [CHANGE],
  evalsha: [CHANGE],
  exists: [LOOK],
  touch: [LOOK],
  type: [LOOK],
  strlen: [LOOK],
  hlen: [LOOK],
  hstrlen: [LOOK],
  hexists: [LOOK],
  scard: [LOOK],
  sismember: [LOOK],
  watch: [LOOK],
  "memory|usage": [LOOK],
  "object|encoding": [LOOK],
  "object|refcount": [LOOK],
  "object|idletime": [LOOK],
  "object|freq": [LOOK],
};

/** Of the key with number `index`, from 0. */
export function keyFlagsOf({ name, right }: CommandShape, index: number): Flags {
  const known = FLAGS[name];
  if (known !== undefined) return index === 0 ? known[0] : (known[1] ?? known[0]);
  return right === "read" ? READ : UPDATE;
}
