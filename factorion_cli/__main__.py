"""`python -m factorion_cli`, which is how `torchrun -m factorion_cli` starts it."""

from factorion_cli.cli.app import main

if __name__ == "__main__":
    main()
