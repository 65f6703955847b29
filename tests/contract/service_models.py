"""What botocore's service models say about a recorded call: AWS's own definition, which nobody here wrote."""
import base64
import json
import re
import urllib.parse
import xml.etree.ElementTree

import botocore.parsers
import botocore.session

# As signatures name them, and botocore's folders of models.
SERVICES = {"ec2": "ec2", "ssm": "ssm", "sts": "sts", "sqs": "sqs", "s3": "s3", "ec2-instance-connect": "ec2-instance-connect",
            "servicequotas": "service-quotas"}
# EC2 adds values every month, and Debian's models are of one day.
OPEN_ENUMS = {"InstanceType"}
# Documented, and younger than Debian 12's models (December 2022); with a value of their type.
YOUNGER_MEMBERS = {("DescribeImages", "MaxResults"): 0, ("DescribeImages", "NextToken"): "",
                   ("ReceiveMessage", "MessageSystemAttributeNames"): []}
# The same of S3, by the names that they have in a query: strings, or numbers.
YOUNGER_QUERY = {("ListBuckets", "bucket-region"), ("ListBuckets", "continuation-token"), ("ListBuckets", "max-buckets"),
                 ("ListBuckets", "prefix")}
# What EC2 sends and its models leave out: the examples of its API reference have it.
UNMODELLED_ANSWERS = {("CreateSecurityGroup", ".return"), ("AssociateAddress", ".return"),
                      # Debian 13's model has this answer without a member; younger ones have it.
                      ("DeregisterImage", ".return"),
                      # Younger than Debian 12's models.
                      ("ListBuckets", ".Buckets[].BucketRegion"), ("ListBuckets", ".Prefix"), ("ListBuckets", ".ContinuationToken")}
S3_SUBRESOURCES = {"location": "GetBucketLocation", "tagging": "PutBucketTagging", "versioning": "GetBucketVersioning"}


class Models:
    def __init__(self):
        self.session = botocore.session.get_session()
        self.loaded = {}

    def of(self, service):
        if service not in self.loaded:
            self.loaded[service] = self.session.get_service_model(SERVICES[service])
        return self.loaded[service]


class Unknown(Exception):
    """There is no such service or operation."""


def describe(models, call):
    """Returns (operation model, parameters as the SDK takes them, violations found while reading them)."""
    if call.service not in SERVICES:
        raise Unknown("service %r" % call.service)
    model = models.of(call.service)
    target = call.headers.get("x-amz-target", "")
    if call.service == "s3":
        return s3_operation(model, call)
    if target:
        operation = operation_of(model, target.rpartition(".")[2])
        prefix = {"sqs": "AmazonSQS"}.get(call.service, model.metadata.get("targetPrefix"))
        problems = [] if target.startswith(prefix + ".") else ["target %s, not %s" % (target, prefix)]
        return operation, json.loads(call.body or b"{}"), problems
    form = urllib.parse.parse_qsl(call.body.decode() or urllib.parse.urlsplit(call.path).query, keep_blank_values=True)
    values = dict(form)
    problems = ["%s is sent twice" % name for name in {n for n, _ in form} if [n for n, _ in form].count(name) > 1]
    operation = operation_of(model, values.pop("Action", ""))
    if values.pop("Version", "") != model.metadata["apiVersion"]:
        problems.append("Version is not %s" % model.metadata["apiVersion"])
    is_ec2 = model.metadata["protocol"] == "ec2"
    younger = {name: type(example)(values.pop(name)) for (of, name), example in YOUNGER_MEMBERS.items()
               if of == operation.name and name in values and name not in operation.input_shape.members}
    return operation, dict(structure(values, operation.input_shape, is_ec2, "", problems), **younger), problems


def operation_of(model, name):
    if name not in model.operation_names:
        raise Unknown("operation %s of %s" % (name, model.service_name))
    return model.operation_model(name)


def s3_operation(model, call):
    url = urllib.parse.urlsplit(call.path)
    bucket, _, key = url.path.lstrip("/").partition("/")
    query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
    kind = "Object" if key else "Bucket"
    name = {"PUT": "Put" if key else "Create", "DELETE": "Delete", "HEAD": "Head", "GET": "Get"}[call.method] + kind
    if call.method == "GET" and not key:
        name = "ListObjectsV2" if query.get("list-type") == "2" else "ListBuckets" if not bucket else "ListObjects"
    for subresource, of_it in S3_SUBRESOURCES.items():
        if subresource in query:
            name = of_it
    operation = operation_of(model, name)
    parameters = {"Bucket": bucket, "Key": urllib.parse.unquote(key), "Body": call.body}
    members = operation.input_shape.members if operation.input_shape else {}
    query = {name_: value for name_, value in query.items() if (name, name_) not in YOUNGER_QUERY}
    for member, shape in members.items():
        if shape.serialization.get("location") == "querystring" and shape.serialization["name"] in query:
            parameters[member] = typed(query.pop(shape.serialization["name"]), shape)
    known = {"list-type", "x-id"} | set(S3_SUBRESOURCES)
    problems = ["query parameter %s is not in the model" % left for left in query if left not in known
                and not any(s.serialization.get("name") == left for s in members.values())]
    return operation, {n: v for n, v in parameters.items() if v and n in members}, problems


def typed(text, shape):
    """The text of a Query or XML value as what the SDK would take; the text itself where it is none."""
    try:
        if shape.type_name in ("integer", "long"):
            return int(text)
        if shape.type_name in ("float", "double"):
            return float(text)
        if shape.type_name == "boolean":
            return {"true": True, "false": False}.get(text, text)
        if shape.type_name == "blob":
            return base64.b64decode(text, validate=True)
    except ValueError:
        pass
    return text


def wire_name(shape, member, is_ec2):
    """Of a member on its way in."""
    if not is_ec2:
        return shape.serialization.get("name", member)
    if "queryName" in shape.serialization:
        return shape.serialization["queryName"]
    name = shape.serialization.get("name", member)
    return name[0].upper() + name[1:]


def structure(values, shape, is_ec2, where, problems):
    """Query parameters {"Filter.1.Name": ...} as a structure of `shape`; what fits nowhere is a violation."""
    result = {}
    left = dict(values)
    for member, member_shape in shape.members.items():
        name = wire_name(member_shape, member, is_ec2)
        if member_shape.type_name == "list" and not is_ec2 and not member_shape.serialization.get("flattened"):
            name += "." + member_shape.member.serialization.get("name", "member")
        mine = {key[len(name):]: left.pop(key) for key in list(left) if key == name or key.startswith(name + ".")}
        if not mine:
            continue
        below = "%s.%s" % (where, member) if where else member
        if member_shape.type_name == "list":
            result[member] = elements(mine, member_shape.member, is_ec2, below, problems)
        elif member_shape.type_name == "structure":
            inner = {key[1:]: value for key, value in mine.items()}
            result[member] = structure(inner, member_shape, is_ec2, below, problems)
        else:
            result[member] = typed(mine.pop("", ""), member_shape)
            problems += ["%s%s is not in the model" % (below, key) for key in mine]
    problems += ["%s is not in the model" % (where + "." + key if where else key) for key in left]
    return result


def elements(values, shape, is_ec2, where, problems):
    """{".1": "i-1", ".2": "i-2"}, or structures, as a list."""
    numbered = {}
    for key, value in values.items():
        number, _, rest = key[1:].partition(".")
        numbered.setdefault(number, {})[rest] = value
    if sorted(numbered) != sorted(str(i + 1) for i in range(len(numbered))):
        problems.append("%s is not numbered from 1 on: %s" % (where, ", ".join(sorted(numbered))))
        return []
    return [structure(numbered[number], shape, is_ec2, "%s[%s]" % (where, number), problems)
            if shape.type_name == "structure" else typed(numbered[number].get("", ""), shape)
            for number in sorted(numbered, key=int)]


def broken_by(operation, parameters):
    """What the model of the operation's input forbids."""
    younger = {name for of, name in YOUNGER_MEMBERS if of == operation.name} - set(operation.input_shape.members)
    return violations({n: v for n, v in parameters.items() if n not in younger}, operation.input_shape)


def violations(value, shape, where=""):
    """Types, required members, enums, ranges, lengths and patterns."""
    found = []
    kind = shape.type_name
    types = {"string": str, "integer": int, "long": int, "boolean": bool, "structure": dict, "list": list, "map": dict,
             "float": (int, float), "double": (int, float), "blob": (bytes, str), "timestamp": (str, int, float)}
    if not isinstance(value, types[kind]) or (kind in ("integer", "long") and isinstance(value, bool)):
        return ["%s: %r is no %s" % (where, value, kind)]
    if kind == "structure":
        found += ["%s.%s is required" % (where, name) for name in shape.required_members if name not in value]
        for name, inner in value.items():
            if name in shape.members:
                found += violations(inner, shape.members[name], "%s.%s" % (where, name))
            else:
                found.append("%s.%s is not in the model" % (where, name))
    elif kind == "list":
        for i, inner in enumerate(value):
            found += violations(inner, shape.member, "%s[%d]" % (where, i))
    elif kind == "map":
        for key, inner in value.items():
            found += violations(key, shape.key, where + " key") + violations(inner, shape.value, "%s[%s]" % (where, key))
    limits = shape.metadata
    size = value if kind in ("integer", "long", "float", "double") else len(value) if kind in ("string", "list", "blob") else None
    if size is not None and "min" in limits and size < limits["min"]:
        found.append("%s: %r is below %s" % (where, value, limits["min"]))
    if size is not None and "max" in limits and size > limits["max"]:
        found.append("%s: %r is above %s" % (where, value, limits["max"]))
    if kind == "string":
        enum = getattr(shape, "enum", None)
        if enum and value not in enum and shape.name not in OPEN_ENUMS:
            found.append("%s: %r is none of the %d values of %s" % (where, value, len(enum), shape.name))
        if "pattern" in limits and not re.search(limits["pattern"], value):
            found.append("%s: %r does not match %s" % (where, value, limits["pattern"]))
    return found


def answer_members(call, operation):
    """Parses an answer with botocore's parser. Returns (what it reads, elements that the model does not know)."""
    protocol = operation.service_model.metadata["protocol"]
    is_json = "x-amz-target" in call.headers
    parser = botocore.parsers.create_parser("json" if is_json else protocol)
    parsed = parser.parse({"headers": call.answer_headers, "body": call.answer, "status_code": call.status},
                          operation.output_shape)
    if operation.output_shape is None or call.status >= 300:
        return parsed, []
    if is_json:
        return parsed, unknown_keys(json.loads(call.answer or b"{}"), operation.output_shape, "")
    if not call.answer or operation.has_streaming_output:
        return parsed, []
    root = xml.etree.ElementTree.fromstring(call.answer)
    wrapper = operation.output_shape.serialization.get("resultWrapper")
    if wrapper:
        root = next((child for child in root if local(child) == wrapper), root)
    unknown = unknown_elements(root, operation.output_shape, "", protocol)
    return parsed, [path for path in unknown if (operation.name, path) not in UNMODELLED_ANSWERS]


def local(element):
    return element.tag.rpartition("}")[2]


def unknown_keys(value, shape, where):
    if shape.type_name == "structure" and isinstance(value, dict):
        return [path for name, inner in value.items() for path in
                (unknown_keys(inner, shape.members[name], where + "." + name) if name in shape.members else [where + "." + name])]
    if shape.type_name == "list" and isinstance(value, list):
        return [path for inner in value for path in unknown_keys(inner, shape.member, where + "[]")]
    return []


def unknown_elements(element, shape, where, protocol):
    if shape.type_name == "list":
        return [path for child in element for path in unknown_elements(child, shape.member, where + "[]", protocol)]
    if shape.type_name != "structure":
        return []
    by_name = {}
    for name, member in shape.members.items():
        by_name[member.serialization.get("name", name)] = member
        if member.type_name == "list" and member.serialization.get("flattened"):
            by_name[member.member.serialization.get("name", member.serialization.get("name", name))] = member.member
    found = []
    for child in element:
        name = local(child)
        if name in ("requestId", "ResponseMetadata"):
            continue
        if name not in by_name:
            found.append("%s.%s" % (where, name))
        else:
            found += unknown_elements(child, by_name[name], "%s.%s" % (where, name), protocol)
    return found
