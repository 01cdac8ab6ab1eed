"""Rules that tpa-tf lookup alone can tell: what AWS answers, beside the config and the record of before."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, INFO, WARNING, Rule

_PAGE = "docs/lookup.md"
_ATTACHED = """\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdf, volume_type: gp3, volume_size: 64, encrypted: yes, attach_existing: yes}
"""
_CREATED = """\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdf, volume_type: gp3, volume_size: 64, encrypted: yes}
"""
_BY_NAME = """\
ec2_vpc:
  eu-west-1:
    Name: shared
"""
_BY_ID = """\
ec2_vpc:
  eu-west-1:
    filters: {vpc-id: vpc-0a1b2c3d4e5f60718}
"""

AMBIGUOUS_VPC = Rule(
    "ambiguous-vpc",
    ERROR,
    "One VPC matches",
    why="Several VPCs match, and tpa-tf doesn't guess in which one databases are to be.",
    fix="Add filters, such as vpc-id, until one VPC matches.",
    source=_PAGE,
    given="Two VPCs in eu-west-1 have the tag Name=shared.",
    bad=_BY_NAME,
    good=_BY_ID,
)

AMBIGUOUS_IMAGE = Rule(
    "ambiguous-image",
    ERROR,
    "One image matches",
    why="Several images match, and the newest would be another one tomorrow.",
    fix="Write the whole name of the image, or its Owner.",
    source=_PAGE,
    given="Three images match debian-12-amd64-*.",
    bad="""\
ec2_ami:
  Name: debian-12-amd64-*
  Owner: '136693071363'
""",
    good="""\
ec2_ami:
  Name: debian-12-amd64-20240717-1811
  Owner: '136693071363'
""",
)

AMBIGUOUS_VOLUME = Rule(
    "ambiguous-volume",
    ERROR,
    "One volume bears the label of a volume that is to be attached",
    why="Several volumes bear it, and only one holds the data that is wanted.",
    fix="Remove the tag TPAAttachmentLabel from the others.",
    source=_PAGE,
    given="Two volumes have the tag TPAAttachmentLabel=speedy:1:/dev/sdf.",
    bad=_ATTACHED,
    good=_CREATED,
)

VOLUME_IN_USE = Rule(
    "volume-in-use",
    ERROR,
    "A volume that is to be attached is not attached to another instance",
    why="A volume is attached to one instance. Taking it from a running one loses data.",
    fix="Detach it there first, or say that the instance was renamed (terraform: moved).",
    source=_PAGE,
    given="The volume with the label is attached to an instance that is called kelp.",
    bad=_ATTACHED,
    good=_CREATED,
)

OWN_AGAIN = Rule(
    "own-again",
    ERROR,
    "What was found before doesn't bear this cluster's tags now",
    why="By its tags it would count as the stack's own, which has forgotten it, and another one would be created.",
    fix="Remove the tag CreatingCluster (of a volume: TPAManagedBy), or import the thing as the message says.",
    source=_PAGE,
    given="The subnet that the record has found has been given the tag CreatingCluster=speedy.",
    bad=_BY_NAME,
    good=_BY_ID,
)

VPC_GONE = Rule(
    "vpc-gone",
    ERROR,
    "The VPC that was found before is found again",
    why="In another VPC every instance is replaced.",
    fix="Set the VPC's tags back, or name it by its id. To change the VPC, remove the record first.",
    source=_PAGE,
    given="The VPC of the record has lost its tag Name.",
    bad=_BY_NAME,
    good=_BY_ID,
)

VOLUME_UNNOTED = Rule(
    "volume-unnoted",
    ERROR,
    "The record says to which instance each volume belongs",
    why="An older tpa-tf recorded the volume by its label alone, and no volume of the config has that label now.",
    fix="Run tpa-tf lookup once with the config as it was, and then with this one.",
    source=_PAGE,
    given="The record has a volume with the label speedy:7:/dev/sdf, and no instance has the node number 7.",
    bad=_ATTACHED,
    good=_ATTACHED.replace("node: 1", "node: 7"),
)

VOLUME_GONE = Rule(
    "volume-gone",
    ERROR,
    "The volume that was found before is found again",
    why="Another volume, or a new and empty one, would take its place.",
    fix="Set the volume's tags back, or remove the record if it is to be used no more.",
    source=_PAGE,
    given="The volume of the record has lost its tag TPAAttachmentLabel.",
    bad=_ATTACHED,
    good=_CREATED,
)

VOLUME_UNATTACHED = Rule(
    "volume-unattached",
    WARNING,
    "A volume that is to be attached is attached to its instance until then",
    why="Attached to nothing, it may be in the state under the name of another instance, and the next apply "
    "would destroy it there.",
    fix="Look at terraform state list. Remove it from the state (terraform state rm), or say who was renamed.",
    source=_PAGE,
    given="The volume with the label is attached to nothing.",
    bad=_ATTACHED,
    good=_CREATED,
)

ADDRESS_TAKEN = Rule(
    "address-taken",
    ERROR,
    "An Elastic IP that the cluster has allocated stays with its instance",
    why="One address can't be that of two instances.",
    fix="Remove assign_elastic_ip from the one instance, or elastic_ip from the other.",
    source=_PAGE,
    given="198.51.100.7 is the address that was allocated for alpha.",
    bad="""\
instances:
- {Name: alpha, node: 1, assign_elastic_ip: yes}
- {Name: beta, node: 2, assign_elastic_ip: yes, elastic_ip: 198.51.100.7}
""",
    good="""\
instances:
- {Name: alpha, node: 1, assign_elastic_ip: yes}
- {Name: beta, node: 2, assign_elastic_ip: yes}
""",
)

OWN_GROUP = Rule(
    "own-group",
    ERROR,
    "ec2_groups finds groups that the cluster has not created, or cluster_rules keep their rules",
    why="The cluster's own group would be forgotten, and Terraform would destroy the rules that aren't in the config.",
    fix="Write cluster_rules as they were: Terraform forgets them with the group.",
    source=_PAGE,
    given="ec2_groups finds the group that this cluster has created, with a rule for port 5432.",
    bad="""\
ec2_groups:
  eu-west-1:
    group-name: Group speedy/eu-west-1
cluster_rules: []
""",
    good="""\
ec2_groups:
  eu-west-1:
    group-name: Group speedy/eu-west-1
cluster_rules:
- {proto: tcp, from_port: 5432, to_port: 5432, cidr_ip: 10.33.0.0/16}
""",
)

IMAGE_GONE = Rule(
    "image-gone",
    WARNING,
    "The image that was found before is still there",
    why="Its owner has removed it. Instances that run stay as they are, and a new one can't start from it.",
    fix="Name another image before you add an instance.",
    source=_PAGE,
    given="The image of the record has been deregistered.",
    bad="""\
ec2_ami:
  Name: debian-12-amd64-20240717-1811
  Owner: '136693071363'
""",
    good="""\
ec2_ami:
  Name: debian-12-amd64-20250316-2053
  Owner: '136693071363'
""",
)

OWN_VPC = Rule(
    "own-vpc",
    WARNING,
    "A VPC that exists by the config was not created by this cluster",
    why="By its tag the VPC is one that this cluster has created. Terraform forgets it, and leaves it as it is.",
    fix="Give cidr beside Name to keep the VPC managed.",
    source=_PAGE,
    given="The VPC called shared has the tag CreatingCluster=speedy.",
    bad=_BY_NAME,
    good="""\
ec2_vpc:
  eu-west-1:
    Name: shared
    cidr: 10.33.0.0/16
""",
)

NOT_ADOPTED = Rule(
    "not-adopted",
    ERROR,
    "A cluster that runs is in the state, or adopted",
    why="The state has nothing of it, so Terraform would create the cluster a second time.",
    fix="Run tpa-tf adopt to take over what tpaexec provision has created, or choose another cluster_name.",
    source=_PAGE,
    given="An instance called alpha runs with the tag Cluster=speedy, and the state is empty.",
    bad=_CREATED,
    good=_CREATED,
)

PERHAPS_NOT_ADOPTED = Rule(
    "perhaps-not-adopted",
    WARNING,
    "What bears this cluster's tags is in its state, or adopted",
    why="The state can't be asked. If it doesn't have them, Terraform creates them a second time.",
    fix="Run tpa-tf adopt if tpaexec provision has created them, or choose another cluster_name.",
    source=_PAGE,
    given="An instance called alpha runs with the tag Cluster=speedy, and the state is out of reach.",
    bad=_CREATED,
    good=_CREATED,
)

IMPORTS_LEFT = Rule(
    "imports-left",
    INFO,
    "What was adopted is imported",
    why="The state doesn't have it yet, or can't be asked. The imports stay in the record until it has.",
    fix="Synthesize, plan and apply; then run tpa-tf lookup again.",
    source=_PAGE,
    given="The record adopts a VPC that the state doesn't have yet.",
    bad=_CREATED,
    good=_CREATED,
)
