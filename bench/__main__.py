"""`python run.py bench [speed | scale | throughput | all] [options]`: measure, and renew the docs.

speed       on one processor: tokens, requests and keyrings, compared with other packages (the default)
scale       10 keys against 10,000, two thousand sessions against two million, one issuer against 1,000
throughput  what a request costs the workers of gunicorn
all         these three, one after the other
"""

import subprocess
import sys

PARTS = ("speed", "scale", "throughput")


def main(arguments: list[str]) -> int:
    """Run the named part with its options. Each part has a process of its own, for its settings."""
    if {"-h", "--help"} & {*arguments[:1]}:
        sys.stdout.write(f"{__doc__}\n")
    named = arguments[:1] if arguments[:1] and not arguments[0].startswith("-") else []
    if named and named[0] not in {*PARTS, "all"}:
        sys.exit(f"run.py bench: {named[0]!r} must be one of {', '.join((*PARTS, 'all'))}")
    parts = PARTS if named == ["all"] else named or PARTS[:1]
    options = arguments[len(named) :]
    return max(subprocess.call([sys.executable, "-m", f"bench.{part}", *options]) for part in parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
