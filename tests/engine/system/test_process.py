"""Threads of one process: heaps that they share. Niceness is in test_engine.py, the interpreter's turns in tests/test_app.py."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

_COUNT_HEAPS = """
import ctypes, threading
from engine.system.process import share_process
share_process()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(12)
def allocate():
    together.wait()
    libc.malloc(ctypes.c_size_t(5000))
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
out = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, out)
libc.fclose(out)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives threads heaps of their own")
def test_threads_share_heaps():
    """With a heap for each thread the process grew as long as people worked, though its objects did not."""
    result = subprocess.run([sys.executable, "-c", _COUNT_HEAPS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 1 <= result.stdout.count("<heap nr=") <= 2


def test_a_server_may_open_as_many_files_as_the_system_lets_it():
    """A shell's limit of 1,024 is soon taken by connections."""
    script = (
        "import resource; hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))\n"
        "from engine.system.process import MOST_FILES, open_files_limit, share_process\n"
        "assert open_files_limit() == 256\n"
        "share_process()\n"
        "assert open_files_limit() == (MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES))"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
