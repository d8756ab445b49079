// The files of the dashboard page, as texts in the program itself: no build step, no disk, one executable. Cold.

// oxlint-disable import/default -- what these imports give is the file's text, not its exports

import chart from "#dashboard/chart.ts" with { type: "text" };
import figures from "#dashboard/figures.ts" with { type: "text" };
import fleet from "#dashboard/fleet.ts" with { type: "text" };
import format from "#dashboard/format.ts" with { type: "text" };
import icon from "#dashboard/icon.svg" with { type: "text" };
import main from "#dashboard/main.ts" with { type: "text" };
import page from "#dashboard/page.html" with { type: "text" };
import panels from "#dashboard/panels.ts" with { type: "text" };
import poll from "#dashboard/poll.ts" with { type: "text" };
import sample from "#dashboard/sample.ts" with { type: "text" };
import session from "#dashboard/session.ts" with { type: "text" };
import style from "#dashboard/style.css" with { type: "text" };
import uplotStyle from "#uplot/uPlot.min.css" with { type: "text" };
import uplot from "#uplot/uPlot.iife.min.js" with { type: "text" };

export interface DashboardFile {
  readonly contentType: string;
  readonly text: string;
}

const SCRIPT = "text/javascript; charset=utf-8";
const UPLOT = "./uplot.js";
const STYLE = "text/css; charset=utf-8";

const transpiler = new Bun.Transpiler({ loader: "ts", target: "browser" });

/** The browser's JavaScript of a module: it names its siblings, and uPlot, by their addresses. */
async function scriptOf(source: string): Promise<DashboardFile> {
  const code = await transpiler.transform(source);
  const text = code
    .replaceAll(/from "(\.\/[a-z-]+)\.ts"/g, 'from "$1.js"')
    .replace('from "uplot"', `from "${UPLOT}"`);
  return { contentType: SCRIPT, text };
}

/** The page by the name "", its parts by their names below `/dashboard/`. */
export async function dashboardFiles(): Promise<ReadonlyMap<string, DashboardFile>> {
  const modules = { chart, figures, fleet, format, main, panels, poll, sample, session };
  const scripts = Object.entries(modules).map(
    async ([name, source]) => [`${name}.js`, await scriptOf(source)] as const,
  );
  return new Map([
    ["", { contentType: "text/html; charset=utf-8", text: page }],
    ["style.css", { contentType: STYLE, text: style }],
    ["icon.svg", { contentType: "image/svg+xml", text: icon }],
    ["uplot.css", { contentType: STYLE, text: uplotStyle }],
    ["uplot.js", { contentType: SCRIPT, text: `${uplot}\nexport default uPlot;\n` }],
    ...(await Promise.all(scripts)),
  ]);
}
