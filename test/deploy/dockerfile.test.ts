// The Dockerfile: linted, pinned, unprivileged; the bundle that it makes starts, and its health check finds that.

import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { validate, ValidationSeverity } from "dockerfile-utils";
import { version as bunVersion } from "../../node_modules/bun/package.json";
import { ROOT, runToEnd, startCommand } from "./support/commands.ts";

const text = readFileSync(join(ROOT, "deploy/Dockerfile"), "utf8");
const dockerfile = DockerfileParser.parse(text);
const instructions = (keyword: string) =>
  dockerfile.getInstructions().filter((one) => one.getKeyword() === keyword);
const argumentsOf = (keyword: string) => instructions(keyword).map((one) => one.getArgumentsContent() ?? "");
const folder = mkdtempSync(join(tmpdir(), "cachee-image-"));

afterAll(() => rmSync(folder, { recursive: true }));

test("it has no fault that the linter knows", () => {
  const problems = validate(text, {
    instructionCasing: ValidationSeverity.ERROR,
    deprecatedMaintainer: ValidationSeverity.ERROR,
    directiveCasing: ValidationSeverity.ERROR,
    emptyContinuationLine: ValidationSeverity.ERROR,
    instructionCmdMultiple: ValidationSeverity.ERROR,
    instructionEntrypointMultiple: ValidationSeverity.ERROR,
    instructionHealthcheckMultiple: ValidationSeverity.ERROR,
    instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
    instructionWorkdirRelative: ValidationSeverity.ERROR,
  });
  expect(problems.map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
});

test("every stage is on the official image of the Bun that the project pins", () => {
  // Who builds may give digests; what is taken otherwise stands in the arguments' defaults.
  const defaults = new Map(argumentsOf("ARG").map((line) => line.split("=") as [string, string]));
  const images = argumentsOf("FROM").map((line) => defaults.get(/\$\{(\w+)\}/.exec(line)?.[1] ?? ""));
  expect(images.length).toBeGreaterThan(1);
  for (const image of images)
    expect(image).toMatch(new RegExp(`^oven/bun:${bunVersion.replaceAll(".", "\\.")}-`));
});

test("it runs as nobody, and writes nothing into its root", () => {
  expect(argumentsOf("USER").at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  const last = text.slice(text.lastIndexOf("FROM "));
  expect(last).not.toMatch(/^(?:RUN|VOLUME|ADD) /m);
  expect(last).toContain("--chown=0:0");
});

test("what it copies from the project exists and is not ignored", () => {
  const kept = readFileSync(join(ROOT, "deploy/Dockerfile.dockerignore"), "utf8").split("\n");
  const sources = [...text.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap((match) =>
    match[1]!.split(/\s+/).slice(0, -1),
  );
  expect(sources.length).toBeGreaterThan(0);
  for (const source of sources) {
    expect(existsSync(join(ROOT, source))).toBe(true);
    expect(kept).toContain(`!${source}`);
  }
});

test("its bundle starts and stops, and its health check tells the difference", async () => {
  const build = argumentsOf("RUN").find((line) => line.startsWith("bun build"))!;
  const words = build.replace("/out", folder).split(/\s+/).slice(1);
  expect((await runToEnd([process.execPath, ...words])).code).toBe(0);
  const [main] = JSON.parse(argumentsOf("CMD")[0]!) as [string];
  const server = await startCommand([process.execPath, main.replace("/app", folder)], { cwd: folder });
  try {
    const check = JSON.parse(/CMD (\[.*\])/s.exec(argumentsOf("HEALTHCHECK")[0]!)![1]!) as string[];
    const health = (port: number) =>
      runToEnd([process.execPath, ...check.slice(1)], { CACHEE_PORT: String(port) });
    expect((await health(server.port)).code).toBe(0);
    expect(await server.stop()).toBe(0);
    expect((await health(server.port)).code).not.toBe(0);
  } finally {
    await server.stop("SIGKILL");
  }
});
