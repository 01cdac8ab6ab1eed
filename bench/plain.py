"""What tpa-tf is measured against: the same bindings, imported the plain way, and one instance.

The argument is the output directory.
"""

import sys

from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.instance import Instance
from cdktf_cdktf_provider_aws.provider import AwsProvider

app = App(outdir=sys.argv[1])
stack = TerraformStack(app, "plain")
AwsProvider(stack, "aws", region="eu-west-1")
Instance(stack, "one", ami="ami-00000000000000000", instance_type="t3.micro")
app.synth()
