// What stands before the instances: a network or an application load balancer that asks /health/ready.

import { CfnOutput, Duration, type Stack } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import type { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { Peer, Port, SecurityGroup, type Vpc } from "aws-cdk-lib/aws-ec2";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { PORT, type Compute } from "./compute.ts";
import type { FleetOptions } from "./options.ts";

const TLS_PORT = 443;
const PLAIN_PORT = 80;
/** Requests under way have this long once an instance leaves; no request may take longer. */
const DEREGISTRATION_SECONDS = 15;

/** TLS 1.2 and 1.3 with forward secrecy and authenticated encryption; without a policy the balancer takes CBC suites too. */
const SSL_POLICY = elb.SslPolicy.TLS13_RES;

const HEALTH: elb.HealthCheck = {
  path: "/health/ready",
  healthyHttpCodes: "200",
  interval: Duration.seconds(5),
  timeout: Duration.seconds(2),
  healthyThresholdCount: 2,
  unhealthyThresholdCount: 2,
};

export interface Balancer {
  /** Instances that the balancer finds unhealthy. */
  readonly unhealthy: Metric;
}

export function createBalancer(
  stack: Stack,
  vpc: Vpc,
  instances: SecurityGroup,
  { service }: Compute,
  options: FleetOptions,
): Balancer {
  const isPublic = options.certificateArn !== undefined;
  const port = isPublic ? TLS_PORT : PLAIN_PORT;
  const securityGroup = new SecurityGroup(stack, "BalancerSecurityGroup", { vpc, allowAllOutbound: false });
  securityGroup.addIngressRule(isPublic ? Peer.anyIpv4() : Peer.ipv4(vpc.vpcCidrBlock), Port.tcp(port));
  securityGroup.addEgressRule(instances, Port.tcp(PORT));
  instances.addIngressRule(securityGroup, Port.tcp(PORT));
  const common = { vpc, internetFacing: isPublic, securityGroups: [securityGroup] };
  const certificates =
    options.certificateArn === undefined
      ? []
      : [Certificate.fromCertificateArn(stack, "Certificate", options.certificateArn)];
  const tls = isPublic ? { certificates, sslPolicy: SSL_POLICY } : {};
  const target = {
    targets: [service.loadBalancerTarget({ containerName: "cachee", containerPort: PORT })],
    deregistrationDelay: Duration.seconds(DEREGISTRATION_SECONDS),
  };
  if (options.balancer === "nlb") {
    const nlb = new elb.NetworkLoadBalancer(stack, "Balancer", { ...common, crossZoneEnabled: true });
    const listener = nlb.addListener("Listener", {
      port,
      ...tls,
      protocol: isPublic ? elb.Protocol.TLS : elb.Protocol.TCP,
    });
    const group = listener.addTargets("Instances", {
      ...target,
      port: PORT,
      protocol: elb.Protocol.TCP,
      healthCheck: { ...HEALTH, protocol: elb.Protocol.HTTP },
    });
    new CfnOutput(stack, "Address", { value: nlb.loadBalancerDnsName });
    return { unhealthy: group.metrics.unHealthyHostCount() };
  }
  const alb = new elb.ApplicationLoadBalancer(stack, "Balancer", {
    ...common,
    dropInvalidHeaderFields: true,
    // The instances cut silent connections after 30 s; a balancer that kept them longer would use dead ones.
    idleTimeout: Duration.seconds(25),
  });
  const listener = alb.addListener("Listener", {
    port,
    ...tls,
    protocol: isPublic ? elb.ApplicationProtocol.HTTPS : elb.ApplicationProtocol.HTTP,
    open: false,
  });
  const group = listener.addTargets("Instances", {
    ...target,
    port: PORT,
    protocol: elb.ApplicationProtocol.HTTP,
    loadBalancingAlgorithmType: elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
    healthCheck: HEALTH,
  });
  new CfnOutput(stack, "Address", { value: alb.loadBalancerDnsName });
  return { unhealthy: group.metrics.unhealthyHostCount() };
}
