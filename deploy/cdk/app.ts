// The CDK application: one stack of the fleet, shaped by the context given with `cdk deploy -c NAME=VALUE`.

import { App } from "aws-cdk-lib";
import { FleetStack } from "./fleet-stack.ts";
import { readOptions } from "./options.ts";

const app = new App({
  context: {
    "@aws-cdk/aws-ecs:removeDefaultDesiredCount": true,
    "@aws-cdk/aws-iam:minimizePolicies": true,
  },
});
const account = process.env["CDK_DEFAULT_ACCOUNT"];
const region = process.env["CDK_DEFAULT_REGION"];
const env = account === undefined || region === undefined ? {} : { env: { account, region } };
new FleetStack(app, "Cachee", { ...env, ...readOptions((name) => app.node.tryGetContext(name)) });
const { directory } = app.synth();
// Beside the CDK's own command, which takes the directory from here and prints the templates itself.
if (process.env["CDK_OUTDIR"] === undefined) console.log(`${directory}/Cachee.template.json`);
