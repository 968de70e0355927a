"""Every setting of the app, in one frozen value: field -> ``VISUALPRM_FIELD`` -> ``--field`` -> default.

The command line beats the environment, which beats the default. Only ``app.py`` imports this module; packages receive values.
``docs/settings.md`` is compared with these fields by a test.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from ipaddress import ip_address, ip_network
from pathlib import Path
from socket import gethostname
from typing import Any

ENVIRONMENT_PREFIX = "VISUALPRM_"
# A Space sets the address to listen on in Gradio's own variables; ours win where both are set.
GRADIO_VARIABLES = {"host": "GRADIO_SERVER_NAME", "port": "GRADIO_SERVER_PORT"}
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
SPACE_PROXIES = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"  # private networks, whose the proxy of a Space is
NANO = Path(__file__).parent / "nano"
_PASSWORD = re.compile(r"(://[^:/@]*:).*@")  # in an address


class SettingsError(ValueError):
    """A setting has an unusable value; the message names the setting, the value and what to choose instead."""


def _setting(default: Any, text: str, choices: tuple[str, ...] | None = None) -> Any:
    return field(default=default, metadata={"help": text, "choices": choices})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one start of the app. Each field's help text is its documentation."""

    host: str = _setting("127.0.0.1", "Address to listen on; 0.0.0.0 serves the whole network.")
    names: str = _setting(
        "", "Host names, with commas between, under which a proxy on this machine serves an app without accounts."
    )
    trusted_proxies: str = _setting(
        "", "Addresses or networks of proxies, with commas between, that name a client's address in X-Forwarded-For."
    )
    port: int = _setting(7860, "Port to listen on, 1 to 65535.")
    public_url: str = _setting(
        "", "Address at which people reach the app, for links in the log: https://prm.example.org."
    )
    root_path: str = _setting("", "Path prefix behind a reverse proxy, which may pass it on or take it off.")
    data_dir: Path = _setting(Path("data"), "Folder of the store: database, images, secret. Local disk only.")
    database: str = _setting(
        "",
        "Database of a team that outgrew SQLite: postgresql://USER:PASSWORD@HOST:PORT/NAME. Empty: a file in the data folder.",
    )
    journal_mode: str = _setting("wal", "SQLite journal; delete where the disk lacks shared memory.", ("wal", "delete"))
    policy: str = _setting(
        "",
        "The model that writes solutions: folder, hub name or server address. Empty: the one picked last under Models, "
        "else the shipped one.",
    )
    reward_model: str = _setting("", "The model that scores steps: the same.")
    private_model_servers: str = _setting(
        "auto",
        "Whether an admin may choose model servers on this machine or its own network; auto: where nobody else reaches the app.",
        ("auto", "yes", "no"),
    )
    device: str = _setting("auto", "Where the models run: auto, cpu, cuda:N, or several GPUs: cuda:0,cuda:1.")
    dtype: str = _setting("auto", "Precision of the weights.", ("auto", "float32", "bfloat16", "float16"))
    quantise: str = _setting(
        "none", "Bits of the text model's matrices; 8bit and 4bit need bitsandbytes.", ("none", "8bit", "4bit")
    )
    models_dir: str = _setting("", "Folder of checkpoint folders, offered under Models on Explore.")
    prompt_file: str = _setting("", "TOML file of prompts by the model's name, in place of the models' own.")
    token_prices: str = _setting(
        "",
        "What served models cost: NAME=READ/WRITTEN of a million tokens each, with commas between; the name * is every other.",
    )
    max_active_runs: int = _setting(
        16, "Runs served at the same time where memory allows it, 1 to 64; others wait in order."
    )
    access: str = _setting(
        "auto",
        "Who may label: auto is everyone until there is an admin, and people only where others can reach the app; "
        "accounts is people only; private is people only, who alone see anything at all.",
        ("auto", "accounts", "private"),
    )
    admins: str = _setting("", "Hugging Face names that are admins on a Space, with commas between.")
    log_level: str = _setting("info", "How much is logged.", ("debug", "info", "warning", "error"))

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            SettingsError: with the setting's name, its value and what to choose instead.
        """
        for entry in fields(self):
            choices = entry.metadata["choices"]
            value = getattr(self, entry.name)
            if choices and value not in choices:
                raise SettingsError(f"{_flag(entry.name)} is {value!r}; choose one of {', '.join(choices)}.")
        if not 1 <= self.port <= 65535:
            raise SettingsError(f"--port is {self.port!r}; choose a number from 1 to 65535.")
        if not 1 <= self.max_active_runs <= 64:
            raise SettingsError(f"--max-active-runs is {self.max_active_runs!r}; choose a number from 1 to 64.")
        for place in _listed(self.trusted_proxies) - {"*"}:
            try:
                ip_network(place)
            except ValueError as error:
                raise SettingsError(
                    f"--trusted-proxies has {place!r}, which is neither an address nor a network such as 10.0.0.0/8: {error}."
                ) from error
        if self.models_dir and not Path(self.models_dir).is_dir():
            raise SettingsError(f"--models-dir is {self.models_dir!r}; there is no such folder.")
        if self.prompt_file and not Path(self.prompt_file).is_file():
            raise SettingsError(f"--prompt-file is {self.prompt_file!r}; there is no such file.")
        if self.public_url and not self.public_url.startswith(("http://", "https://")):
            raise SettingsError(f"--public-url is {self.public_url!r}; it must start with http:// or https://.")
        if self.root_path and not self.root_path.startswith("/"):
            raise SettingsError(f"--root-path is {self.root_path!r}; it must start with a slash, such as /visualprm.")

    @property
    def answers_to(self) -> frozenset[str] | None:
        """Host names under which an app without accounts answers; None: any, because the app listens on the network."""
        if not self._is_loopback:
            return None
        return THIS_MACHINE | {self.host} | _listed(self.names)

    @property
    def _is_loopback(self) -> bool:
        try:
            return self.host in THIS_MACHINE or ip_address(self.host.strip("[]")).is_loopback
        except ValueError:  # a name
            return False

    def needs_accounts(self, environment: Mapping[str, str]) -> bool:
        """Return whether nobody labels without an account, from the first start on: as set, and wherever others reach the app."""
        return self.access in ("accounts", "private") or not self._is_loopback or "SPACE_ID" in environment

    def access_rules(self, environment: Mapping[str, str]) -> dict[str, bool]:
        """Return whether people need accounts, whether nobody sees anything without one, and whether they are Hugging Face's."""
        required = self.needs_accounts(environment)
        return {"required": required, "private": self.access == "private", "is_hub": is_hub(environment)}

    def believed_proxies(self, environment: Mapping[str, str]) -> str:
        """Return whose X-Forwarded-For names the client: as set, and on a Space, which is reached through its proxy only, that."""
        return self.trusted_proxies or (SPACE_PROXIES if "SPACE_ID" in environment else "")

    def asks_private_servers(self, environment: Mapping[str, str]) -> bool:
        """Return whether model servers on private addresses may be chosen while the app runs."""
        is_open = self.private_model_servers == "auto" and not self.needs_accounts(environment)
        return is_open or self.private_model_servers == "yes"

    def public_address(self, environment: Mapping[str, str]) -> str:
        """Return where people reach the app, without a slash at its end: as set, the Space's own, or this machine's name."""
        if self.public_url:
            return self.public_url.rstrip("/")
        if space := environment.get("SPACE_HOST"):
            return f"https://{space}"
        is_any = self.host in ("0.0.0.0", "::", "")  # to listen on, not to be asked at
        return f"http://{gethostname() if is_any else self.host}:{self.port}{self.root_path}"

    def forwarded_hosts(self, environment: Mapping[str, str]) -> frozenset[str]:
        """Return the host names that a proxy may give in X-Forwarded-Host: those of ``names``, and a Space's own."""
        return frozenset(_listed(f"{self.names},{environment.get('SPACE_HOST', '')}"))

    def summary(self) -> str:
        """Return the effective values in one line for the log, without the database's password."""
        values = {entry.name: str(getattr(self, entry.name)) for entry in fields(self)}
        values["database"] = _PASSWORD.sub(r"\1***@", values["database"])
        return " ".join(f"{name}={value}" for name, value in values.items())


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Read the settings from a command line and an environment.

    Raises:
        SettingsError: a value from the environment or the command line cannot be used.
        SystemExit: the command line asks for help or cannot be parsed.
    """
    parser = argparse.ArgumentParser(
        prog="app.py", description="VisualPRM Workbench.", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    values: dict[str, Any] = {}
    for entry in fields(Settings):
        variable = ENVIRONMENT_PREFIX + entry.name.upper()
        source = variable if variable in environment else GRADIO_VARIABLES.get(entry.name, variable)
        default = _parse(entry, environment[source], source) if source in environment else entry.default
        values[entry.name] = default
        parser.add_argument(
            _flag(entry.name),
            default=default,
            type=type(entry.default),
            choices=entry.metadata["choices"],
            help=f"{entry.metadata['help']} [{variable}]",
        )
    return Settings(**vars(parser.parse_args(arguments)))


def is_hub(environment: Mapping[str, str]) -> bool:
    """Return whether this is a Space where people sign in with Hugging Face (``hf_oauth: true`` in its front matter)."""
    return "SPACE_ID" in environment and "OAUTH_CLIENT_ID" in environment


def _listed(text: str) -> set[str]:
    """Return the names in a list with commas between them, in lower case."""
    return {name.strip().lower() for name in text.split(",") if name.strip()}


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _parse(entry: Field[Any], text: str, variable: str) -> Any:
    kind: type[Any] = type(entry.default)
    try:
        return kind(text)
    except ValueError as error:
        raise SettingsError(f"{variable} is {text!r}; it must be a {kind.__name__}.") from error
