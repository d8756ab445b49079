// The alert rules and the Grafana dashboard: parsed as PromQL, and only about metrics and labels that exist.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import { ROWS } from "../../src/observe/snapshot.ts";
import { ROOT, runToEnd } from "./support/commands.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const read = (name: string) => readFileSync(join(ROOT, "deploy", name), "utf8");
const { groups } = Bun.YAML.parse(read("prometheus/alerts.yaml")) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read("grafana/cachee.json")) as { readonly panels: readonly Panel[] };
/** Labels and a metric that Prometheus itself adds. */
const SCRAPED = ["instance", "job"];
const DURATION = /^\d+(?:ms|s|m|h|d)$/;

/** Every series' name with its labels, as the rows of the figures have them. */
function exposed(): Map<string, Set<string>> {
  const series = new Map<string, Set<string>>([["up", new Set(SCRAPED)]]);
  for (const { name, type, labels } of ROWS) {
    const suffixes = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    for (const suffix of suffixes) series.set(name + suffix, new Set([...SCRAPED, ...labels]));
    if (type === "histogram") series.get(`${name}_bucket`)!.add("le");
  }
  return series;
}

/** Faults of an expression: of its grammar, its metrics, their labels. */
function faultsOf(expr: string, series: Map<string, Set<string>>): string[] {
  const faults: string[] = [];
  const text = expr.replaceAll("$__rate_interval", "5m");
  const metrics: string[] = [];
  const labels: string[] = [];
  parser.parse(text).iterate({
    enter(node) {
      const part = text.slice(node.from, node.to);
      if (node.type.isError) faults.push(`${text}: not PromQL at ${node.from}`);
      if (node.name === "VectorSelector") metrics.push(/^[\w:]+/.exec(part)?.[0] ?? "");
      if (node.name === "LabelName") labels.push(part);
    },
  });
  if (metrics.length === 0) faults.push(`${text}: no metric`);
  for (const metric of metrics) if (!series.has(metric)) faults.push(`${text}: there is no ${metric}`);
  const isKnown = (label: string) => metrics.some((metric) => series.get(metric)?.has(label));
  for (const label of labels) if (!isKnown(label)) faults.push(`${text}: no metric has ${label}`);
  for (const [, name] of text.matchAll(/\b(?:rate|increase)\((\w+)/g))
    if (!/_(?:total|bucket|sum|count)$/.test(name!)) faults.push(`${text}: ${name} is no counter`);
  return faults;
}

test("the checker sees what is wrong", () => {
  const series = exposed();
  expect(faultsOf("rate(cachee_hits_total[5m])", series)).toEqual([]);
  for (const wrong of [
    "rate(cachee_hits_total[5m]",
    "rate(cachee_hit_total[5m])",
    'cachee_l1_bytes{tier="l1"}',
    "sum by (op) (cachee_l1_bytes)",
    "rate(cachee_l1_bytes[5m])",
    "1 + 1",
  ])
    expect(faultsOf(wrong, series)).not.toEqual([]);
});

test("alert rules are whole, and ask for what there is", () => {
  const series = exposed();
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const rule of rules) {
    expect(
      Object.keys(rule).filter((key) => !["alert", "expr", "for", "labels", "annotations"].includes(key)),
    ).toEqual([]);
    expect(rule.alert).toMatch(/^Cachee[A-Z]\w+$/);
    if (rule.for !== undefined) expect(rule.for).toMatch(DURATION);
    expect(["page", "ticket"]).toContain(rule.labels["severity"]!);
    expect(Object.keys(rule.annotations)).toEqual(["summary", "description"]);
    for (const text of Object.values(rule.annotations))
      for (const [, name] of text.matchAll(/\{\{\s*\$labels\.(\w+)/g)) expect(["instance"]).toContain(name!);
    expect(faultsOf(rule.expr, series)).toEqual([]);
  }
});

test("every panel asks for what there is, and none lies on another", () => {
  const series = exposed();
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = new Set<string>();
  for (const { gridPos, targets, title } of panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(cells.has(`${x} ${y}`)).toBe(false);
        expect(x).toBeLessThan(24);
        cells.add(`${x} ${y}`);
      }
    }
    expect(targets.length).toBeGreaterThan(0);
    for (const { expr, legendFormat } of targets) {
      expect([title, ...faultsOf(expr, series)]).toEqual([title]);
      for (const [, name] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        expect(expr + " instance").toContain(name!);
    }
  }
});

test("every metric of ours is on the dashboard or in an alert", () => {
  const all = JSON.stringify([rules, dashboard]);
  const names = [...exposed().keys()].filter((name) => name.startsWith("cachee_"));
  const shown = (name: string) => all.includes(name.replace(/_(?:sum|count)$/, "_bucket"));
  expect(names.filter((name) => !shown(name))).toEqual([]);
});

test.skipIf(Bun.which("promtool") === null)("promtool takes the rules and the configuration", async () => {
  const rulesCheck = await runToEnd(["promtool", "check", "rules", "deploy/prometheus/alerts.yaml"]);
  expect(rulesCheck.code).toBe(0);
  const config = ["promtool", "check", "config", "--syntax-only", "deploy/prometheus/prometheus.yaml"];
  expect((await runToEnd(config)).code).toBe(0);
});
