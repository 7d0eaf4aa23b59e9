"""Alternates between our worker and PyTorch's and tabulates ratios of training steps and inference.

    driver.py WORKER [--rounds 7] [--threads 2] [--networks resnet-20,vgg-small,mlp] [--output Results] [--name training]

A worker's turn is a warm-up and then timed steps, of which the median counts; a row has the median of all turns. The
ratio of a row is taken round by round against the faster layout of PyTorch in that round, and its median stands in the
table with the smallest and the largest.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from workers import Worker, processor  # noqa: E402

# Network: batch, height, width, channels; seconds of warm-up and of timed steps in a turn.
NETWORKS = {
    "resnet-20": ((128, 32, 32, 3), 0.7, 1.5),
    "vgg-small": ((128, 28, 28, 1), 0.7, 1.5),
    "mlp": ((60, 28, 28, 1), 0.2, 0.3),
}


def measure(commands, here, network, rounds):
    shape, warm_up, timed = NETWORKS[network]
    jobs = {"step": ["ours", "channels-first", "channels-last"],
            "inference": ["ours", "channels-first", "channels-last", "compile-first", "compile-last"]}
    workers = {name: Worker(name, command, here) for name, command in commands.items()}
    for worker in workers.values():
        worker.ask("load", network, *shape)
    times = {job: {name: [] for name in names} for job, names in jobs.items()}
    for round_number in range(rounds):
        for job, names in jobs.items():
            # Another one begins in every round.
            names = names[round_number % len(names):] + names[:round_number % len(names)]
            for name in names:
                times[job][name].append(float(workers[name].ask("time", job, warm_up, timed)))
    for worker in workers.values():
        worker.close()
    return times


def peak_memory(commands, here, network):
    """The most memory of a process that trains some steps, and of one that only starts."""
    shape, _, _ = NETWORKS[network]
    found = {}
    for name in ["ours", "channels-first", "channels-last"]:
        worker = Worker(name, commands[name], here)
        start = int(worker.ask("memory"))
        worker.ask("load", network, *shape)
        worker.ask("time", "step", 0.5, 1)
        found[name] = {"start": start, "peak": int(worker.ask("memory"))}
        worker.close()
    return found


def ratios(times, peers):
    rounds = zip(times["ours"], *(times[p] for p in peers))
    return sorted(own / min(others) for own, *others in rounds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("worker")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--output", default="Results")
    parser.add_argument("--name", default="training", help="the files' name, without suffix")
    options = parser.parse_args()

    here = pathlib.Path(__file__).parent
    python = [sys.executable, "worker.py"]
    worker = str(pathlib.Path(options.worker).resolve())
    commands = {"ours": [worker, str(options.threads)]}
    for layout in ["first", "last"]:
        commands[f"channels-{layout}"] = python + [layout, str(options.threads)]
        commands[f"compile-{layout}"] = python + [layout, str(options.threads), "compile"]

    asked = Worker("PyTorch", commands["channels-last"], here)
    version = asked.ask("version")
    asked.close()
    lines = [
        f"Measured on {time.strftime('%Y-%m-%d')}: {processor()}, {options.threads} threads, Float32, medians of "
        f"{options.rounds} alternating rounds, in ms.",
        f"The ratio is our time over that of PyTorch {version} in its fastest column of the row, round by round: median "
        "(smallest to largest).", "",
        "| network | batch | what | ours | channels-first | channels-last | compiled, first | compiled, last | ratio |",
        "|---|---|---|---|---|---|---|---|---|"]
    results = {}
    for network in options.networks.split(","):
        times = measure(commands, here, network, options.rounds)
        results[network] = {"seconds": times, "memory": peak_memory(commands, here, network)}
        shape = "x".join(map(str, NETWORKS[network][0]))
        for job, by_name in times.items():
            found = ratios(by_name, [n for n in by_name if n != "ours"])
            cells = [f"{statistics.median(by_name[n]) * 1e3:.3g}" if n in by_name else "–" for n in
                     ["ours", "channels-first", "channels-last", "compile-first", "compile-last"]]
            what = "training step" if job == "step" else "inference, folded"
            lines.append(f"| {network} | {shape} | {what} | {' | '.join(cells)} | {statistics.median(found):.2f} "
                         f"({found[0]:.2f} to {found[-1]:.2f}) |")
            print(lines[-1], flush=True)
    lines += ["", "Most memory of a process that trains, and what it had after its start, in MB:", "",
              "| network | ours | channels-first | channels-last |", "|---|---|---|---|"]
    for network, result in results.items():
        cells = [f"{m['peak'] / 1e6:.0f} ({m['start'] / 1e6:.0f})" for m in result["memory"].values()]
        lines.append(f"| {network} | {' | '.join(cells)} |")
    text = "\n".join(lines) + "\n"
    print("\n" + text)
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    (output / f"{options.name}.md").write_text(text)
    (output / f"{options.name}.json").write_text(json.dumps(
        {"processor": processor(), "threads": options.threads, "rounds": options.rounds,
         "networks": results}, indent=1) + "\n")


main()
