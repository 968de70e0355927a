"""``python -m engine selftest``: does a model compute here what it should? Exit code 0 only when every check passed."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.cli.options import ProgressPrinter, add_former_name, add_prompt_file
from engine.errors import InvalidRequest
from engine.model_catalogue.model_choice import AUTO, DEFAULT_REWARD_MODEL
from engine.prompts.prompt_file import read_prompt_file
from engine.remote.address import is_address

if TYPE_CHECKING:
    from engine.models.selftest import Check


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--policy", help="folder or hub name of a model that writes; default: none is checked")
    parser.add_argument(
        "--reward-model", default=str(DEFAULT_REWARD_MODEL), help="folder or hub name of the model that scores"
    )
    parser.add_argument("--device", default=AUTO, help="auto, cpu, cuda:N or several")
    parser.add_argument("--dtype", default=AUTO, choices=(AUTO, "float32", "bfloat16", "float16"))
    parser.add_argument(
        "--prm-format", help="how the reward model is asked about steps; default: as it or its name says"
    )
    add_former_name(parser, "--reading", "prm_format")
    add_prompt_file(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    for source in (arguments.policy, arguments.reward_model):
        if is_address(source):
            raise InvalidRequest(f"{source!r} is a server: only models that are loaded here can be looked into.")
    from engine.models import registry  # late: imports torch
    from engine.models.checkpoints.hub import locate

    progress = ProgressPrinter()
    options = registry.Options(
        device=None if arguments.device == AUTO else arguments.device,
        dtype=None if arguments.dtype == AUTO else arguments.dtype,
        prm_format=arguments.prm_format,
        prompts=read_prompt_file(arguments.prompt_file),
    )
    results: dict[str, tuple[Check, ...]] = {}
    if arguments.policy is not None:
        policy = registry.load_checkpoint(locate(arguments.policy, progress.bytes_of(arguments.policy)), options)
        results[f"policy {policy.card.name}"] = registry.selftest_policy(policy)
        del policy  # the two may not fit together
    judge = registry.load_checkpoint(locate(arguments.reward_model, progress.bytes_of(arguments.reward_model)), options)
    results[f"reward model {judge.card.name} asked in {judge.prm_format.name}"] = registry.selftest_reward_model(judge)
    passed = all(check.passed for checks in results.values() for check in checks)
    for title, checks in results.items():
        print(title)
        for check in checks:
            print(f"  {'ok  ' if check.passed else 'FAIL'}  {check.name:34} {check.detail}")
    if arguments.json:
        models = {title: [asdict(check) for check in checks] for title, checks in results.items()}
        print(json.dumps({"passed": passed, "models": models}))
    return 0 if passed else 1
