"""What can go wrong in the local stack, each with what the person at the keyboard can do about it."""

from pathlib import Path


class LocalStackError(Exception):
    """The local stack cannot do what was asked; `problem` says why and `remedy` what would help."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}\n{remedy}")
        self.problem = problem
        self.remedy = remedy


class NotInstalledError(LocalStackError):
    """Something that setup installs is not there."""


class InstallError(LocalStackError):
    """A package could not be fetched, verified or built."""


class PortTakenError(LocalStackError):
    """A port that was asked for by number is in use."""


class AlreadyRunningError(LocalStackError):
    """Another process holds the data folder."""


class DataMismatchError(LocalStackError):
    """The data folder was made under other circumstances: another store, pseudonym key, or layout of documents."""


class StartError(LocalStackError):
    """A process ended, or did not answer in time, while it was being started; `log` tells why."""

    def __init__(self, problem: str, log: Path, tail: str) -> None:
        shown = tail or "(the log is empty)"
        super().__init__(problem, f"Its log is {log}. The last lines:\n{shown}")
        self.log = log
