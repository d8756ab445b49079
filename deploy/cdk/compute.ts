// How instances run: a Graviton task definition, on Fargate or on c8g machines of one's own.

import { Duration, RemovalPolicy, type Stack } from "aws-cdk-lib";
import { AutoScalingGroup } from "aws-cdk-lib/aws-autoscaling";
import { InstanceType, LaunchTemplate, type SecurityGroup, UserData, type Vpc } from "aws-cdk-lib/aws-ec2";
import { Repository } from "aws-cdk-lib/aws-ecr";
import * as ecs from "aws-cdk-lib/aws-ecs";
import { ManagedPolicy, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { L2 } from "./l2.ts";
import type { FleetOptions } from "./options.ts";

export const PORT = 3_000;
/** Vertical size of one instance: one core serves, the other collects garbage and compresses. */
const CPU_UNITS = 2_048;
const MEMORY_MIB = 4_096;
const MACHINE = "c8g.large";
/** The agent and the kernel need what the task then does not get. */
const MACHINE_MEMORY_MIB = 3_072;
/** Names are fixed so that the scaler's rights can name the service before it exists. */
export const CLUSTER_NAME = "cachee";
export const SERVICE_NAME = "cachee";
const NOFILE = 65_536;
/** Longer than an instance takes to drain. */
const STOP_SECONDS = 30;

export interface Compute {
  readonly service: ecs.BaseService & { readonly taskDefinition: ecs.TaskDefinition };
  readonly cluster: ecs.Cluster;
  readonly logs: LogGroup;
}

export function createCompute(
  stack: Stack,
  vpc: Vpc,
  securityGroup: SecurityGroup,
  l2: L2,
  options: FleetOptions,
): Compute {
  const isFargate = options.compute === "fargate";
  const cluster = new ecs.Cluster(stack, "Cluster", {
    vpc,
    clusterName: CLUSTER_NAME,
    containerInsightsV2: ecs.ContainerInsights.ENABLED,
  });
  const logs = new LogGroup(stack, "Logs", {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const taskDefinition = isFargate
    ? new ecs.FargateTaskDefinition(stack, "Task", {
        cpu: CPU_UNITS,
        memoryLimitMiB: MEMORY_MIB,
        runtimePlatform: {
          cpuArchitecture: ecs.CpuArchitecture.ARM64,
          operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
        },
      })
    : new ecs.Ec2TaskDefinition(stack, "Task", { networkMode: ecs.NetworkMode.AWS_VPC });
  addContainer(stack, taskDefinition, logs, l2, options);
  const common = {
    cluster,
    serviceName: SERVICE_NAME,
    securityGroups: [securityGroup],
    minHealthyPercent: 100,
    maxHealthyPercent: 200,
    circuitBreaker: { enable: true, rollback: true },
    // The leader asks for the count; a template that had one would undo that with every deployment.
  };
  if (isFargate) {
    const service = new ecs.FargateService(stack, "Service", {
      ...common,
      taskDefinition: taskDefinition as ecs.FargateTaskDefinition,
    });
    return { cluster, service, logs };
  }
  const provider = createMachines(stack, vpc, cluster, options);
  const service = new ecs.Ec2Service(stack, "Service", {
    ...common,
    taskDefinition: taskDefinition as ecs.Ec2TaskDefinition,
    capacityProviderStrategies: [{ capacityProvider: provider.capacityProviderName, weight: 1 }],
    placementConstraints: [ecs.PlacementConstraint.distinctInstances()],
    placementStrategies: [ecs.PlacementStrategy.spreadAcross(ecs.BuiltInAttributes.AVAILABILITY_ZONE)],
  });
  return { cluster, service, logs };
}

function addContainer(
  stack: Stack,
  task: ecs.TaskDefinition,
  logs: LogGroup,
  l2: L2,
  options: FleetOptions,
): void {
  const image = ecs.ContainerImage.fromEcrRepository(
    Repository.fromRepositoryName(stack, "Images", options.repository),
    options.tag,
  );
  const keys = new Secret(stack, "ApiKeys", {
    description: "CACHEE_API_KEYS of the fleet",
    generateSecretString: { excludePunctuation: true, passwordLength: 48 },
  });
  const container = task.addContainer("cachee", {
    image,
    ...(options.compute === "ec2" ? { memoryLimitMiB: MACHINE_MEMORY_MIB, cpu: CPU_UNITS } : {}),
    portMappings: [{ containerPort: PORT }],
    readonlyRootFilesystem: true,
    user: "65532:65532",
    stopTimeout: Duration.seconds(STOP_SECONDS),
    logging: ecs.LogDrivers.awsLogs({
      logGroup: logs,
      streamPrefix: "cachee",
      mode: ecs.AwsLogDriverMode.NON_BLOCKING,
    }),
    environment: {
      CACHEE_HOST: "0.0.0.0",
      CACHEE_PORT: String(PORT),
      CACHEE_L1_BYTES_MAX: "60%",
      CACHEE_CONTROL_PLANE: "on",
      CACHEE_SCALER: "ecs",
      CACHEE_SCALE_MIN: String(options.instancesMin),
      CACHEE_SCALE_MAX: String(options.instancesMax),
      CACHEE_ECS_CLUSTER: CLUSTER_NAME,
      CACHEE_ECS_SERVICE: SERVICE_NAME,
    },
    secrets: {
      CACHEE_API_KEYS: ecs.Secret.fromSecretsManager(keys),
      CACHEE_REDIS_URL: ecs.Secret.fromSecretsManager(l2.url),
    },
    healthCheck: {
      command: [
        "CMD",
        "/usr/local/bin/bun",
        "-e",
        `process.exit((await fetch("http://127.0.0.1:${PORT}/health/live")).ok ? 0 : 1)`,
      ],
      interval: Duration.seconds(10),
      timeout: Duration.seconds(3),
      startPeriod: Duration.seconds(15),
      retries: 3,
    },
  });
  container.addUlimits({ name: ecs.UlimitName.NOFILE, softLimit: NOFILE, hardLimit: NOFILE });
}

/** Machines that come and go with the tasks: the capacity provider follows the service's desired count. */
function createMachines(
  stack: Stack,
  vpc: Vpc,
  cluster: ecs.Cluster,
  options: FleetOptions,
): ecs.AsgCapacityProvider {
  const userData = UserData.forLinux();
  userData.addCommands(
    // The task has rights of its own; those of the machine are not for it.
    "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config",
    "sysctl -w net.core.somaxconn=16384 net.ipv4.tcp_slow_start_after_idle=0 vm.swappiness=1",
  );
  const template = new LaunchTemplate(stack, "Machine", {
    instanceType: new InstanceType(MACHINE),
    machineImage: ecs.EcsOptimizedImage.amazonLinux2023(ecs.AmiHardwareType.ARM),
    requireImdsv2: true,
    httpPutResponseHopLimit: 1,
    userData,
    role: new Role(stack, "MachineRole", {
      assumedBy: new ServicePrincipal("ec2.amazonaws.com"),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName("service-role/AmazonEC2ContainerServiceforEC2Role"),
      ],
    }),
  });
  const machines = new AutoScalingGroup(stack, "Machines", {
    vpc,
    launchTemplate: template,
    minCapacity: 0,
    // A deployment runs twice the instances for a while.
    maxCapacity: 2 * options.instancesMax,
  });
  const provider = new ecs.AsgCapacityProvider(stack, "Capacity", {
    autoScalingGroup: machines,
    enableManagedTerminationProtection: false,
    enableManagedDraining: true,
  });
  cluster.addAsgCapacityProvider(provider);
  return provider;
}
