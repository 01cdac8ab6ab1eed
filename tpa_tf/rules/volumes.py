"""Rules of volumes: device names, types, sizes, speed and encryption."""

from __future__ import annotations

from tpa_tf.rules.rule import ERROR, WARNING, Rule

_DEVICES = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html"
_TYPES = "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html"
_ENCRYPTION = "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html"
_STORE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/InstanceStorage.html"
_TPA = "https://www.enterprisedb.com/docs/tpa/latest/platform-aws/#volumes"

INVALID_DEVICE = Rule(
    "invalid-device",
    ERROR,
    "A device name is root, or one that AWS takes",
    why="AWS attaches volumes under /dev/sd… and /dev/xvd… names, whatever the kernel calls them then.",
    fix="Write root for the root volume, and /dev/sdf to /dev/sdp for others.",
    source=_DEVICES,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/nvme1n1, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
)

DUPLICATE_DEVICE = Rule(
    "duplicate-device",
    ERROR,
    "Each volume of an instance has a device name of its own",
    why="AWS attaches one volume under a device name.",
    fix="Give one of the volumes another device name.",
    source=_DEVICES,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes}
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 32, encrypted: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes}
  - {device_name: /dev/sdh, volume_type: gp3, volume_size: 32, encrypted: yes}
""",
)

ROOT_BY_DEVICE = Rule(
    "root-by-device",
    WARNING,
    "The root volume is called root",
    why="Which device it has depends on the image: /dev/sda1 with one, /dev/xvda with another.",
    fix="Write device_name: root.",
    source=_TPA,
    bad="""\
instance_defaults:
  platform: aws
  region: eu-west-1
  subnet: 10.33.1.0/24
  type: t3.medium
  default_volumes:
  - {device_name: /dev/xvda, volume_type: gp3, volume_size: 16, encrypted: yes}
""",
    good="""\
instance_defaults:
  platform: aws
  region: eu-west-1
  subnet: 10.33.1.0/24
  type: t3.medium
  default_volumes:
  - {device_name: root, volume_type: gp3, volume_size: 16, encrypted: yes}
""",
)

SIMILAR_DEVICES = Rule(
    "similar-devices",
    WARNING,
    "Device names of an instance differ in their letter",
    why="/dev/sdf and /dev/xvdf are one name in many kernels, and the second attachment fails.",
    fix="Use another letter for one of them.",
    source=_DEVICES,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/xvdf, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
)

INVALID_EPHEMERAL = Rule(
    "invalid-ephemeral",
    ERROR,
    "An instance store volume is ephemeral0 to ephemeral23, and not the root volume",
    why="AWS knows instance store volumes by these names, and TPA's images boot from EBS.",
    fix="Write ephemeral0 for the first one, or remove ephemeral.",
    source=_STORE,
    bad="""\
instances:
- Name: alpha
  node: 1
  type: m5d.large
  volumes:
  - {device_name: /dev/sdg, ephemeral: "0"}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  type: m5d.large
  volumes:
  - {device_name: /dev/sdg, ephemeral: ephemeral0}
""",
)

EPHEMERAL_DROPPED = Rule(
    "ephemeral-dropped",
    WARNING,
    "A volume is an instance store volume or an EBS volume",
    why="With any setting of an EBS volume beside it, TPA drops ephemeral and makes an EBS volume, and so does tpa-tf.",
    fix="Remove ephemeral, or the other settings.",
    source="TPA: platforms/aws/validate.yml",
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, ephemeral: ephemeral0, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
)

INVALID_VOLUME_TYPE = Rule(
    "invalid-volume-type",
    ERROR,
    "A volume is of a type that EBS has, and the root volume of one that instances boot from",
    why="AWS refuses other types. No instance boots from st1 or sc1.",
    fix="Write gp3, or another type that the message names.",
    source=_TYPES,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp33, volume_size: 64, encrypted: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
)

INVALID_SIZE = Rule(
    "invalid-size",
    ERROR,
    "A volume's size is one that its type allows, and its image fits in",
    why="AWS refuses the volume, which would end an apply half-way.",
    fix="Write a size within the range that the message names, in GiB.",
    source=_TYPES,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: st1, volume_size: 100, encrypted: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: st1, volume_size: 500, encrypted: yes}
""",
)

INVALID_IOPS = Rule(
    "invalid-iops",
    ERROR,
    "A volume's IOPS are within what its type and size allow",
    why="AWS refuses the volume, which would end an apply half-way.",
    fix="Write a number within the range that the message names, or make the volume larger.",
    source=_TYPES,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 8, iops: 9000, encrypted: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, iops: 9000, encrypted: yes}
""",
)

INVALID_THROUGHPUT = Rule(
    "invalid-throughput",
    ERROR,
    "A volume's throughput is within what its type and IOPS allow",
    why="Only gp3 takes a throughput, and gives at most 0.25 MiB/s for each of the volume's IOPS.",
    fix="Write a number within the range that the message names, or raise iops.",
    source=_TYPES,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, throughput: 1000, encrypted: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, iops: 4000, throughput: 1000, encrypted: yes}
""",
)

NOT_ENCRYPTED = Rule(
    "not-encrypted",
    WARNING,
    "Each volume is encrypted",
    why="Encryption costs nothing, and can't be switched on later without copying the volume.",
    fix="Write encrypted: yes.",
    source=_ENCRYPTION,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
)

KEY_WITHOUT_ENCRYPTION = Rule(
    "key-without-encryption",
    ERROR,
    "A volume with a KMS key is encrypted",
    why="Only an encrypted volume has a key. AWS refuses the one without the other.",
    fix="Add encrypted: yes, or remove kms_key_id.",
    source=_ENCRYPTION,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, kms_key_id: alias/shop}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes, kms_key_id: alias/shop}
""",
)

INVALID_KMS_KEY = Rule(
    "invalid-kms-key",
    ERROR,
    "A KMS key is given by its ARN, its id or an alias",
    why="AWS finds a key by these alone.",
    fix="Write the ARN, the id, or alias/ and the alias.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/find-cmk-id-arn.html",
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes, kms_key_id: shop}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes, kms_key_id: alias/shop}
""",
)

INVALID_ROOT = Rule(
    "invalid-root",
    ERROR,
    "The root volume comes from the image, and holds the system alone",
    why="It is created with its instance, from the image's snapshot, and is gone with it.",
    fix="Put data on a volume of its own, and choose another image for another root volume.",
    source=_TPA,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: root, volume_type: gp3, volume_size: 16, encrypted: yes, vars: {volume_for: postgres_data}}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdf, volume_type: gp3, volume_size: 16, encrypted: yes, vars: {volume_for: postgres_data}}
""",
)

INVALID_VOLUME_FOR = Rule(
    "invalid-volume-for",
    ERROR,
    "volume_for is a use that TPA knows",
    why="TPA mounts the volume by it.",
    fix="Write one of the uses that the message names, or a mountpoint instead.",
    source=_TPA,
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes, vars: {volume_for: postgres_dat}}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes, vars: {volume_for: postgres_wal}}
""",
)

ATTACH_EXISTING_UNASKED = Rule(
    "attach-existing-unasked",
    WARNING,
    "A volume with attach_existing has been looked up",
    why="Only a lookup finds the volume that is to be attached. Without one, a new and empty volume is created.",
    fix="Run tpa-tf lookup before the first apply.",
    source="docs/lookup.md",
    bad="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes, attach_existing: yes}
""",
    good="""\
instances:
- Name: alpha
  node: 1
  volumes:
  - {device_name: /dev/sdg, volume_type: gp3, volume_size: 64, encrypted: yes}
""",
)
