// GET /dashboard and its files, public: its data is asked for with a key. GET /docs/ and its pages, public too.

import type { Handler } from "../context.ts";
import type { Preferences } from "../request/accept-encoding.ts";
import { PageFiles } from "./page-files.ts";

/** The page; its files lie below. */
export const DASHBOARD_PATH = "/dashboard";
/** Its contents are the folder itself. */
export const DOCS_PATH = "/docs";

/** Leads to the page from `/` and from its own address with a slash too many, by a path that holds behind a proxy as well. */
export const toDashboard: Handler = ({ path }) =>
  new Response(null, { status: 302, headers: { Location: path === "/" ? "dashboard" : "../dashboard" } });

/** The files are read and transpiled at the first request. */
export function dashboardHandler(preferences: Preferences): Handler {
  const files = new PageFiles(async () => {
    const { dashboardFiles } = await import("../../dashboard/files.ts");
    return dashboardFiles();
  }, preferences);
  return (context) => {
    const { request, path } = context;
    if (path === `${DASHBOARD_PATH}/`) return toDashboard(context);
    return files.reply(path.slice(DASHBOARD_PATH.length + 1), request.headers);
  };
}

/** The documents are made into pages at the first request. */
export function docsHandler(preferences: Preferences): Handler {
  const files = new PageFiles(async () => {
    const { manualFiles } = await import("../../dashboard/manual/manual-files.ts");
    return manualFiles();
  }, preferences);
  return ({ request, path }) =>
    path === DOCS_PATH
      ? new Response(null, { status: 302, headers: { Location: "docs/" } })
      : files.reply(path.slice(DOCS_PATH.length + 1), request.headers);
}
