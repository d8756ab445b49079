// What may be the name of a client, or of its library.

import { RESP_NAME_BYTES_MAX } from "../../../base/limits.ts";

export const BAD_CLIENT_NAME = "ERR Client names cannot contain spaces, newlines or special characters.";
const VISIBLE = /^[!-~]*$/;

export function isClientName(name: string): boolean {
  return VISIBLE.test(name) && name.length <= RESP_NAME_BYTES_MAX;
}
