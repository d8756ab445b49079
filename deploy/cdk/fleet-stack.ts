// The stack: a VPC, Valkey, the service on Graviton with its balancer, alarms, and the scaler's rights.

import { ArnFormat, Stack, type StackProps } from "aws-cdk-lib";
import { SecurityGroup, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { createAlarms } from "./alarms.ts";
import { createBalancer } from "./balancer.ts";
import { CLUSTER_NAME, createCompute, SERVICE_NAME } from "./compute.ts";
import { createL2 } from "./l2.ts";
import type { FleetOptions } from "./options.ts";

const ZONES = 2;
/** What an UpdateService may change besides the count, as far as IAM can tell: a request that names one is refused. */
const MORE_THAN_THE_COUNT = [
  "ecs:task-definition",
  "ecs:capacity-provider",
  "ecs:enable-execute-command",
  "ecs:enable-service-connect",
  "ecs:enable-ebs-volumes",
];

export class FleetStack extends Stack {
  constructor(scope: Construct, id: string, options: StackProps & FleetOptions) {
    super(scope, id, options);
    const vpc = new Vpc(this, "Vpc", {
      maxAzs: ZONES,
      natGateways: 1,
      subnetConfiguration: [
        { name: "public", subnetType: SubnetType.PUBLIC, cidrMask: 24 },
        { name: "instances", subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
      ],
    });
    const instances = new SecurityGroup(this, "InstanceSecurityGroup", {
      vpc,
      description: "Instances of Cachee",
    });
    const l2 = createL2(this, vpc, instances);
    const compute = createCompute(this, vpc, instances, l2, options);
    const balancer = createBalancer(this, vpc, instances, compute, options);
    createAlarms(this, compute, l2, balancer, options);
    // The leader sees this one service and sets its count; nothing else, nowhere else.
    const service = this.formatArn({
      service: "ecs",
      resource: "service",
      resourceName: `${CLUSTER_NAME}/${SERVICE_NAME}`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const role = compute.service.taskDefinition.taskRole;
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ["ecs:DescribeServices"], resources: [service] }),
    );
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ["ecs:UpdateService"],
        resources: [service],
        conditions: { Null: Object.fromEntries(MORE_THAN_THE_COUNT.map((key) => [key, "true"])) },
      }),
    );
  }
}
