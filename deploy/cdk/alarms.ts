// Alarms on what AWS itself measures, and on what the scaler says in its log; the rest is for Prometheus.

import { Duration, type Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Balancer } from "./balancer.ts";
import type { Compute } from "./compute.ts";
import type { L2 } from "./l2.ts";
import type { FleetOptions } from "./options.ts";

const PERIOD = Duration.minutes(1);

interface AlarmLine {
  readonly id: string;
  readonly metric: cloudwatch.IMetric;
  readonly above: number;
  readonly minutes: number;
  readonly why: string;
}

export function createAlarms(
  stack: Stack,
  compute: Compute,
  l2: L2,
  balancer: Balancer,
  options: FleetOptions,
): void {
  const topic = new Topic(stack, "Alarms", { enforceSSL: true });
  if (options.alarmMail !== undefined) topic.addSubscription(new EmailSubscription(options.alarmMail));
  const action = new SnsAction(topic);
  for (const line of lines(stack, compute, l2, balancer)) {
    const alarm = new cloudwatch.Alarm(stack, line.id, {
      metric: line.metric,
      threshold: line.above,
      evaluationPeriods: line.minutes,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: line.why,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}

function lines(stack: Stack, compute: Compute, l2: L2, balancer: Balancer): readonly AlarmLine[] {
  const refusals = new MetricFilter(stack, "ScalerRefusals", {
    logGroup: compute.logs,
    filterPattern: FilterPattern.stringValue("$.event", "=", "scaler_failed"),
    metricNamespace: "Cachee",
    metricName: "ScalerFailures",
    defaultValue: 0,
  });
  const cache = (name: string, node: number, statistic = "Maximum") =>
    new cloudwatch.Metric({
      namespace: "AWS/ElastiCache",
      metricName: name,
      dimensionsMap: { CacheClusterId: `${l2.replicationGroupId}-00${node}` },
      period: PERIOD,
      statistic,
    });
  const perNode = (node: number): readonly AlarmLine[] => [
    {
      id: `L2Cpu${node}`,
      metric: cache("EngineCPUUtilization", node),
      above: 80,
      minutes: 5,
      why: "Valkey's one thread is nearly busy: misses and writes wait for it.",
    },
    {
      id: `L2Memory${node}`,
      metric: cache("DatabaseMemoryUsagePercentage", node),
      above: 90,
      minutes: 5,
      why: "Valkey is about to evict, or to refuse writes where nothing has a TTL.",
    },
  ];
  return [
    {
      id: "UnhealthyInstances",
      metric: balancer.unhealthy.with({ period: PERIOD, statistic: "Maximum" }),
      above: 0,
      minutes: 5,
      why: "An instance has not been ready for minutes: look at its log and at Valkey.",
    },
    {
      id: "InstancesCpu",
      metric: compute.service.metricCpuUtilization({ period: PERIOD, statistic: "Average" }),
      above: 85,
      minutes: 15,
      why: "The fleet is at its limit and does not grow: look at /instances for the scaler's reason.",
    },
    {
      id: "ScalerFails",
      metric: refusals.metric({ period: PERIOD, statistic: "Sum" }),
      above: 0,
      minutes: 3,
      why: "ECS refuses what the leader asks for: its log and /instances have the reason.",
    },
    ...Array.from({ length: l2.nodes }, (_, i) => perNode(i + 1)).flat(),
  ];
}
