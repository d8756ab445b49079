// Scales an ECS service by its desired count. Region, credentials and endpoint are found as the AWS SDK finds them.

import { DescribeServicesCommand, ECSClient, UpdateServiceCommand, type Service } from "@aws-sdk/client-ecs";
import type { Scaler, ScalerAnswer, ScalerFailure, ScalerLook } from "./scaler.ts";

export interface EcsScalerOptions {
  /** Name or ARN. */
  readonly cluster: string;
  readonly service: string;
  /** Three unless given. */
  readonly attemptsMax?: number;
}

/** Attempts of the SDK, with growing pauses between them, before it reports a fault. */
const ATTEMPTS_MAX = 3;
const LOOK_MS = 10_000;
/** Ms until the next try, after a passing fault and after one that needs an operator. */
const RETRY_MS = 15_000;
const OPERATOR_RETRY_MS = 60_000;

/** Faults that need an operator: rights, names, the account's state. */
const OPERATOR_FAULTS: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "ClusterNotFoundException",
  "CredentialsProviderError",
  "ExpiredTokenException",
  "IncompleteSignature",
  "InvalidParameterException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "ServiceNotActiveException",
  "ServiceNotFoundException",
  "UnrecognizedClientException",
]);

export class EcsScaler implements Scaler {
  readonly name = "ecs";
  readonly lookMs = LOOK_MS;
  readonly #client: ECSClient;
  readonly #options: EcsScalerOptions;

  constructor(options: EcsScalerOptions) {
    this.#options = options;
    this.#client = new ECSClient({ maxAttempts: options.attemptsMax ?? ATTEMPTS_MAX });
  }

  async look(_healthy: number, abortSignal: AbortSignal): Promise<ScalerLook> {
    const { cluster, service } = this.#options;
    try {
      const command = new DescribeServicesCommand({ cluster, services: [service] });
      const { services = [], failures = [] } = await this.#client.send(command, { abortSignal });
      const [found] = services;
      if (found === undefined) {
        const [failure] = failures;
        return failed(`ECS has no service ${service}: ${failure?.reason ?? "not found"}`, OPERATOR_RETRY_MS);
      }
      if (found.status !== "ACTIVE") return failed(`the ECS service is ${found.status}`, OPERATOR_RETRY_MS);
      return { kind: "ready", desired: found.desiredCount ?? 0, busy: busyOf(found) };
    } catch (thrown) {
      return failureOf(thrown);
    }
  }

  async ask(count: number, abortSignal: AbortSignal): Promise<ScalerAnswer> {
    const { cluster, service } = this.#options;
    try {
      const command = new UpdateServiceCommand({ cluster, service, desiredCount: count });
      await this.#client.send(command, { abortSignal });
      return { kind: "accepted" };
    } catch (thrown) {
      return failureOf(thrown);
    }
  }
}

/** A deployment is in progress while an older one exists beside it; adding tasks to the only one does not count. */
function busyOf({ deployments = [] }: Service): string | undefined {
  const rolling = deployments.find((one) => one.rolloutState === "IN_PROGRESS");
  if (rolling === undefined || deployments.length < 2) return undefined;
  return `a deployment is in progress, ${rolling.runningCount ?? 0} of ${rolling.desiredCount ?? 0} tasks run`;
}

function failureOf(thrown: unknown): ScalerFailure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return failed(
    `${error.name}: ${error.message}`,
    OPERATOR_FAULTS.has(error.name) ? OPERATOR_RETRY_MS : RETRY_MS,
  );
}

function failed(reason: string, retryMs: number): ScalerFailure {
  return { kind: "failed", reason, retryMs };
}
