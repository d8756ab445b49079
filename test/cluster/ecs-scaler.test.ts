// The ECS scaler against an endpoint that checks its requests: what it asks, and what it makes of every answer.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { EcsScaler } from "../../src/cluster/scaling/ecs-scaler.ts";
import { until } from "../support/until.ts";
import {
  ACCESS_KEY,
  REGION,
  SECRET_KEY,
  startEcs,
  type EcsAnswer,
  type EcsEndpoint,
} from "./support/ecs-endpoint.ts";
import { RealFleet } from "./support/real-fleet.ts";

const PREFIX = "AmazonEC2ContainerServiceV20141113.";
const AWS = {
  AWS_ACCESS_KEY_ID: ACCESS_KEY,
  AWS_SECRET_ACCESS_KEY: SECRET_KEY,
  AWS_REGION: REGION,
  AWS_EC2_METADATA_DISABLED: "true",
};
const before = new Map<string, string | undefined>();
let ecs: EcsEndpoint;
let scaler: EcsScaler;

const service = (fields: object = {}) => ({
  body: { services: [{ serviceName: "cachee", status: "ACTIVE", desiredCount: 3, ...fields }], failures: [] },
});
const done = {
  id: "ecs-svc/1",
  status: "PRIMARY",
  rolloutState: "COMPLETED",
  desiredCount: 3,
  runningCount: 3,
};
const signal = () => AbortSignal.timeout(10_000);

beforeAll(() => {
  for (const name of [...Object.keys(AWS), "AWS_ENDPOINT_URL"]) before.set(name, process.env[name]);
});
beforeEach(() => {
  ecs = startEcs();
  Object.assign(process.env, AWS, { AWS_ENDPOINT_URL: ecs.url });
  scaler = new EcsScaler({ cluster: "fleet", service: "cachee", attemptsMax: 1 });
});
afterEach(async () => {
  await ecs.stop();
  expect(ecs.faults).toEqual([]);
});
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test("it looks at the service, and asks for an absolute count, each request signed", async () => {
  ecs.answer = () => service({ deployments: [done] });
  expect(await scaler.look(3, signal())).toEqual({ kind: "ready", desired: 3, busy: undefined });
  expect(await scaler.ask(5, signal())).toEqual({ kind: "accepted" });
  expect(ecs.requests).toEqual([
    { target: `${PREFIX}DescribeServices`, body: { cluster: "fleet", services: ["cachee"] } },
    { target: `${PREFIX}UpdateService`, body: { cluster: "fleet", service: "cachee", desiredCount: 5 } },
  ]);
});

test("a wrong secret is found out by the endpoint's own check", async () => {
  process.env["AWS_SECRET_ACCESS_KEY"] = "another";
  await new EcsScaler({ cluster: "fleet", service: "cachee", attemptsMax: 1 }).ask(5, signal());
  expect(ecs.faults.splice(0)).toEqual(["the signature is wrong"]);
});

test("a deployment in progress is seen, and one that only adds tasks is none", async () => {
  const rolling = {
    id: "ecs-svc/2",
    status: "PRIMARY",
    rolloutState: "IN_PROGRESS",
    desiredCount: 3,
    runningCount: 1,
  };
  ecs.answer = () => service({ deployments: [rolling, { ...done, status: "ACTIVE" }] });
  const look = await scaler.look(3, signal());
  expect(look).toMatchObject({ busy: "a deployment is in progress, 1 of 3 tasks run" });
  ecs.answer = () => service({ deployments: [rolling] });
  expect(await scaler.look(3, signal())).toMatchObject({ busy: undefined });
});

describe("faults are told in words, with a time to try again", () => {
  const fault = (status: number, name: string, message = "sentence"): EcsAnswer => ({
    status,
    body: { __type: `com.amazonaws.ecs#${name}`, message },
  });
  test.each<[string, EcsAnswer, string, number]>([
    [
      "throttling",
      fault(400, "ThrottlingException", "Rate exceeded"),
      "ThrottlingException: Rate exceeded",
      15_000,
    ],
    [
      "no rights",
      fault(400, "AccessDeniedException", "not authorized"),
      "AccessDeniedException: not auth",
      60_000,
    ],
    ["an expired token", fault(400, "ExpiredTokenException"), "ExpiredTokenException", 60_000],
    ["no such cluster", fault(400, "ClusterNotFoundException"), "ClusterNotFoundException", 60_000],
    ["a fault of ECS", fault(500, "ServerException"), "ServerException", 15_000],
    [
      "no such service",
      { body: { services: [], failures: [{ reason: "MISSING" }] } },
      "no service cachee: MISSING",
      60_000,
    ],
    ["a drained service", service({ status: "DRAINING" }), "the ECS service is DRAINING", 60_000],
  ])("%s", async (_, answer, reason, retryMs) => {
    ecs.answer = () => answer;
    expect(await scaler.look(3, signal())).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining(reason),
      retryMs,
    });
  });

  test("it is throttled when it asks", async () => {
    ecs.answer = () => fault(400, "ThrottlingException", "Rate exceeded");
    expect(await scaler.ask(5, signal())).toMatchObject({ kind: "failed", retryMs: 15_000 });
  });

  test("the SDK tries again by itself", async () => {
    const answers: EcsAnswer[] = [fault(400, "ThrottlingException"), service()];
    ecs.answer = () => answers.shift()!;
    const patient = new EcsScaler({ cluster: "fleet", service: "cachee" });
    expect(await patient.look(3, signal())).toMatchObject({ kind: "ready" });
    expect(ecs.requests).toHaveLength(2);
  });

  test("an answer that does not come is given up in time", async () => {
    const never = Promise.withResolvers<EcsAnswer>();
    ecs.answer = () => never.promise;
    expect(await scaler.look(3, AbortSignal.timeout(50))).toMatchObject({ kind: "failed" });
    never.resolve({ body: {} });
  });

  test("nobody there", async () => {
    await ecs.stop();
    expect(await scaler.look(3, signal())).toMatchObject({ kind: "failed", retryMs: 15_000 });
  });
});

test("an instance that leads scales ECS, and shows its refusal", async () => {
  let isAllowed = true;
  let desired = 1;
  ecs.answer = ({ target, body }) => {
    if (!isAllowed) {
      return {
        status: 400,
        body: { __type: "com.amazonaws.ecs#AccessDeniedException", message: "not authorized" },
      };
    }
    if (target.endsWith("UpdateService")) desired = Number(body["desiredCount"]);
    isAllowed = !target.endsWith("UpdateService");
    return service({ desiredCount: desired, deployments: [done] });
  };
  const fleet = await RealFleet.start(1, 150, {
    ...AWS,
    AWS_ENDPOINT_URL: ecs.url,
    CACHEE_SCALER: "ecs",
    CACHEE_ECS_CLUSTER: "fleet",
    CACHEE_ECS_SERVICE: "cachee",
    CACHEE_SCALE_MIN: "2",
  });
  try {
    await until(() => desired === 2);
    const failed = async () =>
      JSON.stringify((await fleet.see()).control).includes("AccessDeniedException: not authorized");
    await until(failed);
    const { decisions } = await fleet.see();
    expect(decisions).toMatchObject([{ from: 1, to: 2, reason: "1 is below the least number, 2" }]);
    expect(ecs.requests.filter(({ target }) => target.endsWith("UpdateService"))).toHaveLength(1);
  } finally {
    await fleet.stop();
  }
});
