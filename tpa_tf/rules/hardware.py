"""Rules of what an instance type brings along: processor, instance store, root volume."""

from __future__ import annotations

from tpa_tf.rules.rule import WARNING, Rule

_TYPES = "https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html"
_STORE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html"
_ROOT = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-root-volume-delete-on-termination.html"

UNKNOWN_TYPE = Rule(
    "unknown-type",
    WARNING,
    "An instance type is one that AWS has",
    why="A type that AWS doesn't have fails in the apply. New types appear all the time, so this may be one.",
    fix="Correct the type; or nothing, if it is newer than this tpa-tf.",
    source=_TYPES,
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma, type: t3.mediun}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma, type: t3.medium}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)

PROCESSOR_OF_IMAGE = Rule(
    "processor-of-image",
    WARNING,
    "An image is for the processor of the instances' types",
    why="An image for one processor doesn't start on another: EC2 refuses to launch the instance, in the "
    "midst of an apply.",
    fix="Take a type for the image's processor, or an image for that of the type. Where a name misleads, "
    "write the filter architecture.",
    source=_TYPES,
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma, type: t4g.medium}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], backup: gamma, type: t3a.medium}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)

NO_SUCH_STORE = Rule(
    "no-such-store",
    WARNING,
    "An instance store volume is one that the instance type has",
    why="EC2 starts the instance without the volume, and nothing tells before TPA looks for its device.",
    fix="Take a type with as many instance store volumes, or an EBS volume.",
    source=_STORE,
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], type: t2.medium, volumes: [{device_name: /dev/sdg, ephemeral: ephemeral0}]}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], type: m5d.large, volumes: [{device_name: /dev/sdg, ephemeral: ephemeral0}]}
- {Name: beta, node: 2, role: [replica], upstream: alpha}
- {Name: gamma, node: 3, role: [barman, witness], upstream: alpha}
""",
)

ROOT_LEFT_BEHIND = Rule(
    "root-left-behind",
    WARNING,
    "A root volume goes with its instance",
    why="Terraform knows the root volume as a part of its instance. What outlives the instance costs money, "
    "and nobody finds it.",
    fix="Leave delete_on_termination out for root; termination_protection guards the instance, and data has "
    "volumes of its own.",
    source=_ROOT,
    bad="""\
instances:
- Name: alpha
  node: 1
  role: [primary]
  volumes:
  - {device_name: root, volume_type: gp3, volume_size: 16, encrypted: yes, delete_on_termination: no}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  role: [primary]
  volumes:
  - {device_name: root, volume_type: gp3, volume_size: 16, encrypted: yes, delete_on_termination: yes}
""",
)

UNLIKELY_IMAGE = Rule(
    "unlikely-image",
    WARNING,
    "An image's id is ami- and 8 or 17 hexadecimal digits",
    why="AWS gives no other ids, and the plan fails.",
    fix="Copy the id from AWS, or leave it out and name the image in ec2_ami.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html",
    bad="""\
instances:
- {Name: alpha, node: 1, role: [primary], image: ami-123}
""",
    good="""\
instances:
- {Name: alpha, node: 1, role: [primary], image: ami-0123456789abcdef0}
""",
)
