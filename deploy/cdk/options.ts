// What shapes the stack: how instances run, what stands before them, how many there may be.

export interface FleetOptions {
  /** Fargate on ARM64, or EC2 c8g machines of one's own. */
  readonly compute: "fargate" | "ec2";
  /** An NLB passes TCP on and adds the least latency; an ALB reads HTTP and retries elsewhere. */
  readonly balancer: "nlb" | "alb";
  /** Name of the ECR repository that holds the image, and the image's tag. */
  readonly repository: string;
  readonly tag: string;
  readonly instancesMin: number;
  readonly instancesMax: number;
  /** ARN of the ACM certificate for TLS at the balancer; none: plain, and inside the VPC only. */
  readonly certificateArn: string | undefined;
  /** Mail address that alarms go to; none: the topic alone. */
  readonly alarmMail: string | undefined;
}

/** Reads the options from CDK context; throws on a value that is none. */
export function readOptions(context: (name: string) => unknown): FleetOptions {
  const text = (name: string) => {
    const value = context(name);
    return value === undefined ? undefined : String(value);
  };
  const choice = <T extends string>(name: string, choices: readonly [T, ...T[]]): T => {
    const value = text(name) ?? choices[0];
    const found = choices.find((one) => one === value);
    if (found === undefined) throw new Error(`${name} must be one of ${choices.join(", ")}, not ${value}`);
    return found;
  };
  const count = (name: string, fallback: number) => {
    const value = Number(text(name) ?? fallback);
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} must be a whole number above 0`);
    return value;
  };
  const options: FleetOptions = {
    compute: choice("compute", ["fargate", "ec2"]),
    balancer: choice("balancer", ["nlb", "alb"]),
    repository: text("repository") ?? "cachee",
    tag: text("tag") ?? "latest",
    instancesMin: count("instancesMin", 2),
    instancesMax: count("instancesMax", 10),
    certificateArn: text("certificateArn"),
    alarmMail: text("alarmMail"),
  };
  if (options.instancesMin > options.instancesMax) throw new Error("instancesMin is above instancesMax");
  return options;
}
