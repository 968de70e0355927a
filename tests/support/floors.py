"""The floors of every package, the one table that holds their order. ``docs/architecture.md`` shows it to people.

A part of a package is one of its modules or wings (folders). It imports from floors below its own only; the parts on one floor do
not import each other, the modules of one wing may.
"""

# package -> what else of ours it may import
PACKAGES = {
    "app": {"settings", "visualprm_ui", "storage", "engine", "nano"},
    "benchmarks": {"visualprm_ui", "storage", "engine", "nano"},
    "visualprm_ui": {"storage", "engine"},
    "storage": {"engine"},
    "nano": {"engine"},
    "engine": set(),
    "settings": set(),
}

# package -> its floors, top first; the modules and wings of one floor in one string
FLOORS = {
    "engine": (
        "__main__",
        "cli",
        "__init__",
        "loading",
        "remote",
        "models",
        "engine",
        "serving",
        "rollouts",
        "beginnings limits prompts step_splitter",
        "events protocols",
        "evaluation",
        "choosing outcomes",
        "aggregate answers prediction",
        "solution_text",
        "model_catalogue",
        "pictures",
        "domain",
        "metering",
        "errors markdown_cells spreadsheets system",
    ),
    "engine.evaluation": (
        "__init__",
        "tables",
        "curve_comparison monte_carlo score_calibration search_comparison step_comparison",
        "curve step_report",
        "agreement areas distributions first_error labelling_pace majority pick_chances score_counts spent_tokens step_metrics "
        "thresholds weighted_vote",
        "judged_steps resampling solution_pool",
        "best_of_n calibration coefficients grading intervals isotonic published reading_speed shared_problems training_subset",
        "arrays",
    ),
    "engine.models": (
        "__init__",
        "pair",
        "registry",
        "loaders",
        "generic",
        "families",
        "checkpoints",
        "placement selftest",
        "inference",
        "input_check",
    ),
    "storage": (
        "__main__",
        "cli",
        "__init__",
        "rotation",
        "backup",
        "deletion moving tidying transfer",
        "store",
        "projects",
        "results",
        "labelling",
        "accounts runs",
        "files",
        "database formats",
        "errors progress",
    ),
    "visualprm_ui": ("__init__", "build", "pages", "api job_command", "components use_cases", "access"),
    "nano": ("__init__", "bench", "train", "model", "world"),
    "nano.bench": (
        "__main__",
        "__init__",
        "run",
        "monte_carlo_agreement",
        "pools selection",
        "card charts foreign_pictures metrics timing",
    ),
    "nano.train": (
        "__init__",
        "__main__",
        "export stages",
        "batch_scoring monte_carlo",
        "batch_sampling reward_loss",
        "data",
        "loop",
        "optimiser",
    ),
    "benchmarks": (
        "__init__",
        "annotation batching browsing evaluate generic load page precision reading rollouts sampling scoring text transfer",
        "peaks storage visitors work",
        "metering",
        "midsize",
        "app_process chromium tiny_tokenizer",
    ),
}

# What nothing outside the second column may import, not even in passing: everything else works without these libraries.
NEEDED_BY = {
    "torch": {"engine.models", "nano.bench", "nano.train", "nano.model", "benchmarks"},
    "transformers": {
        "engine.models",
        "engine.prompts.prm_formats",
        "nano.bench",
        "nano.train",
        "nano.model",
        "benchmarks",
    },
    "gradio": {"visualprm_ui.build", "visualprm_ui.components", "visualprm_ui.pages"},
    "sqlalchemy": {"storage"},
}
# Run in a process of their own and imported by nothing.
PROGRAMS = {"engine.answers.algebra_process"}
# Nouns and rules: the standard library only.
PURE = {
    f"engine.{part}"
    for part in (
        "aggregate",
        "answers",
        "choosing",
        "domain",
        "errors",
        "limits",
        "markdown_cells",
        "metering",
        "outcomes",
        "prediction",
        "solution_text",
        "spreadsheets",
    )
}
KNOWN_TO_STORAGE = {
    *PURE,
    "engine.pictures.image_decoding",
    "engine.evaluation.agreement",
    "engine.evaluation.training_subset",
    "engine.system.progress",
}
