// GET /admin/hot and /admin/big: the keys of this instance's L1 that are read most, and those that are largest.

import { CacheeError } from "../../../base/errors.ts";
import type { Overview } from "../../../dashboard/overview.ts";
import type { Ranking, RankingQuery } from "../../../dashboard/ranking.ts";
import type { Context, Handler } from "../../context.ts";
import { jsonReply } from "../../reply/json-reply.ts";
import { countOf, parametersOf, prefixOf } from "./query.ts";

const COUNT_MAX = 100;

/** `{"entries":[…]}`, hottest first. */
export function hotHandler(overview: Overview): Handler {
  return async (context) => {
    const { entries } = await rankingOf(overview, context, "hot");
    return jsonReply({ entries });
  };
}

/** `{"entries":[…],"complete"}`, largest first. */
export function bigHandler(overview: Overview): Handler {
  return async (context) => jsonReply(await rankingOf(overview, context, "big"));
}

async function rankingOf(overview: Overview, context: Context, kind: RankingQuery["kind"]): Promise<Ranking> {
  const parameters = parametersOf(context, ["prefix", "count"]);
  const prefix = prefixOf(parameters, context.apiKey!);
  const ranking = await overview.ranking({ kind, prefix, count: countOf(parameters, COUNT_MAX) });
  if (ranking === undefined) throw new CacheeError("overloaded", "Too many rankings are asked for at once.");
  return ranking;
}
