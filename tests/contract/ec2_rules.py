"""What AWS's documentation demands and its service models leave out: ec2_rules.json, a rule an entry with its source."""
import base64
import json
import pathlib
import re

RULES = json.loads(pathlib.Path(__file__).with_suffix(".json").read_text())


def broken_rules(operation, parameters):
    """Returns a line for each rule that these parameters of this operation break."""
    found = []
    for rule in RULES:
        if rule["operation"] not in ("*", operation):
            continue
        if "needs_one_of" in rule:
            if not any(parameters.get(member) for member in rule["needs_one_of"]):
                found.append("names none of %s (%s)" % (", ".join(rule["needs_one_of"]), rule["source"]))
            continue
        for value in at(parameters, rule["member"].split(".")):
            problem = problem_of(value, rule, parameters)
            if problem:
                found.append("%s: %s (%s)" % (rule["member"], problem, rule["source"]))
    return found


def at(value, path):
    """All values at a path like ["Tags[]", "Key"]."""
    if not path:
        return [value]
    name, is_list = path[0].removesuffix("[]"), path[0].endswith("[]")
    if not isinstance(value, dict) or name not in value:
        return []
    inner = value[name] if is_list else [value[name]]
    return [one for item in inner for one in at(item, path[1:])]


def problem_of(value, rule, parameters):
    if "pattern" in rule and not re.fullmatch(rule["pattern"], value):
        return "%r does not match %s" % (value, rule["pattern"])
    if "range" in rule and not isinstance(value, int):
        return "%r is no number" % value
    if "range" in rule and not rule["range"][0] <= value <= rule["range"][1]:
        return "%r is not within %s" % (value, rule["range"])
    if "most" in rule and len(value) > rule["most"]:
        return "%d of them, more than %d" % (len(value), rule["most"])
    if "distinct" in rule:
        keys = [item.get(rule["distinct"]) for item in value]
        if len(set(keys)) < len(keys):
            return "a %s twice: %s" % (rule["distinct"], keys)
    if "most_bytes_of_base64" in rule:
        size = len(base64.b64decode(value, validate=True))
        if size > rule["most_bytes_of_base64"]:
            return "%d bytes, more than %d" % (size, rule["most_bytes_of_base64"])
    if "not_with" in rule and at(parameters, rule["not_with"].split(".")):
        return "not together with %s" % rule["not_with"]
    return None
