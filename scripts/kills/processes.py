"""Finds, kills and counts the descendants of this process through /proc.

This process adopts orphans, so every process that it starts, directly or indirectly, stays a descendant. Other processes on
this machine are never touched.
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
    """A process that was seen. Its pid may belong to another process by now; kill() checks this."""

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
        """The program's name, or the role of one of the local cloud's own processes."""
        arguments = self.arguments
        name = os.path.basename(arguments[0])
        return arguments[1] if len(arguments) > 1 and arguments[1] in ("launcher", "first-process") else name

    def kill(self):
        """Kills the process. Returns False if it had already ended."""
        try:
            fd = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            now = _read(self.pid)  # the process of `fd`, unless that has ended
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
    """Returns all living descendants of the pid `ancestor`, parents first."""
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
    """Reaps adopted processes that have ended. `known`: pids that other code waits for."""
    for entry in os.listdir("/proc"):
        process = _read(int(entry)) if entry.isdigit() else None
        if process is not None and process.parent == os.getpid() and process.state == "Z" and process.pid not in known:
            try:
                os.waitpid(process.pid, os.WNOHANG)
            except ChildProcessError:
                pass


def wait_until_gone(known, timeout_s):
    """Waits until this process has no descendants except the pids `known`. Returns those that are left, and the time."""
    start = time.monotonic()
    while True:
        # A namespace ends only when its last zombie is reaped, and reaping adopted processes is up to this one.
        reap_adopted(known)
        left = [process for process in below(os.getpid()) if process.pid not in known]
        elapsed = time.monotonic() - start
        if not left or elapsed > timeout_s:
            return left, elapsed
        time.sleep(0.01)
