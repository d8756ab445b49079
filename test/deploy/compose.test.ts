// The compose file and its load balancer: of the right form, closed down, and in agreement with one another.

import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { DRAIN_MS_MAX } from "../../src/base/limits.ts";
import { readSettings } from "../../src/base/settings/settings.ts";
import { ROOT, runToEnd } from "./support/commands.ts";
import { COMPOSE_SCHEMA } from "./support/compose-schema.ts";

interface Service {
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, object>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
}

const DEPLOY = join(ROOT, "deploy");
const compose = Bun.YAML.parse(readFileSync(join(DEPLOY, "compose.yaml"), "utf8")) as {
  readonly services: Readonly<Record<string, Service>>;
};
const services = Object.entries(compose.services);
const instances = services.filter(([, { image }]) => image.startsWith("cachee"));
const haproxy = readFileSync(join(DEPLOY, "haproxy.cfg"), "utf8");

test("it is of the form that Compose reads", () => {
  const check = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(COMPOSE_SCHEMA);
  check(compose);
  expect(check.errors ?? []).toEqual([]);
  expect(check({ services: { a: { image: "b", comand: ["c"] } } })).toBe(false);
});

test("what it refers to exists", () => {
  for (const [, service] of services) {
    for (const name of Object.keys(service.depends_on ?? {}).filter((key) => !/^\d+$/.test(key)))
      expect(compose.services).toHaveProperty(name);
    for (const volume of service.volumes ?? []) {
      const [source = ""] = volume.split(":");
      if (source.startsWith(".")) expect(existsSync(join(DEPLOY, source))).toBe(true);
    }
    if (service.build === undefined) expect(service.image).toMatch(/:[\w.-]*\d[\w.-]*$/);
    else expect(existsSync(join(DEPLOY, service.build.context, service.build.dockerfile))).toBe(true);
  }
});

test("there are two instances, with settings that the server takes", () => {
  expect(instances).toHaveLength(2);
  for (const [name, { environment = {}, stop_grace_period: grace = "0s" }] of instances) {
    const settings = readSettings({ ...environment, CACHEE_API_KEYS: "secret" });
    expect(settings.instanceId).toBe(name);
    expect(settings.controlPlane).toBe(true);
    expect(Number.parseInt(grace) * 1_000).toBeGreaterThan(DRAIN_MS_MAX + settings.heartbeatMs);
  }
});

test("every container has a read-only root, no capabilities and no way to new ones", () => {
  for (const [, service] of services) {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(["ALL"]);
    expect(service.security_opt).toEqual(["no-new-privileges:true"]);
  }
});

test("the load balancer knows the instances and asks for their readiness", () => {
  const servers = [...haproxy.matchAll(/^ +server (\S+) (\S+):3000$/gm)].map((match) => match[1]!);
  expect(servers).toEqual(instances.map(([name]) => name));
  expect(haproxy).toContain("uri /health/ready");
  for (const line of haproxy.split("\n")) {
    expect(line).toMatch(/^(?:#.*|(?:global|defaults|frontend \w+|backend \w+)|(?: {4}\S.*)?)$/);
  }
  const backends = [...haproxy.matchAll(/^backend (\w+)$/gm)].map((match) => match[1]!);
  expect(backends).toContain(/default_backend (\w+)/.exec(haproxy)![1]!);
});

test.skipIf(Bun.which("haproxy") === null)("HAProxy itself takes its configuration", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cachee-haproxy-"));
  try {
    const file = join(folder, "haproxy.cfg");
    // The instances' names are known inside the composition only.
    writeFileSync(file, haproxy.replaceAll(/ cachee-\d:3000/g, " 127.0.0.1:3000"));
    expect((await runToEnd(["haproxy", "-c", "-f", file])).code).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
