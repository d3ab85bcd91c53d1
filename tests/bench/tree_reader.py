"""Reads answers of HTTP and throws them away, in a process of its own, so that reading costs no one who is measured.

`python -m tests.bench.tree_reader` takes one call a line (JSON: `port`, `path`, `headers`) on its standard input and
answers each with a line: the `status`, the `tag`, the `size` in bytes as they travelled, the `seconds` that it took.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.support.desktop import running
from tests.support.server import ROOT

BLOCK = 1 << 20
PATIENCE = 120.0
"""Seconds after which an answer of which nothing comes counts as lost."""


class Reader:
    """The other process, as the benchmark commands it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.pid = process.pid
        self._process = process

    def read(self, port: int, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Have it call, and read the whole answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"port": port, "path": path, "headers": dict(headers)}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the reader ended at {path}"
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def reader() -> Iterator[Reader]:
    """The process, gone at the end of the block."""
    command = [sys.executable, "-m", "tests.bench.tree_reader"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with running(command, os.environ | {"PYTHONPATH": str(ROOT)}, **pipes) as process:
        yield Reader(process)


def read(port: int, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """One call."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path, headers=headers)
    answer, size = connection.getresponse(), 0
    while block := answer.read(BLOCK):
        size += len(block)
    seconds = time.perf_counter() - began
    connection.close()
    return {"status": answer.status, "tag": answer.headers.get("ETag", ""), "size": size, "seconds": seconds}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(read(**json.loads(line))), flush=True)
