// GET and PUT /admin/log-level: the least level that the log writes, for as long as the instance runs.

import { requireScope } from "../../../auth/api-key.ts";
import { audit } from "../../../base/audit.ts";
import { CacheeError } from "../../../base/errors.ts";
import { LOG_LEVEL_BODY_BYTES_MAX } from "../../../base/limits.ts";
import { LOG_LEVELS, type Log, type LogLevel } from "../../../base/log.ts";
import type { Handler } from "../../context.ts";
import { jsonReply } from "../../reply/json-reply.ts";
import { readJsonObject } from "../../request/json-body.ts";

/** `{"level":"info"}` */
export function logLevelHandler(log: Log): Handler {
  return () => jsonReply({ level: log.level });
}

/** Takes what `logLevelHandler` gives. `tellOthers` has the other processes of the instance change theirs. */
export function changeLogLevelHandler(
  log: Log,
  tellOthers: ((level: LogLevel) => void) | undefined,
): Handler {
  return async (context) => {
    const apiKey = context.apiKey!;
    // The log is the whole instance's.
    requireScope(apiKey, "admin", "");
    const body = await readJsonObject(context, LOG_LEVEL_BODY_BYTES_MAX, ["level"], "bad_log_level");
    const to = LOG_LEVELS.find((level) => level === body["level"]);
    if (to === undefined) {
      throw new CacheeError("bad_log_level", `level is not one of ${LOG_LEVELS.join(", ")}.`);
    }
    const from = log.level;
    // Written by the more talkative of the two, so that the log tells why it falls silent.
    if (LOG_LEVELS.indexOf(to) < LOG_LEVELS.indexOf(from)) log.level = to;
    const { requestId } = context;
    const target = { kind: "log_level", from, to } as const;
    audit(log, apiKey, { lane: "http", operation: "log_level", target, outcome: "done", requestId });
    log.level = to;
    tellOthers?.(to);
    return jsonReply({ level: to });
  };
}
