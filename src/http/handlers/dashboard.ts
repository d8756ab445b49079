// GET /dashboard: the page, public; its data is asked for with a key.

import type { Handler } from "../context.ts";

export const dashboardHandler: Handler = () =>
  new Response("<!doctype html><title>Cachee</title>", {
    headers: { "Content-Type": "text/html; charset=utf-8" },
  });
