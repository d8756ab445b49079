// The AWS stack, synthesised by the CDK application as its command would: Graviton, closed down, least rights.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Match, Template } from "aws-cdk-lib/assertions";
import { readSettings } from "../../src/base/settings/settings.ts";
import { readOptions } from "../../deploy/cdk/options.ts";
import { ROOT, runToEnd } from "./support/commands.ts";

/** Where the leader says what it does. */
const SAID = readFileSync(join(ROOT, "src/cluster/control-plane.ts"), "utf8");
const SYNTHESIS_MS_MAX = 120_000;
const folder = mkdtempSync(join(tmpdir(), "cachee-cdk-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface TaskContainer {
  readonly Environment: readonly { readonly Name: string; readonly Value: string }[];
  readonly Secrets: readonly { readonly Name: string }[];
}

async function synthesise(name: string, context: Readonly<Record<string, string>>): Promise<Template> {
  const out = join(folder, name);
  const env = { CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify(context) };
  const ended = await runToEnd([process.execPath, "deploy/cdk/app.ts"], env);
  if (ended.code !== 0) throw new Error(ended.err);
  return Template.fromJSON(JSON.parse(readFileSync(join(out, "Cachee.template.json"), "utf8")) as object);
}

const VARIANTS = [
  ["fargate behind an NLB", {}],
  [
    "c8g behind a public ALB",
    {
      compute: "ec2",
      balancer: "alb",
      certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/one",
      instancesMax: "40",
      alarmMail: "ops@cachee.example",
    },
  ],
] as const;
const templates = new Map<string, Template>();

beforeAll(async () => {
  const all = VARIANTS.map(async ([name, context]) => templates.set(name, await synthesise(name, context)));
  await Promise.all(all);
}, SYNTHESIS_MS_MAX);

describe.each(VARIANTS.map(([name]) => name))("%s", (name) => {
  const resources = (type: string) =>
    Object.values(templates.get(name)!.findResources(type)) as { readonly Properties: object }[];

  test("the task has exactly the scaler's rights, on one service", () => {
    const template = templates.get(name)!;
    const roles = Object.keys(template.findResources("AWS::IAM::Role"));
    const role = roles.find((id) => id.startsWith("TaskTaskRole"));
    const policies = Object.values(template.findResources("AWS::IAM::Policy")).filter((policy) =>
      JSON.stringify(policy).includes(`"Roles":[{"Ref":"${role}"}]`),
    );
    expect(policies).toHaveLength(1);
    const { Statement: statements } = policies[0]!["Properties"].PolicyDocument;
    const [see, set] = statements;
    expect(statements.map(({ Action }: { Action: string }) => Action)).toEqual([
      "ecs:DescribeServices",
      "ecs:UpdateService",
    ]);
    expect(see.Resource).toEqual(set.Resource);
    expect(JSON.stringify(set.Resource)).toEndWith(':service/cachee/cachee"]]}');
    expect(JSON.stringify(set.Resource)).not.toContain("*");
    // A request that would change more than the count has one of these keys, and then the statement does not count.
    expect(set.Condition.Null).toMatchObject({
      "ecs:task-definition": "true",
      "ecs:enable-execute-command": "true",
      "ecs:capacity-provider": "true",
    });
  });

  test("nothing in the template says *:* or opens more than the balancer's port", () => {
    for (const { Properties } of resources("AWS::IAM::Policy")) {
      expect(JSON.stringify(Properties)).not.toMatch(/"Action":"\*"/);
    }
    for (const { Properties } of resources("AWS::EC2::SecurityGroup")) {
      const { SecurityGroupIngress: rules = [] } = Properties as {
        readonly SecurityGroupIngress?: readonly { readonly CidrIp?: unknown; readonly FromPort: number }[];
      };
      for (const rule of rules) {
        if (rule.CidrIp === "0.0.0.0/0") expect(rule.FromPort).toBe(443);
      }
    }
  });

  test("the container is on Graviton, unprivileged, with a read-only root and no clear secret", () => {
    const template = templates.get(name)!;
    template.hasResourceProperties("AWS::ECS::TaskDefinition", {
      ContainerDefinitions: [
        Match.objectLike({ ReadonlyRootFilesystem: true, User: "65532:65532", StopTimeout: 30 }),
      ],
    });
    const [task] = resources("AWS::ECS::TaskDefinition");
    const [container] = (task!.Properties as { readonly ContainerDefinitions: readonly TaskContainer[] })
      .ContainerDefinitions;
    const environment = Object.fromEntries(container!.Environment.map(({ Name, Value }) => [Name, Value]));
    const secrets = container!.Secrets.map(({ Name }) => Name);
    expect(secrets).toEqual(["CACHEE_API_KEYS", "CACHEE_REDIS_URL"]);
    const settings = readSettings({ ...environment, CACHEE_API_KEYS: "k", CACHEE_REDIS_URL: "rediss://l2" });
    expect(settings.scaler).toBe("ecs");
    expect([settings.ecsCluster, settings.ecsService]).toEqual(["cachee", "cachee"]);
    if (name.startsWith("fargate")) {
      template.hasResourceProperties("AWS::ECS::TaskDefinition", {
        RuntimePlatform: { CpuArchitecture: "ARM64", OperatingSystemFamily: "LINUX" },
      });
    } else {
      template.hasResourceProperties("AWS::EC2::LaunchTemplate", {
        LaunchTemplateData: Match.objectLike({
          InstanceType: "c8g.large",
          MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
        }),
      });
      expect(JSON.stringify(template.toJSON()["Parameters"])).toContain("amazon-linux-2023/arm64");
      const [machine] = resources("AWS::EC2::LaunchTemplate");
      expect(JSON.stringify(machine)).toContain("ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config");
    }
  });

  test("the count is the leader's to set, and a deployment that fails goes back", () => {
    const [service] = resources("AWS::ECS::Service");
    expect(service!.Properties).not.toHaveProperty("DesiredCount");
    templates.get(name)!.hasResourceProperties("AWS::ECS::Service", {
      DeploymentConfiguration: Match.objectLike({
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      }),
    });
  });

  test("Valkey is encrypted, replicated, asks for a password, and keeps what has no TTL", () => {
    const template = templates.get(name)!;
    template.hasResourceProperties("AWS::ElastiCache::ReplicationGroup", {
      Engine: "valkey",
      TransitEncryptionEnabled: true,
      AtRestEncryptionEnabled: true,
      MultiAZEnabled: true,
      AutomaticFailoverEnabled: true,
      AuthToken: Match.objectLike({ "Fn::Join": Match.anyValue() }),
    });
    template.hasResourceProperties("AWS::ElastiCache::ParameterGroup", {
      Properties: { "maxmemory-policy": "volatile-lru" },
    });
  });

  test("the balancer asks for readiness, and alarms reach the topic", () => {
    const template = templates.get(name)!;
    template.hasResourceProperties("AWS::ElasticLoadBalancingV2::TargetGroup", {
      HealthCheckPath: "/health/ready",
      TargetType: "ip",
    });
    template.hasResourceProperties("AWS::ElasticLoadBalancingV2::Listener", {
      Protocol: name.startsWith("fargate") ? "TCP" : "HTTPS",
    });
    const [listener] = resources("AWS::ElasticLoadBalancingV2::Listener");
    expect((listener!.Properties as { readonly SslPolicy?: string }).SslPolicy).toBe(
      name.startsWith("fargate") ? undefined : "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    );
    const [filter] = resources("AWS::Logs::MetricFilter");
    const [, event] = /\$\.event = "(\w+)"/.exec(JSON.stringify(filter).replaceAll("\\", ""))!;
    expect(SAID).toContain(`"${event}"`);
    const alarms = resources("AWS::CloudWatch::Alarm");
    expect(alarms.length).toBeGreaterThanOrEqual(7);
    for (const { Properties } of alarms) {
      expect(JSON.stringify(Properties)).toContain('"AlarmActions":[{"Ref":"Alarms');
      expect(Properties).toHaveProperty("AlarmDescription");
    }
  });
});

test("options are read, and one that is none is refused", () => {
  const read = (context: Readonly<Record<string, unknown>>) => readOptions((name) => context[name]);
  expect(read({}).compute).toBe("fargate");
  expect(read({ instancesMax: "40" }).instancesMax).toBe(40);
  expect(() => read({ compute: "lambda" })).toThrow("compute must be one of fargate, ec2, not lambda");
  expect(() => read({ instancesMin: 0 })).toThrow("instancesMin");
  expect(() => read({ instancesMin: 11 })).toThrow("instancesMin is above instancesMax");
});
