"""Routes of samplings: a model writes solutions for problems that were imported without any. For admins.

An import begins them (``POST imports/{id}/start`` with ``solutions``).
"""

from typing import cast

from fastapi import FastAPI

from visualprm_ui.api.access import Admin
from visualprm_ui.api.imports import job_view
from visualprm_ui.api.shapes.transfer import ProblemSamplingList, ProblemSamplingReport, ProblemSamplingView
from visualprm_ui.use_cases.sampling_jobs import SamplingJobs, SamplingOfProblems


def add_samplings(api: FastAPI, samplings: SamplingJobs) -> None:
    """Add the routes of samplings."""

    @api.get("/samplings", tags=["dataset"], summary="List samplings, the newest first")
    def list_samplings(_: Admin) -> ProblemSamplingList:
        return {"samplings": [_sampling_view(each) for each in samplings.list()]}

    @api.get("/samplings/{sampling_id}", tags=["dataset"], summary="Get a sampling: how far it is")
    def get_sampling(sampling_id: str, _: Admin) -> ProblemSamplingView:
        return _sampling_view(samplings.get(sampling_id))

    @api.post("/samplings/{sampling_id}/cancel", tags=["dataset"], summary="End a sampling; what is queued stays")
    def cancel(sampling_id: str, _: Admin) -> ProblemSamplingView:
        return _sampling_view(samplings.cancel(sampling_id))

    @api.post(
        "/samplings/{sampling_id}/resume", tags=["dataset"], summary="Go on with one that was cancelled or failed"
    )
    def resume(sampling_id: str, _: Admin) -> ProblemSamplingView:
        return _sampling_view(samplings.resume(sampling_id))


def _sampling_view(found: SamplingOfProblems) -> ProblemSamplingView:
    asked = found.job.asked
    return {
        **job_view(found.job),
        "project": str(asked["project"]),
        "n": cast(int, asked["n"]),
        "problems": found.problems,
        "report": cast(ProblemSamplingReport, found.report),
    }
