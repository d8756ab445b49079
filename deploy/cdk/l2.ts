// The shared tier: Valkey on ElastiCache, encrypted, replicated over two zones, reached by the instances alone.

import { SecretValue, type Stack } from "aws-cdk-lib";
import { Peer, Port, SecurityGroup, SubnetType, type IVpc } from "aws-cdk-lib/aws-ec2";
import { CfnParameterGroup, CfnReplicationGroup, CfnSubnetGroup } from "aws-cdk-lib/aws-elasticache";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";

const REDIS_PORT = 6379;
/** Graviton 4 where ElastiCache has it is r8g; r7g is in every region. */
const NODE_TYPE = "cache.r7g.large";
const NODES = 2;

export interface L2 {
  /** The URL, password included, for CACHEE_REDIS_URL. */
  readonly url: Secret;
  readonly replicationGroupId: string;
  readonly nodes: number;
}

export function createL2(stack: Stack, vpc: IVpc, instances: SecurityGroup): L2 {
  const securityGroup = new SecurityGroup(stack, "L2SecurityGroup", {
    vpc,
    allowAllOutbound: false,
    description: "Valkey, for the instances only",
  });
  securityGroup.addIngressRule(
    Peer.securityGroupId(instances.securityGroupId),
    Port.tcp(REDIS_PORT),
    "instances",
  );
  const password = new Secret(stack, "L2Password", {
    generateSecretString: { excludePunctuation: true, passwordLength: 64 },
  });
  const subnets = new CfnSubnetGroup(stack, "L2Subnets", {
    description: "Valkey of Cachee",
    subnetIds: vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds,
  });
  // Only what has a TTL is evicted: the coherence protocol's clock and the registry have none.
  const parameters = new CfnParameterGroup(stack, "L2Parameters", {
    cacheParameterGroupFamily: "valkey8",
    description: "Valkey of Cachee",
    properties: { "maxmemory-policy": "volatile-lru" },
  });
  const group = new CfnReplicationGroup(stack, "L2", {
    replicationGroupDescription: "Shared tier and bus of Cachee",
    engine: "valkey",
    engineVersion: "8.0",
    cacheNodeType: NODE_TYPE,
    numCacheClusters: NODES,
    automaticFailoverEnabled: true,
    multiAzEnabled: true,
    atRestEncryptionEnabled: true,
    transitEncryptionEnabled: true,
    authToken: password.secretValue.unsafeUnwrap(),
    port: REDIS_PORT,
    cacheParameterGroupName: parameters.ref,
    cacheSubnetGroupName: subnets.ref,
    securityGroupIds: [securityGroup.securityGroupId],
  });
  // CloudFormation resolves the password when it deploys; the template holds a reference only.
  const url = new Secret(stack, "L2Url", {
    secretStringValue: SecretValue.unsafePlainText(
      `rediss://:${password.secretValue.unsafeUnwrap()}@${group.attrPrimaryEndPointAddress}:${REDIS_PORT}`,
    ),
  });
  return { url, replicationGroupId: group.ref, nodes: NODES };
}
