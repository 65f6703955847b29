"""Finds what a contribution must not disclose, and replaces it."""
import ipaddress
import re

# Pairs of a kind and its pattern. The first pattern that matches a text wins. The same text gets the same replacement
# everywhere. Resource ids have 8 or 17 hexadecimal digits:
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
PATTERNS = [
    ("key", re.compile(r"-----BEGIN [A-Z ]*KEY-----[^-]*(?:-----END [A-Z ]*KEY-----)?")),
    ("key", re.compile(r"\b(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/]{40,}={0,2}(?: [^\s\"]+)?")),
    ("key", re.compile(r"\b(?:SHA256:[A-Za-z0-9+/]{43}=?|MD5:(?:[0-9a-f]{2}:){15}[0-9a-f]{2})")),
    ("key", re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA|ANPA|AGPA)[A-Z0-9]{12,}\b")),
    ("arn", re.compile(r"\barn:aws[a-z-]*:[^\s\"',;)]+")),
    ("request", re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")),
    ("run", re.compile(r"\blb-\d{8}-\d{6}-[0-9a-z]{6}\b")),
    ("id", re.compile(r"\b(?:[a-z]+-)*[a-z]+-(?:[0-9a-f]{17}|[0-9a-f]{8})\b(?![-.][0-9a-z])")),
    ("host", re.compile(r"\b(?:ec2|ip)-\d{1,3}(?:-\d{1,3}){3}(?:\.[a-z0-9-]+)*\b")),
    ("home", re.compile(r"(?:/home|/Users|/root)(?:/[^\s\"':;,)]*)?(?=[\s\"':;,)]|$)")),
    ("secret", re.compile(r"(?<![A-Za-z0-9/+=_.-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])")),
    ("token", re.compile(r"[A-Za-z0-9/+=_-]{64,}")),
    ("account", re.compile(r"(?<![0-9A-Za-z.])\d{12}(?![0-9A-Za-z.])")),
]
IPV4 = re.compile(r"(?<![0-9A-Za-z.])\d{1,3}(?:\.\d{1,3}){3}(?![0-9A-Za-z]|\.\d)")
IPV6 = re.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?![0-9A-Za-z:])")


def is_address(text):
    try:
        ipaddress.ip_address(text)
        return True
    except ValueError:
        return False


def findings(text):
    """Returns (kind, match) for everything that `text` must not disclose. Matches of earlier patterns come first."""
    found = []

    def take(kind, match):
        found.append((kind, match))
        return " " * len(match)  # so that later patterns find nothing in it

    for kind, pattern in PATTERNS:
        text = pattern.sub(lambda match, kind=kind: take(kind, match.group()), text)
    for pattern in (IPV4, IPV6):
        text = pattern.sub(lambda match: take("address", match.group()) if is_address(match.group()) else match.group(), text)
    return found


class Redaction:
    """Replaces what findings() finds, and the given texts, by numbered names. The numbers follow the order in which the
    texts appear and disclose nothing about them."""

    def __init__(self, own=()):
        """`own`: (kind, text) pairs that no pattern can find: the names of this machine and its user, directories."""
        self.own = sorted(((kind, text) for kind, text in own if len(text) > 2), key=lambda pair: -len(pair[1]))
        self.names, self.counts = {}, {}

    def name(self, kind, text):
        if kind == "id":
            kind = text.rsplit("-", 1)[0]  # "ami-3" rather than "id-9"
        if text not in self.names:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.names[text] = "%s-%d" % (kind, self.counts[kind])
        return self.names[text]

    def text(self, text):
        for kind, own in self.own:
            text = re.sub(r"(?<![A-Za-z0-9])%s(?![A-Za-z0-9])" % re.escape(own), lambda _, k=kind, o=own: self.name(k, o), text)
        for kind, found in sorted(findings(text), key=lambda pair: -len(pair[1])):
            text = text.replace(found, self.name(kind, found))
        return text

    def value(self, value):
        """Redacts all texts of a JSON value, and the names of its members. Numbers are measurements and do not change."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value


def texts_of(value):
    """Yields all texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts_of(item)
