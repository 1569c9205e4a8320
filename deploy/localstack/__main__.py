"""`python -m localstack`."""

from localstack.cli import main

main(prog_name="python -m localstack")
