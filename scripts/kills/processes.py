"""Processes below this one: found, killed and counted through /proc.

Every process that this one starts, and all that these start, stays below it: it adopts what loses its parent. So
whatever is found below it is its own, and what somebody else runs on this machine is never touched.
"""
import ctypes
import os
import signal
import time

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


class Process:
    """One that was seen; its pid may be another's by now, which kill() finds out."""

    def __init__(self, pid, state, parent, start):
        self.pid, self.state, self.parent, self.start = pid, state, parent, start

    @property
    def arguments(self):
        try:
            with open(f"/proc/{self.pid}/cmdline", "rb") as file:
                return file.read().decode(errors="replace").rstrip("\0").split("\0")
        except OSError:
            return [""]

    @property
    def name(self):
        """Of its program, with what tells the local cloud's own ones apart."""
        arguments = self.arguments
        name = os.path.basename(arguments[0])
        return arguments[1] if len(arguments) > 1 and arguments[1] in ("launcher", "first-process") else name

    def kill(self):
        """Whether it was there to be killed."""
        try:
            fd = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            now = _read(self.pid)  # the one behind `fd`, or it has ended
            if now is None or now.start != self.start or now.state == "Z":
                return False
            signal.pidfd_send_signal(fd, signal.SIGKILL)
            return True
        except OSError:
            return False
        finally:
            os.close(fd)


def _read(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            text = file.read()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2:].split()
    return Process(pid, fields[0], int(fields[1]), int(fields[19]))


def below(ancestor):
    """All living processes below the pid `ancestor`, parents first."""
    children = {}
    for entry in os.listdir("/proc"):
        process = _read(int(entry)) if entry.isdigit() else None
        if process is not None:
            children.setdefault(process.parent, []).append(process)
    found, rest = [], [ancestor]
    while rest:
        for process in children.get(rest.pop(0), []):
            rest.append(process.pid)
            if process.state not in "ZX":
                found.append(process)
    return found


def reap_adopted(known):
    """Of processes that were adopted and have ended; `known` are the pids that others wait for."""
    for entry in os.listdir("/proc"):
        process = _read(int(entry)) if entry.isdigit() else None
        if process is not None and process.parent == os.getpid() and process.state == "Z" and process.pid not in known:
            try:
                os.waitpid(process.pid, os.WNOHANG)
            except ChildProcessError:
                pass


def wait_until_gone(known, timeout_s):
    """Waits until nothing runs below this process but the pids `known`. Returns what stayed, and how long that took."""
    start = time.monotonic()
    while True:
        # A namespace ends when the last zombie in it was reaped: what was adopted is ours to reap.
        reap_adopted(known)
        left = [process for process in below(os.getpid()) if process.pid not in known]
        elapsed = time.monotonic() - start
        if not left or elapsed > timeout_s:
            return left, elapsed
        time.sleep(0.01)
