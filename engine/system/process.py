"""How the threads of one process share the interpreter, the CPU and the memory. Knows the machine; knows no model and no page."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import threading

# How long a thread that computes in Python keeps others waiting for the interpreter's lock. Saving a label takes that lock some
# dozens of times; at Python's own 5 ms one upload that is slow to read made it wait for seconds.
SWITCH_SECONDS = 0.0005
NICENESS = 10  # of a thread that stands back
# The malloc of glibc gives threads heaps of their own, 8 a core, and what one thread freed is of no use to another: with 75 people
# the app grew by 17 MiB a minute, though its objects did not.
MALLOC_HEAPS = 2
_M_ARENA_MAX = -8  # of mallopt(3)
MOST_FILES = 65_536  # open at once


def share_process() -> None:
    """For a server, at its start: let its threads change hands often and share the C library's heaps; let it open many files."""
    sys.setswitchinterval(SWITCH_SECONDS)
    if platform.libc_ver()[0] == "glibc":  # others share heaps by themselves
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, MALLOC_HEAPS)
    _allow_files()


def _allow_files() -> None:
    """Let this process open as many files as the system lets it: a shell's 1,024 are soon taken by connections."""
    try:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ImportError, OSError, ValueError):
        pass  # no such limit on this system, or not ours to change


def open_files_limit() -> int:
    """Return how many files, connections among them, this process may have open."""
    try:
        import resource
    except ImportError:  # Windows, whose sockets are no files
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def stand_back() -> None:
    """Let other threads, and other processes, have the CPU before the calling thread and those it starts.

    On Linux, where a thread has a niceness of its own; elsewhere nothing is done.
    """
    if sys.platform == "linux":
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, max(NICENESS, os.getpriority(os.PRIO_PROCESS, me)))  # never back up
