"""The files of a contribution, which scripts/first_aws_run writes and scripts/check_contribution reads."""

FORMAT = 1
MANIFEST = "contribution.json"  # format, date, cap_usd, steps (exit statuses), versions, whose API calls are logged
DRY_RUN = "dry_run.json"        # launch_bench --dry_run --benchmark_out
RESULTS = "results.json"        # Google Benchmark's format
SAMPLES = "samples.jsonl"       # a line for each launch
API_CALLS = "api_calls.jsonl"   # a line for each API request, with the step that made it
OUTPUT = "output.txt"           # the steps' output
FILES = (MANIFEST, DRY_RUN, RESULTS, SAMPLES, API_CALLS, OUTPUT)

STEPS = ("dry_run", "run", "cleanup")
VERSIONS = ("launch_bench", "git_revision", "operating_system", "kernel", "machine", "python", "aws_cli")
# In the manifest, for readers.
WHOSE_API_CALLS = "those of launch_bench; the AWS CLI's own calls (Instrument/AwsCliWaiter) are not logged"
# The members of an API request, and their types.
API_CALL = {"step": str, "at_ms": float, "service": str, "region": str, "action": str, "attempt": int, "ms": float,
            "http_status": int, "code": str}

CAP_USD = 1
FILTER = "^(Instrument/Watcher|Instrument/AwsCliWaiter|Cold|StartStopped|WarmPool/InstanceConnect)/iterations"
