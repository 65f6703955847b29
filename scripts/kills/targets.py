"""The targets of scripts/random_kills: one class each, with what it kills and what must be true afterwards."""
import dataclasses
import os
import pathlib
import subprocess
import tempfile
import time

from kills import processes
from kills.account import Account
from kills.bench import FLEET_CONFIG, FLEETS, LONGEST_RUN_S, TECHNIQUES, Bench, Work


@dataclasses.dataclass
class Outcome:
    killed: str = ""  # the process's name; empty if the run ended before there was a process to kill
    after_s: float = 0.0  # from the start of the run
    ended_s: float = 0.0  # from the kill to the end of what must end
    status: int = 0
    finished: int = 0
    left: list = dataclasses.field(default_factory=list)
    lost: list = dataclasses.field(default_factory=list)
    wrong: list = dataclasses.field(default_factory=list)  # other errors
    removed_later: int = 0  # directories that the next local cloud removed


class Target:
    """Does the rounds of one worker process, one after the other. `work` describes its runs."""

    work = TECHNIQUES
    bound_s = 60.0  # the limit of `ended_s`
    ends = "the run"  # what must end within `ended_s`

    def __init__(self, seed, directory, work=None):
        self.seed, self.directory = seed, pathlib.Path(directory)
        self.work = work or type(self).work
        self.account = self.make_account()

    def make_account(self):
        return Account(self.work.scale, self.seed, self.directory / "cloud")

    def end(self):
        if self.account is not None:
            self.account.end()

    def new_bench(self, directory):
        return Bench(self.work, directory, self.account)

    def length(self):
        """Returns how long a run takes here if it is not killed."""
        with tempfile.TemporaryDirectory(dir=self.directory) as directory:
            bench = self.new_bench(directory)
            start = time.monotonic()
            bench.finish(bench.start_run(), "a run that nobody kills")
            return time.monotonic() - start

    def round(self, draws, length):
        with tempfile.TemporaryDirectory(dir=self.directory) as directory:
            bench = self.new_bench(directory)
            outcome = Outcome(after_s=draws.uniform(0, length))
            process = bench.start_run()
            try:
                self.run_round(draws, bench, process, outcome)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            return outcome

    def run_round(self, draws, bench, process, outcome):
        """Kills, fills in `outcome`, and leaves nothing behind."""
        raise NotImplementedError

    # Helpers of several targets.

    def kill_one(self, draws, process, outcome, candidates):
        """Kills one of candidates() at the drawn moment, or as soon after it as there is one."""
        start = time.monotonic()
        try:
            process.wait(timeout=outcome.after_s)
        except subprocess.TimeoutExpired:
            pass
        while process.poll() is None and not outcome.killed:
            found = candidates()
            chosen = draws.choice(found) if found else None
            name = chosen.name if chosen else ""
            if chosen and chosen.kill():
                outcome.killed = name
            else:
                time.sleep(0.002)
        outcome.after_s = time.monotonic() - start

    def wait_for_end(self, process, outcome):
        killed = time.monotonic()
        try:
            outcome.status = process.wait(timeout=max(LONGEST_RUN_S, self.bound_s))
        except subprocess.TimeoutExpired:
            outcome.wrong.append("the run does not end")
            process.kill()
            outcome.status = process.wait()
        if outcome.killed:
            outcome.ended_s = time.monotonic() - killed
            if outcome.ended_s > self.bound_s:
                outcome.wrong.append(f"ended {outcome.ended_s:.1f} s after the kill, more than {self.bound_s} s")

    def check_samples(self, bench, outcome, statuses):
        """Checks that every failure has a reason and that the exit status reports failures. Returns the samples."""
        samples = bench.samples()
        failed = [s for s in samples if not s["ok"] and not s.get("interrupted")]
        outcome.finished = sum(s["ok"] for s in samples)
        outcome.wrong += [f"{s['benchmark']} {s['launch_index']} failed without a reason" for s in failed if not s["failure"]]
        if outcome.status not in statuses:
            outcome.wrong.append(f"status {outcome.status}: {bench.errors()[-500:]}")
        if outcome.status == 0 and failed:
            outcome.wrong.append(f"status 0 with {len(failed)} failures")
        return samples

    def check_processes(self, outcome, timeout_s=5.0):
        """Checks that this worker has no descendants except the account's local cloud, without guests. Returns how long it
        took until then."""
        known = {os.getpid()} | ({self.account.process.pid} if self.account else set())
        left, elapsed = processes.wait_until_gone(known, timeout_s)
        for process in left:
            outcome.left.append(f"process {process.name}: {' '.join(process.arguments)[:120]}")
            process.kill()
        return elapsed

    def check_resume(self, bench, samples, outcome):
        bench.resume()
        outcome.lost += bench.lost(samples)

    def clean_account(self, bench):
        """Also removes what is kept between runs."""
        bench.finish(bench.start("--cleanup=all", f"--yes={self.account.account}"), "--cleanup=all")


def files_below(directory):
    return sorted(entry.name for entry in pathlib.Path(directory).iterdir())


class LaunchBench(Target):
    """Kills launch_bench while a separate local cloud keeps running. --cleanup must remove what it leaves."""

    ends = "--cleanup"

    def run_round(self, draws, bench, process, outcome):
        self.kill_one(draws, process, outcome, lambda: [p for p in processes.below(os.getpid()) if p.pid == process.pid])
        outcome.status = process.wait()
        samples = bench.samples()
        outcome.finished = len(samples)
        start = time.monotonic()
        bench.finish(bench.start("--cleanup"), "--cleanup")
        outcome.ended_s = time.monotonic() - start
        outcome.left += self.account.held()
        self.check_resume(bench, samples, outcome)
        outcome.left += self.account.held()
        self.clean_account(bench)
        self.check_processes(outcome)


class Fleets(LaunchBench):
    """Like LaunchBench, with fleets instead of launches."""

    work = FLEETS


class OwnCloud(Target):
    """Kills launch_bench with its own local cloud, of which nothing must be left."""

    ends = "its local cloud"
    bound_s = 5.0

    def make_account(self):
        return None

    def run_round(self, draws, bench, process, outcome):
        self.kill_one(draws, process, outcome, lambda: [p for p in processes.below(os.getpid()) if p.pid == process.pid])
        outcome.status = process.wait()
        outcome.ended_s = self.check_processes(outcome, self.bound_s)
        outcome.left += files_below(bench.temporary)
        samples = bench.samples()
        outcome.finished = len(samples)
        self.check_resume(bench, samples, outcome)
        outcome.left += files_below(bench.temporary)
        self.check_processes(outcome)


class LocalCloud(Target):
    """Kills the local cloud. If it is launch_bench's own, launch_bench notices at once. If the user started it
    (--endpoint_url), it may come back, so a launch waits for it until its --launch_timeout."""

    LAUNCH_TIMEOUT_S = 15
    UNREACHABLE_LIMIT_S = 30
    work = Work(TECHNIQUES.filter, TECHNIQUES.scale, [f"--launch_timeout={LAUNCH_TIMEOUT_S}s"])

    def make_account(self):
        return None  # each round has its own

    def round(self, draws, length):
        if draws.random() < 0.5:
            return super().round(draws, length)
        with tempfile.TemporaryDirectory(dir=self.directory) as directory:
            self.account = Account(self.work.scale, self.seed, pathlib.Path(directory) / "cloud")
            try:
                return super().round(draws, length)
            finally:
                self.end()
                self.account = None

    def clouds(self):
        found = [p for p in processes.below(os.getpid()) if p.name == "localcloud" and "serve" in p.arguments]
        clouds = {p.pid for p in found}
        return [p for p in found if p.parent not in clouds]  # a child that has not become another program yet is none

    def run_round(self, draws, bench, process, outcome):
        own = self.account is None
        # Baking an image has no launch timeout; its wait ends when the endpoint has been gone too long (instance_watcher.h).
        self.bound_s = 15.0 + (0 if own else self.LAUNCH_TIMEOUT_S + self.UNREACHABLE_LIMIT_S)
        self.kill_one(draws, process, outcome, self.clouds)
        self.wait_for_end(process, outcome)
        samples = self.check_samples(bench, outcome, {0, 1, 2})
        if outcome.killed:
            outcome.killed = "its own local cloud" if own else "the user's local cloud"
            self.check_message(own, bench, outcome)
        if not own:
            self.account.process.kill()  # still running if the run ended before the drawn moment
            self.end()
        self.check_processes(outcome)
        directory = bench.temporary if own else self.account.directory
        outcome.removed_later += len(files_below(directory))
        # Does what a user would do: runs the same command again, with the next local cloud at the same addresses.
        if not own:
            self.account = Account(self.work.scale, self.seed, directory, like=self.account)
        again = Bench(self.work, bench.directory, self.account)
        self.check_resume(again, samples, outcome)
        if not own:
            self.end()
        outcome.left += files_below(directory) + (files_below(bench.temporary) if not own else [])
        self.check_processes(outcome)

    @staticmethod
    def check_message(own, bench, outcome):
        """Checks that one line says that launch_bench's own local cloud has died, or at least one that the user's local
        cloud cannot be reached."""
        word = "local cloud" if own else "127.0.0.1"
        lines = [line for line in bench.errors().splitlines() if word in line]
        if outcome.status != 0 and (len(lines) != 1 if own else not lines):
            outcome.wrong.append(f"{len(lines)} lines name the local cloud's end:\n{bench.errors()[-600:]}")


class Sandbox(Target):
    """Kills a process of a guest's sandbox. The launch must fail with a reason or continue, and the local cloud must keep
    running."""

    work = Work(TECHNIQUES.filter, TECHNIQUES.scale, ["--launch_timeout=20s"])

    def run_round(self, draws, bench, process, outcome):
        guests = lambda: processes.below(self.account.process.pid)  # noqa: E731
        self.kill_one(draws, process, outcome, guests)
        self.wait_for_end(process, outcome)
        samples = self.check_samples(bench, outcome, {0, 1})
        if self.account.process.poll() is not None:
            outcome.wrong.append(f"the local cloud has ended with {self.account.process.returncode}")
        outcome.left += self.account.held()
        self.check_processes(outcome)
        self.check_resume(bench, samples, outcome)
        self.clean_account(bench)
        outcome.left += [f"tree {path}" for path in self.account.directory.glob("localcloud.*/instances/*")]
        self.check_processes(outcome)


# Answers after a short time, with keys that soon expire, so that a run asks often.
HELPER = """#!/bin/sh
sleep 0.3
date -u -d '+{lifetime} seconds' '+{{"Version":1,"AccessKeyId":"{id}","SecretAccessKey":"{secret}","Expiration":"%Y-%m-%dT%H:%M:%SZ"}}'
"""


class Child(Target):
    """Kills a descendant of launch_bench, in a run that has one of these: a credential_process, the AWS CLI
    (export-credentials; ec2 wait), Terraform, a fleet's local runner."""

    WORKS = {
        "credential_process": TECHNIQUES,
        "export-credentials": TECHNIQUES,
        "AwsCliWaiter": Work("^Instrument/AwsCliWaiter/iter", 0.02),
        "Terraform": Work("^Fleet/(TerraformBaseline|RemoteState)/iter", 0.02, concurrency=1, fleet=FLEET_CONFIG),
        "local runner": Work("^Fleet/(Baseline|ManagedQueue)/iter", 0.005, fleet=FLEETS.fleet),
    }
    bound_s = 120.0

    def make_account(self):
        self.kinds = list(self.WORKS)
        self.kind = self.kinds[self.seed % len(self.kinds)]
        self.lengths = {}
        return super().make_account()

    def new_bench(self, directory):
        environment = dict(self.account.environment)
        work = self.WORKS[self.kind]
        if self.kind in ("credential_process", "export-credentials"):
            self.use_helper(pathlib.Path(directory), environment)
        return Bench(work, directory, self.account, environment)

    def use_helper(self, directory, environment):
        keys = self.account.keys
        helper = directory / ("helper" if self.kind == "credential_process" else "aws")
        helper.write_text(HELPER.format(lifetime=2, id=keys["AWS_ACCESS_KEY_ID"], secret=keys["AWS_SECRET_ACCESS_KEY"]))
        helper.chmod(0o700)
        setting = f"credential_process = {helper}" if self.kind == "credential_process" else "sso_session = some"
        (directory / "config").write_text(f"[default]\n{setting}\n[sso-session some]\nsso_region = us-east-1\n")
        for name in keys:
            del environment[name]
        environment.update(AWS_CONFIG_FILE=str(directory / "config"), PATH=f"{directory}:{os.environ['PATH']}")

    def length(self):
        return 0  # round() measures it for each kind

    def round(self, draws, length):
        self.kind = draws.choice(self.kinds)
        if self.kind not in self.lengths:
            self.lengths[self.kind] = super().length()
        return super().round(draws, self.lengths[self.kind])

    def run_round(self, draws, bench, process, outcome):
        self.kill_one(draws, process, outcome, lambda: processes.below(process.pid))
        outcome.killed = outcome.killed and f"{outcome.killed} ({self.kind})"
        self.wait_for_end(process, outcome)
        samples = self.check_samples(bench, outcome, {0, 1, 2})
        if outcome.status != 0 and not bench.errors().strip() and not samples:
            outcome.wrong.append("ended without any message")
        self.check_processes(outcome)
        outcome.left += files_below(bench.temporary)
        outcome.left += self.account.held()
        self.check_resume(bench, samples, outcome)
        self.clean_account(bench)
        self.check_processes(outcome)


TARGETS = {"launch_bench": LaunchBench, "fleets": Fleets, "own_cloud": OwnCloud, "localcloud": LocalCloud,
           "sandbox": Sandbox, "child": Child}
