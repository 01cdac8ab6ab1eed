"""The settings of backends and provider that a config may hold are those that terraform knows, of the same types."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from tests.support import provider_schema
from tests.support.terraform import Provider, Stack, TerraformError
from tpa_tf.config.terraform_models import BACKENDS, SECRETS, SERVICES, AwsProvider
from tpa_tf.limits import provider

UNKNOWN = "no_such_setting"
SAMPLES: tuple[Any, ...] = (["x"], "x", True, 7, {})
"""From the narrowest: text is refused where a flag belongs, a flag where a number belongs."""

NOT_IN_FIVE = {name for name, span in provider.ARGUMENTS.items() if not span.holds(provider.TESTED)}
FIVE_KNOWS = SERVICES - {name for name, span in provider.SERVICES.items() if not span.holds(provider.TESTED)}


def everything(model: type[BaseModel]) -> dict[str, Any]:
    """Every setting of ``model``, with a value that it takes."""
    return {name: _value(model, name) for name in model.model_fields}


def _value(model: type[BaseModel], name: str) -> Any:
    if name == "endpoints" and model is AwsProvider:
        return dict.fromkeys(FIVE_KNOWS, "x")
    if inner := _model_within(model.model_fields[name].annotation):
        return everything(inner)
    return next(value for value in SAMPLES if _takes(model, name, value))


def _model_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_within(each))), None)


def _takes(model: type[BaseModel], name: str, value: Any) -> bool:
    try:
        model.model_validate({name: value})
    except ValidationError as error:
        return name not in {each["loc"][0] for each in error.errors() if each["loc"]}
    return True


def complaints(stack: Stack, command: str) -> list[str]:
    """The title and the text of each error."""
    with pytest.raises(TerraformError) as caught:
        getattr(stack, command)()
    plain = " ".join(re.sub(r"[│╷╵]", " ", str(caught.value)).split())
    return plain.split("Error: ")[1:]


@pytest.mark.parametrize("kind", BACKENDS)
def test_terraform_knows_the_settings_of_a_backend(kind: str, terraform_provider: Provider, tmp_path: Path) -> None:
    settings = everything(BACKENDS[kind])
    block = {"cloud": settings} if kind == "cloud" else {"backend": {kind: settings}}
    settings[UNKNOWN] = "x"
    (tmp_path / "main.tf.json").write_text(json.dumps({"terraform": block}))
    [only] = complaints(Stack(tmp_path, terraform_provider, os.environ), "init")
    assert UNKNOWN in only


def test_terraform_knows_the_arguments_of_the_provider(terraform_provider: Provider, tmp_path: Path) -> None:
    arguments = {name: each for name, each in everything(AwsProvider).items() if name not in NOT_IN_FIVE}
    arguments[UNKNOWN] = "x"
    (tmp_path / "main.tf.json").write_text(
        # On many lines: a complaint quotes the line that it is about.
        json.dumps({"provider": {"aws": arguments}, "data": {"aws_region": {"here": {}}}}, indent=1)
    )
    [only] = complaints(Stack(tmp_path, terraform_provider, os.environ), "validate")
    assert UNKNOWN in only


def test_arguments_of_the_provider_are_all_here_but_secrets_and_what_is_not_the_users(
    terraform_provider: Provider, tmp_path: Path
) -> None:
    (tmp_path / "main.tf.json").write_text(json.dumps({"data": {"aws_region": {"here": {}}}}))
    schema = Stack(tmp_path, terraform_provider, os.environ).provider_schema()["provider"]["block"]
    blocks = {name: set(each["block"]["attributes"]) - SECRETS for name, each in schema["block_types"].items()}
    assert set(AwsProvider.model_fields) - NOT_IN_FIVE == {*schema["attributes"], *blocks} - SECRETS - {"region"}
    assert blocks.pop("endpoints") == FIVE_KNOWS
    for name, arguments in blocks.items():
        model = _model_within(AwsProvider.model_fields[name].annotation)
        assert model
        assert set(model.model_fields) == arguments, name


def test_kept_extract_of_the_schema_is_what_the_provider_says(terraform_provider: Provider, tmp_path: Path) -> None:
    kept = json.loads(provider_schema.PATH.read_text())
    assert kept == provider_schema.extract(terraform_provider, tmp_path)
