"""A contract type for import-linter that it does not bring along: nothing but the standard library."""

from __future__ import annotations

import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class StandardLibraryOnly(Contract):
    """Modules of the `packages` import the standard library and their own package, and nothing else."""

    packages: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Collect every import that leads out of its package and out of the standard library."""
        strangers = [
            (importer, imported)
            for package in self.packages
            for importer in sorted({package} | graph.find_descendants(package))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not _within(imported, package) and imported.partition(".")[0] not in sys.stdlib_module_names
        ]
        return ContractCheck(kept=not strangers, metadata={"strangers": strangers})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line for each import found."""
        for importer, imported in check.metadata["strangers"]:
            output.print_error(f"{importer} imports {imported}; a domain takes values and returns values.")


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
