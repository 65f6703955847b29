"""Runs launch_bench in its own directory, and reads its results."""
import json
import pathlib
import subprocess

from kills.account import environment_without_credentials, programs

# The limit for a run that is not killed. On a busy machine a run takes ten times as long as on an idle one.
LONGEST_RUN_S = 300


class Work:
    """Describes a run: its filter and flags, the local cloud's time scale, and keys of the fleet configuration."""

    def __init__(self, filter, scale, flags=(), fleet=None, concurrency=3):
        self.filter, self.scale, self.flags, self.fleet = filter, scale, list(flags), fleet or {}
        self.concurrency = concurrency


TECHNIQUES = Work("^(Cold|StartStopped|PreEni|RebakedAmi|Burst/4|WarmPool/TagClaim)/iter", 0.02)
# The workload is created locally, because the default one is cloned from the Internet.
FLEET_CONFIG = {"timeout": 240,
                "recipes": {"load-workload-here": "mkdir -p \"$FLEET_WORKLOAD\" && echo x > \"$FLEET_WORKLOAD/x\""}}
# Variants that keep resources between runs, and variants that do not.
FLEETS = Work("^Fleet/(Baseline|AllOptimizations|ManagedQueue)/iter", 0.005,
              fleet={**FLEET_CONFIG, "local_runners": 1, "tasks": 4, "slow_poll": 0.2, "fast_poll": 0.1,
                     "task_command": "sleep 0.2", "instance_profile": "localcloud-instance"})


class Bench:
    """One run and the commands after it: --cleanup, --resume. Its files are below `directory`."""

    def __init__(self, work, directory, account=None, environment=None):
        self.account, self.directory = account, pathlib.Path(directory)
        self.log, self.out = self.directory / "run.jsonl", self.directory / "run.json"
        self.temporary = self.directory / "tmp"
        self.temporary.mkdir(exist_ok=True)
        config = self.directory / "fleet.json"
        fleet = dict(work.fleet)
        if account is not None:
            # All clouds give their machines the same addresses; only their SSH ports differ.
            fleet["queue_port"] = account.ssh_port - 22000
            self.cloud = [f"--endpoint_url={account.url}", f"--ssh_port={account.ssh_port}"]
        else:
            self.cloud = [f"--local_time_scale={work.scale}", "--local_rtt=0"]
        config.write_text(json.dumps(fleet))
        self.flags = [f"--benchmark_filter={work.filter}", f"--fleet_config={config}", "--benchmark_repetitions=3",
                      f"--concurrency={work.concurrency}", "--max_lifetime=300s", *work.flags]
        self.environment = dict(environment or (account.environment if account else environment_without_credentials()),
                                XDG_STATE_HOME=str(self.directory / "state"), TMPDIR=str(self.temporary))

    def start(self, *flags):
        # Writes to a file: the program would block on a pipe that is not read.
        with open(self.directory / "errors", "wb") as errors:
            return subprocess.Popen([programs() / "launch_bench", *self.cloud, *flags], env=self.environment,
                                    stdout=subprocess.DEVNULL, stderr=errors)

    def start_run(self):
        return self.start(*self.flags, f"--benchmark_out={self.out}")

    def errors(self):
        return (self.directory / "errors").read_text(errors="replace")

    def finish(self, process, what, statuses=(0,)):
        """Waits until the process ends. Raises RuntimeError, with the process's output, if it takes too long or if its exit
        status is not one of `statuses`."""
        try:
            process.wait(timeout=LONGEST_RUN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise RuntimeError(f"{what} did not end within {LONGEST_RUN_S} s")
        if process.returncode not in statuses:
            failures = [sample["failure"] for sample in self.samples() if not sample["ok"]]
            raise RuntimeError(f"{what} ended with {process.returncode}:\n{self.errors()}" + "\n".join(failures))

    def samples(self):
        lines = self.log.read_bytes().split(b"\n")[:-1] if self.log.exists() else []  # the last line may be incomplete
        return [json.loads(line) for line in lines]

    def resume(self):
        """Does what a user would do: resumes from the samples, or starts again if the run was killed before it wrote any.
        Failed launches are results and are kept; the exit status reports them."""
        follow_up = f"--resume={self.log}" if self.log.exists() else f"--benchmark_out={self.out}"
        process = self.start(*self.flags, follow_up)
        self.finish(process, "--resume", (0, 1))
        failed = sum(bool(result.get("error_occurred")) for result in json.loads(self.out.read_text())["benchmarks"])
        if (process.returncode == 1) != (failed > 0):
            raise RuntimeError(f"--resume ended with {process.returncode}, and {failed} launches had failed:\n{self.errors()}")

    def lost(self, finished):
        """Returns the `finished` samples that are missing in the results."""
        results = json.loads(self.out.read_text())["benchmarks"]
        there = {(r["run_name"].split("/iterations:")[0], r["launch_index"]) for r in results if "launch_index" in r}
        return [f"{s['benchmark']} {s['launch_index']}" for s in finished
                if s["ok"] and (s["benchmark"], s["launch_index"]) not in there]
