"""What the drivers of benchmarks share: worker processes that answer line by line, and the machine's name."""

import pathlib
import platform
import subprocess


class Worker:
    """A process that answers each line on standard input with one on standard output."""

    def __init__(self, name, command, directory=None):
        self.name = name
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, bufsize=1, cwd=directory)

    def ask(self, *words):
        """The answer. ValueError: it is an error; RuntimeError: there is none, because the process ended."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended")
        if line.startswith("error"):
            raise ValueError(line[6:].strip())
        return line.strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()
