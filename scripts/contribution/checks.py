"""Checks if a directory is a contribution, and finds its problems."""
import datetime
import json
import pathlib
import re

from contribution import layout
from contribution.redaction import findings, texts_of

LARGEST_BYTES = 20 << 20
# Marks are stored in nanoseconds, and counters as decimal fractions of a millisecond.
ADDITION_TOLERANCE_MS = 1.0
# The tolerance between two files that hold the same time.
SAME_TIME_MS = 0.01
# Members that never hold an id, even if they look like one.
NOT_AN_ID = {"git_revision"}
CONTEXT = ("cloud", "modelled", "region", "instance_type", "launch_bench_version", "git_revision")


class NoContribution(Exception):
    """The directory is not a contribution. The text is one line."""


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_date(value):
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)) and bool(datetime.date.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def technique_of(run):
    return str(run.get("name")).split("/iterations:")[0]


def has_times_of(run, sample):
    """Returns True if the repetition `run` has the same total and the same counters in ms as the launch `sample`."""
    try:
        total = run["real_time"] * {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}[run["time_unit"]]
        times = {key: value for key, value in sample["counters"].items() if key.endswith("_ms")}
        return abs(total - sample["total_ms"]) <= SAME_TIME_MS and all(
            abs(run[key] - value) <= SAME_TIME_MS for key, value in times.items())
    except (AttributeError, KeyError, TypeError):
        return False


def is_call(call, *actions):
    """Returns True if `call` is one of `actions` and succeeded."""
    return call.get("action") in actions and call.get("http_status") == 200


class Contribution:
    """The files of a directory. problems() returns what is wrong, one line each."""

    def __init__(self, directory):
        self.directory, self.found = pathlib.Path(directory), []
        if not self.directory.is_dir():
            raise NoContribution("%s is no directory" % directory)
        manifest = self.directory / layout.MANIFEST
        if not manifest.is_file():
            raise NoContribution("%s is no contribution: it has no %s; scripts/first_aws_run makes one" %
                                 (directory, layout.MANIFEST))
        self.manifest = self.read_json(layout.MANIFEST)
        if not isinstance(self.manifest, dict) or self.manifest.get("format") != layout.FORMAT:
            raise NoContribution("%s is no contribution of format %d: see \"format\" in %s" %
                                 (directory, layout.FORMAT, layout.MANIFEST))

    def wrong(self, file, problem):
        self.found.append("%s: %s" % (file, problem))

    def text(self, name):
        path = self.directory / name
        if path.is_symlink() or not path.is_file():
            self.wrong(name, "is missing, or is no regular file")
            return ""
        if path.stat().st_size > LARGEST_BYTES:
            self.wrong(name, "is larger than %d MiB" % (LARGEST_BYTES >> 20))
            return ""
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.wrong(name, "is not UTF-8")
            return ""

    def read_json(self, name):
        text = self.text(name)
        try:
            return json.loads(text) if text else None
        except (ValueError, RecursionError) as error:
            self.wrong(name, "is not JSON: %s" % error)
            return None

    def read_lines(self, name):
        """Returns the objects of a file of JSON lines, each with its line number."""
        values = []
        for number, line in enumerate(self.text(name).splitlines(), 1):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                value = None
            if isinstance(value, dict):
                values.append((number, value))
            else:
                self.wrong(name, "line %d is no JSON object" % number)
        return values

    def problems(self):
        for path in sorted(self.directory.iterdir()):
            if path.name not in layout.FILES:
                self.wrong(path.name, "does not belong to a contribution")
        results, dry_run = self.read_json(layout.RESULTS), self.read_json(layout.DRY_RUN)
        samples, calls = self.read_lines(layout.SAMPLES), self.read_lines(layout.API_CALLS)
        self.check_manifest()
        self.check_results(results, samples)
        self.check_dry_run(dry_run)
        self.check_calls(calls, samples)
        for name, value in ((layout.MANIFEST, self.manifest), (layout.RESULTS, results), (layout.DRY_RUN, dry_run)):
            self.check_texts(name, value)
        for name, lines in ((layout.SAMPLES, samples), (layout.API_CALLS, calls)):
            for number, value in lines:
                self.check_texts("%s, line %d" % (name, number), value)
        output = self.text(layout.OUTPUT)
        if re.search(r"^MODELLED:", output, re.MULTILINE):
            self.check_modelled(layout.OUTPUT)
        for number, line in enumerate(output.splitlines(), 1):
            self.check_text("%s, line %d" % (layout.OUTPUT, number), line)
        return self.found

    def check_manifest(self):
        manifest, name = self.manifest, layout.MANIFEST
        if not is_date(manifest.get("date")):
            self.wrong(name, "\"date\" is no date of the form 2026-01-31")
        if type(manifest.get("cap_usd")) is not int or manifest["cap_usd"] != layout.CAP_USD:
            self.wrong(name, "\"cap_usd\" is not %d, the cap of scripts/first_aws_run" % layout.CAP_USD)
        if not isinstance(manifest.get("modelled"), bool):
            self.wrong(name, "\"modelled\" is not true or false")
        steps = manifest.get("steps")
        for step in layout.STEPS:
            status = steps.get(step) if isinstance(steps, dict) else None
            if type(status) is not int:
                self.wrong(name, "\"steps\" has no exit status of %s" % step)
            elif status == 130:
                self.wrong(name, "%s was interrupted; run it again" % step)
            elif status not in ((0, 1) if step == "run" else (0,)):
                self.wrong(name, "%s ended with status %d" % (step, status))
        versions = manifest.get("versions")
        for version in layout.VERSIONS:
            value = versions.get(version) if isinstance(versions, dict) else None
            if not isinstance(value, str) or not value:
                self.wrong(name, "\"versions\" lacks %s" % version)

    def check_results(self, results, samples):
        name = layout.RESULTS
        context = results.get("context") if isinstance(results, dict) else None
        runs = results.get("benchmarks") if isinstance(results, dict) else None
        if not isinstance(context, dict) or not isinstance(runs, list):
            self.wrong(name, "is not Google Benchmark's format: \"context\" and \"benchmarks\"")
            return
        for key in CONTEXT:
            if not isinstance(context.get(key), str) or not context[key]:
                self.wrong(name, "the context lacks %s" % key)
        if str(self.manifest.get("modelled")).lower() != context.get("modelled"):
            self.wrong(name, "\"modelled\" is not what %s says" % layout.MANIFEST)
        versions = self.manifest.get("versions")
        if isinstance(versions, dict) and context.get("git_revision") != versions.get("git_revision"):
            self.wrong(name, "\"git_revision\" is not what %s says" % layout.MANIFEST)
        measured = [run for run in runs if isinstance(run, dict) and run.get("run_type") == "iteration"
                    and not run.get("error_occurred")]
        if not measured:
            self.wrong(name, "nothing was measured")
        for run in measured:
            self.check_run(run)
        ok = [sample for _, sample in samples if sample.get("ok") is True]
        if len(ok) != len(measured):
            self.wrong(layout.SAMPLES, "%d launches succeeded, and %s has %d" % (len(ok), name, len(measured)))
        else:
            self.check_same_times(measured, ok)
        for number, sample in samples:
            self.check_sample(number, sample)

    def check_same_times(self, runs, samples):
        left = list(samples)
        for run in runs:
            same = [sample for sample in left if sample.get("benchmark") == technique_of(run) and has_times_of(run, sample)]
            if same:
                left.remove(same[0])
            else:
                self.wrong(layout.RESULTS, "%s, repetition %s: its times are not those of a launch in %s" %
                           (run.get("name"), run.get("repetition_index"), layout.SAMPLES))

    def check_run(self, run):
        where, what = layout.RESULTS, str(run.get("name"))
        try:
            phases = json.loads(run["label"])["phases"]
            total = sum(run[phase + "_ms"] for phase in phases)
            scale = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}[run["time_unit"]]
            missed = abs(total - run["real_time"] * scale)
        except (KeyError, TypeError, ValueError) as error:
            self.wrong(where, "%s: no phases that could be added up (%s)" % (what, error))
            return
        if not phases or not missed <= ADDITION_TOLERANCE_MS:
            self.wrong(where, "%s: the phases add up to %.3f ms, not to its total" % (what, total))
        for key, value in run.items():
            if key.endswith("_resolution_ms") and not (is_number(value) and value >= 0):
                self.wrong(where, "%s: %s is no error bound" % (what, key))

    def check_sample(self, number, sample):
        where = "%s, line %d" % (layout.SAMPLES, number)
        if not isinstance(sample.get("benchmark"), str) or not isinstance(sample.get("ok"), bool):
            self.wrong(where, "is no sample")
            return
        if not sample["ok"]:
            if not sample.get("failure"):
                self.wrong(where, "a failure without a reason")
            return
        try:
            total = sum(sample["counters"][phase + "_ms"] for phase in sample["label"]["phases"])
            missed = abs(total - sample["total_ms"])
        except (KeyError, TypeError) as error:
            self.wrong(where, "no phases that could be added up (%s)" % error)
            return
        if not missed <= ADDITION_TOLERANCE_MS:
            self.wrong(where, "the phases add up to %.3f ms, not to its total" % total)

    def check_dry_run(self, document):
        plan = document.get("dry_run") if isinstance(document, dict) else None
        if not isinstance(plan, dict) or not isinstance(plan.get("techniques"), list):
            self.wrong(layout.DRY_RUN, "is no dry run of launch_bench")
        elif plan.get("ready") is not True:
            self.wrong(layout.DRY_RUN, "the account was not ready")
        context = document.get("context") if isinstance(document, dict) else None
        if isinstance(context, dict) and context.get("modelled") == "true":
            self.check_modelled(layout.DRY_RUN)

    def check_modelled(self, name):
        """Checks the manifest against the file `name`, which says that the cloud was modelled."""
        if self.manifest.get("modelled") is False:
            self.wrong(name, "says that the cloud was modelled, and %s that it was not" % layout.MANIFEST)

    def check_calls(self, calls, samples):
        for number, call in calls:
            where = "%s, line %d" % (layout.API_CALLS, number)
            if set(call) != set(layout.API_CALL):
                self.wrong(where, "its members are %s, not %s" % (", ".join(sorted(call)), ", ".join(sorted(layout.API_CALL))))
                continue
            for key, kind in layout.API_CALL.items():
                right = is_number(call[key]) and call[key] >= 0 if kind is float else type(call[key]) is kind
                if not right:
                    self.wrong(where, "\"%s\" is no %s" % (key, "duration" if kind is float else kind.__name__))
        # The AWS CLI sends its own calls, which are not in the log.
        launches = sum(call.get("step") == "run" and is_call(call, "RunInstances") for _, call in calls)
        own = sum(sample.get("ok") is True and sample.get("benchmark") in ("Cold", "StartStopped", "Instrument/Watcher")
                  for _, sample in samples)
        if launches < own:
            self.wrong(layout.API_CALLS, "has %d successful RunInstances for %d launches" % (launches, own))
        for step in layout.STEPS:
            if not any(call.get("step") == step for _, call in calls):
                self.wrong(layout.API_CALLS, "has no call of the step %s" % step)
        # One call may end several machines, so they cannot be counted.
        decisive = [call["action"] for _, call in calls
                    if call.get("step") != "dry_run" and is_call(call, "RunInstances", "TerminateInstances")]
        if decisive and decisive[-1] == "RunInstances":
            self.wrong(layout.API_CALLS, "has no TerminateInstances after the last RunInstances: the machine was not ended")

    def check_texts(self, where, value):
        if isinstance(value, dict):
            value = without_versions(value)
        for text in texts_of(value):
            self.check_text(where, text)

    def check_text(self, where, text):
        for kind, found in findings(text):
            # Shows only the beginning, because this output may go to a public log.
            self.wrong(where, "looks like it still names a real %s: '%s...'" % (kind, found[:4]))


def without_versions(value):
    """Returns a copy without the members that never hold an id."""
    if isinstance(value, dict):
        return {key: without_versions(item) for key, item in value.items() if key not in NOT_AN_ID}
    if isinstance(value, list):
        return [without_versions(item) for item in value]
    return value
