"""Alternates between workers (ours in Swift, the peers in Python) and tabulates ratios.

A worker's turn is a warm-up of 40 ms and then 30 ms of timed calls, of which the median counts; a row has the median
of all turns. The warm-up outlasts the idle threads of the worker before (OpenMP's spin some 17 ms) and wakes
processors and threads: as within a training step that goes on and on, which is what users wait for.

    driver.py WORKER [--rounds 15] [--norms batch|sets|all] [--shapes quick|all] [--threads 2] [--output FOLDER]
        [--name peers]
"""

import argparse
import json
import math
import pathlib
import statistics
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from workers import Worker, processor  # noqa: E402

# performance.md's rows, [N, C, spatial...]; each in both layouts where there is a spatial extent.
SHAPES = [
    (32, 64, 56, 56), (32, 256, 14, 14), (32, 512, 7, 7), (8, 64, 112, 112), (64, 32, 28, 28),
    (256, 100), (1024, 1024), (128, 8192), (2, 2048, 1), (16, 96, 112, 112), (1, 3, 224, 224),
    (50, 2048, 7, 7), (8, 32, 16, 56, 56),
]
# Layer, RMS and group normalization: the norm, shape and axis (the first normalised one, or the channels').
SETS = [(norm, shape, 1 if norm == "group" else max(1, len(shape) - 3) if len(shape) == 4 else -1)
        for norm in ("layer", "rms", "group")
        for shape in ((2048, 768), (512, 4096), (32, 128, 1024), (32, 256, 14, 14), (8, 64, 56, 56))]
SETS += [("group", (32, 256, 14, 14), -1), ("group", (8, 64, 56, 56), -1)]
PEERS = ["torch", "torch-compile", "onednn", "jax", "tensorflow"]
JOBS = ["forward", "backward", "inference"]
WARM_UP, TIMED = 0.04, 0.03  # seconds


def reference(x, dy, axis, norm):
    """Output, input gradient and inference (of batch normalization: statistics 0 and 1) in Float64."""
    if norm != "batch":
        n, dx = sets_reference(x.astype(np.float64), dy.astype(np.float64), axis % x.ndim, norm)
        return {"forward": n, "backward": dx, "inference": n}
    axes = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
    x, dy = x.astype(np.float64), dy.astype(np.float64)
    mean = x.mean(axes, keepdims=True)
    d = x - mean
    r = 1 / np.sqrt((d * d).mean(axes, keepdims=True) + 1e-5)
    n = d * r
    dx = r * (dy - dy.mean(axes, keepdims=True) - n * (dy * n).mean(axes, keepdims=True))
    return {"forward": n, "backward": dx, "inference": x / math.sqrt(1 + 1e-5)}


def sets_reference(x, dy, axis, norm):
    if norm == "group":  # [N, 32, the values of a group]
        def view(a):
            first = np.moveaxis(a, axis, 1)
            return first.reshape(len(a), 32, -1), first.shape

        def back(a, shape):
            return np.moveaxis(a.reshape(shape), 1, axis)
    else:
        def view(a):
            return a.reshape(*a.shape[:axis], -1), a.shape

        def back(a, shape):
            return a.reshape(shape)

    v, shape = view(x)
    g, _ = view(dy)
    d = v if norm == "rms" else v - v.mean(-1, keepdims=True)
    r = 1 / np.sqrt((d * d).mean(-1, keepdims=True) + 1e-5)
    n = d * r
    average = 0 if norm == "rms" else g.mean(-1, keepdims=True)
    dx = r * (g - average - n * (g * n).mean(-1, keepdims=True))
    return back(n, shape), back(dx, shape)


def geometric_mean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else float("nan")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("worker")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--shapes", choices=["quick", "all"], default="all")
    parser.add_argument("--norms", choices=["batch", "sets", "all"], default="all")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", default="Results")
    parser.add_argument("--name", default="peers", help="the files' name, without suffix")
    parser.add_argument("--peers", default=",".join(PEERS))
    options = parser.parse_args()

    here = pathlib.Path(__file__).parent
    commands = {"ours": [options.worker, str(options.threads)]}
    for peer in options.peers.split(","):
        commands[peer] = [sys.executable, str(here / "worker.py"), peer, str(options.threads)]
    shapes = SHAPES[:6] if options.shapes == "quick" else SHAPES
    rows = []
    folder = pathlib.Path(tempfile.mkdtemp())
    cases = [("batch", shape, axis) for shape in shapes
             for axis in ([1, -1] if len(shape) > 2 else [-1])]
    wanted = {"batch": cases, "sets": SETS, "all": cases + SETS}[options.norms]
    for norm, shape, axis in wanted:
        rows.append(measure(folder, commands, norm, shape, axis, options.rounds))
        print_row(rows[-1])
    report(rows, options)


def measure(folder, commands, norm, shape, axis, rounds):
    random = np.random.default_rng(1)
    is_last = axis == -1 and len(shape) > 2 and norm in ("batch", "group")
    stored = (shape[0], *shape[2:], shape[1]) if is_last else shape
    x = (random.standard_normal(stored) * 2 + 1).astype(np.float32)
    dy = random.standard_normal(stored).astype(np.float32)
    np.save(folder / "x.npy", x)
    np.save(folder / "dy.npy", dy)
    expected = reference(x, dy, axis, norm)
    layout = "channels-last" if axis == -1 else "channels-first"
    row = {"norm": norm, "shape": list(shape), "layout": layout if norm in ("batch", "group") else "–",
           "bytes": x.nbytes, "seconds": {}, "error": {}, "refused": {}}
    workers = {}
    for name, command in commands.items():
        try:
            worker = Worker(name, command)
            worker.ask("load", folder / "x.npy", folder / "dy.npy", axis, norm)
            # Correct before fast; this warms up and compiles too. Inference first: training moves the
            # running statistics.
            for job in ["inference", "forward", "backward"]:
                worker.ask("save", job, folder / "y.npy")
                error = np.abs(np.load(folder / "y.npy") - expected[job]).max()
                row["error"].setdefault(job, {})[name] = float(error)
                if not error < 1e-3 * max(1, np.abs(expected[job]).max()):
                    raise ValueError(f"{job} is wrong by {error}")
            workers[name] = worker
        except (ValueError, RuntimeError) as error:
            row["refused"][name] = str(error)
    times = {}
    for turn in range(rounds):
        for job in JOBS + ["copy-memcpy", "copy-nontemporal"]:
            for name, worker in workers.items():
                if job.startswith("copy") and name != "ours":
                    continue
                seconds = float(worker.ask("time", job, WARM_UP, TIMED))
                times.setdefault(job, {}).setdefault(name, []).append(seconds)
    for worker in workers.values():
        worker.close()
    for job, by_name in times.items():
        row["seconds"][job] = {n: statistics.median(v) for n, v in by_name.items()}
    row["seconds"]["copy"] = {"ours": min(row["seconds"].pop(f"copy-{k}")["ours"]
                                          for k in ("memcpy", "nontemporal"))}
    return row


def print_row(row):
    name = "x".join(map(str, row["shape"]))
    copy = row["seconds"]["copy"]["ours"]
    for job in JOBS:
        s = row["seconds"].get(job, {})
        if "ours" not in s:
            continue
        ratios = "  ".join(f"{n} {v / s['ours']:.2f}" for n, v in s.items() if n != "ours")
        print(f"{row['norm']:6} {name:16} {row['layout']:14} {job:9} ours {s['ours'] * 1e3:8.3f} ms "
              f"({s['ours'] / copy:5.2f} copies)  {ratios}", flush=True)


def report(rows, options):
    def ratios(job, peers):
        out = []
        for row in rows:
            s = row["seconds"].get(job, {})
            found = [s[p] for p in peers if p in s]
            if found and "ours" in s:
                out.append(min(found) / s["ours"])
        return out

    peers = options.peers.split(",")
    lines = [f"Measured on {time.strftime('%Y-%m-%d')}: {processor()}, {options.threads} threads, "
             f"Float32, medians of {options.rounds} alternating rounds.",
             "Ratios are a peer's time over ours in the same run: above 1 we are faster.", "",
             "| norm | input | layout | pass | ours, ms | in copies | " + " | ".join(peers) + " |",
             "|---|---|---|---|---|---|" + "---|" * len(peers)]
    for row in rows:
        copy = row["seconds"]["copy"]["ours"]
        for job in JOBS:
            s = row["seconds"].get(job, {})
            if "ours" not in s:
                continue
            cells = [f"{s[p] / s['ours']:.2f}" if p in s else "–" for p in peers]
            lines.append(f"| {row['norm']} | {'x'.join(map(str, row['shape']))} | {row['layout']} | {job} | "
                         f"{s['ours'] * 1e3:.3f} | {s['ours'] / copy:.2f} | {' | '.join(cells)} |")
    lines += ["", "| geometric mean, worst row | forward | backward | inference |", "|---|---|---|---|"]
    for title, group in [("PyTorch eager", ["torch"]), ("best peer of each row", peers)]:
        cells = []
        for job in JOBS:
            r = ratios(job, group)
            cells.append(f"{geometric_mean(r):.2f}, {min(r):.2f}" if r else "–")
        lines.append(f"| {title} | {' | '.join(cells)} |")
    text = "\n".join(lines) + "\n"
    print("\n" + text)
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    (output / f"{options.name}.md").write_text(text)
    (output / f"{options.name}.json").write_text(json.dumps(
        {"processor": processor(), "threads": options.threads, "rounds": options.rounds,
         "rows": rows}, indent=1) + "\n")


main()
