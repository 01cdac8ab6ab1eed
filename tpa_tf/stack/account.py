"""The AWS account and partition that Terraform runs in, of which ARNs and names are made."""

from __future__ import annotations

from tpa_tf.cluster.addresses import CLUSTER, provider
from tpa_tf.terraform.blocks import Data
from tpa_tf.terraform.expressions import Expr
from tpa_tf.terraform.stack import Stack


class Account:
    """Who Terraform is to AWS. Each lookup is a data source, made when it is first needed."""

    def __init__(self, stack: Stack, region: str) -> None:
        self._stack = stack
        self._provider = provider(region)
        self._made: dict[str, Data] = {}

    @property
    def id(self) -> Expr:
        """The account's number."""
        return self._lookup("aws_caller_identity").attribute("account_id")

    @property
    def partition(self) -> Expr:
        """The second part of an ARN: ``aws``, ``aws-cn``, …"""
        return self._lookup("aws_partition").attribute("partition")

    @property
    def dns_suffix(self) -> Expr:
        """The domain of AWS's services: ``amazonaws.com``, ``amazonaws.com.cn``."""
        return self._lookup("aws_partition").attribute("dns_suffix")

    def _lookup(self, kind: str) -> Data:
        if kind not in self._made:
            self._made[kind] = self._stack.data(kind, CLUSTER, self._provider)
        return self._made[kind]
