"""``python app.py job KIND``: the jobs of the Dataset page in the foreground, on the app's store and models.

The same work as ``use_cases/model_jobs.py`` starts. It is a command of ``app.py`` because nothing else has both a store and models:
``engine`` knows no store, ``storage`` no model, and the settings name both. A job's id is made from what was asked for, so the same
command, started again after it was stopped, goes on with what is missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from engine import Engine, EngineError
from engine.domain import Sampling
from engine.outcomes.rollout_labels import RolloutMode
from engine.rollouts import COMPLETIONS
from engine.system.progress import Progress
from storage import Store, StoreError
from storage.transfer.job_folder import JobKind
from visualprm_ui.use_cases.model_job_files import ModelJobFiles
from visualprm_ui.use_cases.model_job_request import (
    ROLLOUT_SAMPLING,
    ModelJobRequest,
    RolloutSettings,
    Wanted,
    as_asked,
    new_request,
    nothing_matches,
)
from visualprm_ui.use_cases.model_job_work import ModelJobWork
from visualprm_ui.use_cases.rollout_job_work import RolloutJobWork
from visualprm_ui.use_cases.transfer_jobs import CannotGoOn

NAME = "job"
SCORE, SAMPLE, LABEL, SAMPLE_AND_LABEL = "score", "sample", "label", "sample-and-label"


_NOUNS = {
    JobKind.SCORE: "solutions scored",
    JobKind.SAMPLE: "problems sampled",
    JobKind.LABEL: "solutions labelled",
    JobKind.SAMPLE_AND_LABEL: "problems sampled and labelled",
}


def read_job(arguments: Sequence[str]) -> tuple[argparse.Namespace | None, Sequence[str]]:
    """Return the job that the arguments of the app ask for, None where they ask for none, and the settings among them."""
    return read_options(arguments[1:]) if arguments[:1] == [NAME] else (None, arguments)


def read_options(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the options of the command, and the arguments that are left: settings of the app."""
    # without abbreviations: --policy, a setting, would be taken for --policy-model
    parser = argparse.ArgumentParser(
        prog="app.py job",
        description="Have the models work on the store. Other options are settings of the app.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="kind", required=True)
    score = commands.add_parser(SCORE, help="score solutions that are in the store", allow_abbrev=False)
    sample = commands.add_parser(SAMPLE, help="sample and score solutions of problems there", allow_abbrev=False)
    label = commands.add_parser(LABEL, help="label solutions in the store by rollouts", allow_abbrev=False)
    both = commands.add_parser(SAMPLE_AND_LABEL, help="sample solutions and label them by rollouts", allow_abbrev=False)
    for command in (score, label):
        command.add_argument("--solutions", nargs="+", default=[], metavar="ID", help="these")
        command.add_argument("--runs", nargs="+", default=[], metavar="ID", help="what these runs sampled")
        command.add_argument("--policy-model", metavar="NAME", help="only solutions that this model wrote")
    for command, plain in ((sample, Sampling()), (both, ROLLOUT_SAMPLING)):
        command.add_argument("--problems", nargs="+", default=[], metavar="ID", help="these")
        command.add_argument("--n", type=int, default=plain.n, help="solutions of each problem; default: %(default)s")
        command.add_argument("--project", metavar="ID", help="whose queue the solutions join at the end")
    for command, plain in ((sample, Sampling()), (label, ROLLOUT_SAMPLING), (both, ROLLOUT_SAMPLING)):
        command.add_argument("--temperature", type=float, default=plain.temperature, help="default: %(default)s")
        command.add_argument("--top-k", type=int, default=plain.top_k, help="0 keeps all; default: %(default)s")
        command.add_argument("--seed", type=int, default=plain.seed, help="default: %(default)s")
        command.add_argument(
            "--max-new-tokens",
            type=int,
            default=plain.max_new_tokens,
            help="of a solution, its thought included; default: %(default)s",
        )
    for command in (label, both):
        command.add_argument("--completions", type=int, default=COMPLETIONS, help="of each step; default: %(default)s")
        command.add_argument("--mode", type=RolloutMode, choices=list(RolloutMode), default=RolloutMode.EVERY)
    for command in (score, sample, label, both):
        command.add_argument("--queue", metavar="ID", help="only what is labelled in this queue")
        command.add_argument("--data-source", metavar="NAME", help="only of problems from here")
        command.add_argument("--json", action="store_true", help="print one JSON object on the last line")
    return parser.parse_known_args(arguments)


def run_job(store: Store, engine: Engine, options: argparse.Namespace) -> int:
    """Do a job, tell its progress on standard error, print what came of it. Returns the process's exit code."""
    try:
        request = _request_of(engine, options)
        if request.project is not None:
            store.projects.get_project(request.project)
        return _work(store, engine, request, as_json=options.json)
    except (StoreError, EngineError, CannotGoOn) as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. What is done is kept; the same command goes on from there.", file=sys.stderr)
    return 1


def do_job(store: Store, engine: Engine, options: argparse.Namespace) -> int:
    """Do a job once the models are loaded, and close both. Returns the process's exit code."""
    with store, engine:
        engine.wait_ready()
        return run_job(store, engine, options)


def _request_of(engine: Engine, options: argparse.Namespace) -> ModelJobRequest:
    """Return what was asked for. Raises StoreError, EngineError."""
    given = vars(options)
    wanted = Wanted(
        solutions=tuple(given.get("solutions", ())),
        problems=tuple(given.get("problems", ())),
        runs=tuple(given.get("runs", ())),
        queue=options.queue,
        data_source=options.data_source,
        policy_model=given.get("policy_model"),
    )
    sampling = rollouts = None
    if options.kind != SCORE:
        sampling = Sampling(
            n=given.get("n", ROLLOUT_SAMPLING.n),
            temperature=options.temperature,
            top_k=options.top_k,
            seed=options.seed,
            max_new_tokens=options.max_new_tokens,
        )
    if options.kind in (LABEL, SAMPLE_AND_LABEL):
        samples = options.kind == SAMPLE_AND_LABEL
        rollouts = RolloutSettings(samples=samples, completions=options.completions, mode=options.mode)
    return new_request(engine.status(), wanted, sampling, given.get("project"), rollouts)


def _work(store: Store, engine: Engine, request: ModelJobRequest, *, as_json: bool) -> int:
    named = {"solutions": request.wanted.solutions, "problems": request.wanted.problems}
    asked = json.dumps({**as_asked(request), **named}, sort_keys=True)
    job_id = sha256(asked.encode()).hexdigest()[:32]
    noun = _NOUNS[request.kind]
    work = ModelJobWork if request.rollouts is None else RolloutJobWork
    with tempfile.TemporaryDirectory(prefix="visualprm-job-") as folder, Progress(noun) as progress:
        files = ModelJobFiles(Path(folder))
        files.write_named(**named)
        work(store, engine, job_id, request, files, progress.update).run()
        report, failures, figures = files.read_report(), list(files.iter_failures()), files.sum_figures()
    assert report is not None
    if report.unanswered and report.total + report.already == 0:
        raise CannotGoOn("None of these problems has a reference answer, so completions have nothing to reach.")
    if report.total + report.already == 0:
        raise CannotGoOn(nothing_matches("problem" if request.kind.samples else "solution", report.benchmark))
    outcome = {
        "job": job_id,
        **asdict(report),
        "failed": len(failures),
        "reward_model": None if request.reward_model is None else asdict(request.reward_model),
        "policy": None if request.policy is None else asdict(request.policy),
        "failures": [asdict(each) for each in failures],
    }
    if request.rollouts is not None:
        outcome["figures"] = asdict(figures)
    if as_json:
        print(json.dumps(outcome))
    else:
        done = "scored" if request.rollouts is None else "labelled so"
        without = f", {report.unanswered} without a reference answer" if report.unanswered else ""
        benchmark = f", {report.benchmark} of the built-in nano benchmark left out" if report.benchmark else ""
        print(f"{report.total} to do, {report.already} {done} before{without}{benchmark}, {len(failures)} failed.")
        for each in failures:
            print(f"{each.solution or each.problem}: {each.reason}", file=sys.stderr)
    return 1 if failures else 0
