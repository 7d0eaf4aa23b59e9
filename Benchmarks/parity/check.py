"""Trains networks here and in PyTorch from the same weights on the same batches, and compares every step.

    check.py path/to/batchnorm [--datasets digits fashion-mnist] [--networks mlp lenet resnet-8]
        [--optimizers sgd adam] [--write]

Exit status 1 where something differs by more than rounding. What that is, is measured: rounding grows as training goes
on, faster with some weights than with others, so PyTorch is run in variants that differ by rounding alone:
channels-first and channels-last, one thread and two, and from initial weights whose last bits were changed at random.
The reference is PyTorch in Float64. In step t the loss here may be three times as far from it as the furthest of the
variants in steps 1 to t. That is little until an activation close to 0 falls on the other side of ReLU's kink, in some
variants sooner than in others; so in the first ten steps it may be 1e-5 of the loss at most, unless half of the
variants are further off.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

# Threads that wait give their core to the others that are busy.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy  # noqa: E402
import safetensors.torch  # noqa: E402
import torch  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from workers import processor  # noqa: E402

import data  # noqa: E402
import networks  # noqa: E402

RESULTS = pathlib.Path(__file__).resolve().parents[1] / "Results"
STEPS, BATCH, SEED, CLASSES = 100, 60, 1, 10
FLOOR = 1e-6  # of the loss; what eight variants happen to be off can be less than rounding
FACTOR, FIRST_STEPS, FIRST_BOUND, FINAL_BOUND = 3, 10, 1e-5, 1e-5
RECIPES = {
    "sgd": dict(learning_rate=0.01, momentum=0.9, weight_decay=5e-4),
    "adam": dict(learning_rate=0.001, weight_decay=1e-4),
}
VARIANTS = [dict(layout=layout, threads=threads) for layout in ("channels-first", "channels-last")
            for threads in (1, 2)] + [dict(layout="channels-first", threads=2, last_bits=seed) for seed in range(4)]


def train_here(program, dataset, network, optimizer, folder):
    """The losses by step, the last line of the log, and the weights before and after."""
    recipe = RECIPES[optimizer]
    words = [program, "train", "--dataset", dataset, "--network", network, "--norm", "batch",
             "--steps", STEPS, "--batch-size", BATCH, "--seed", SEED, "--evaluate-every", STEPS,
             "--optimizer", optimizer, "--schedule", "constant", "--quiet",
             "--export-initial", folder / "initial.safetensors", "--export", folder / "final.safetensors",
             "--log", folder / "log.jsonl"]
    for name, value in recipe.items():
        words += ["--" + name.replace("_", "-"), value]
    if optimizer == "sgd":
        words.append("--no-nesterov")
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    if [line["step"] for line in lines] != list(range(1, STEPS + 1)):
        sys.exit(f"check-pytorch: the log of {network} on {dataset} does not have a line for every step")
    states = [safetensors.torch.load_file(folder / f"{name}.safetensors") for name in ("initial", "final")]
    return [line["loss"] for line in lines], lines[-1], *states


def changed_in_last_bits(state, seed):
    """Every number one place up or down, or as it is, at random."""
    generator = numpy.random.default_rng(seed)

    def changed(tensor):
        values = tensor.numpy()
        if values.dtype != numpy.float32:
            return tensor
        towards = numpy.array([-numpy.inf, numpy.inf], "f4")[generator.integers(0, 2, values.shape)]
        moved = numpy.nextafter(values, towards)
        return torch.from_numpy(numpy.where(generator.random(values.shape) < 0.5, moved, values))

    return {name: changed(tensor) for name, tensor in state.items()}


def made(dataset, network, state, dtype):
    shape = dataset[0][0].shape[1:]
    model = networks.make(network, shape, CLASSES)
    model.load_state_dict(state, strict=True)
    return model.to(dtype)


def train_there(dataset, network, optimizer, state, dtype=torch.float32, layout="channels-first", threads=2,
                last_bits=None):
    torch.set_num_threads(threads)
    memory_format = torch.channels_last if layout == "channels-last" else torch.contiguous_format
    if last_bits is not None:
        state = changed_in_last_bits(state, last_bits)
    model = made(dataset, network, state, dtype).to(memory_format=memory_format).train()
    recipe = RECIPES[optimizer]
    groups = [dict(params=[p for p in model.parameters() if p.ndim > 1], weight_decay=recipe["weight_decay"]),
              dict(params=[p for p in model.parameters() if p.ndim == 1], weight_decay=0)]
    rate = recipe["learning_rate"]
    if optimizer == "sgd":
        steps = torch.optim.SGD(groups, lr=rate, momentum=recipe["momentum"])
    else:
        steps = torch.optim.Adam(groups, lr=rate)
    images, labels = dataset[0]
    losses = []
    for _, indices in zip(range(STEPS), data.batches(len(images), BATCH, SEED)):
        x = torch.from_numpy(images[indices]).to(dtype).permute(0, 3, 1, 2).contiguous(memory_format=memory_format)
        steps.zero_grad()
        # In Float64 from the outputs on, as here.
        loss = torch.nn.functional.cross_entropy(model(x).double(), torch.from_numpy(labels[indices]))
        loss.backward()
        steps.step()
        losses.append(loss.item())
    return numpy.array(losses), model


def evaluate(dataset, network, state, dtype):
    """Loss and accuracy on the test set with running statistics."""
    images, labels = dataset[1]
    model = made(dataset, network, state, dtype).eval()
    loss, correct = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(images), 500):
            x = torch.from_numpy(images[start:start + 500]).to(dtype).permute(0, 3, 1, 2).contiguous()
            y = torch.from_numpy(labels[start:start + 500])
            outputs = model(x).double()
            loss += torch.nn.functional.cross_entropy(outputs, y, reduction="sum").item()
            correct += int((outputs.argmax(1) == y).sum())
    return loss / len(images), correct / len(images)


def distance(first, second):
    """Between the parameters of two state_dicts: the 2-norm of the difference over that of the first."""
    names = [name for name in first if first[name].is_floating_point()]
    both = [torch.cat([state[name].double().flatten() for name in names]) for state in (first, second)]
    return float((both[0] - both[1]).norm() / both[0].norm())


def rounded(values):
    return [float(f"{value:.3g}") for value in values]


def compare(program, name, network, optimizer):
    dataset = data.load(name)
    with tempfile.TemporaryDirectory() as folder:
        losses, last, initial, final = train_here(program, name, network, optimizer, pathlib.Path(folder))
    reference, model = train_there(dataset, network, optimizer, initial, torch.float64)
    own = numpy.abs(numpy.array(losses) - reference) / reference
    runs = [train_there(dataset, network, optimizer, initial, **variant) for variant in VARIANTS]
    theirs = numpy.array([numpy.abs(run[0] - reference) / reference for run in runs])
    bound = FACTOR * numpy.maximum.accumulate(theirs.max(axis=0))
    usual = numpy.maximum(FIRST_BOUND, FACTOR * numpy.maximum.accumulate(numpy.median(theirs, axis=0)))
    bound = numpy.maximum(FLOOR, bound)
    bound[:FIRST_STEPS] = numpy.minimum(bound, usual)[:FIRST_STEPS]
    test_loss, accuracy = evaluate(dataset, network, final, torch.float32)
    end = model.state_dict()
    result = dict(
        dataset=name, network=network, optimizer=optimizer, losses=losses,
        own=rounded(own), theirs=[rounded(differences) for differences in theirs],
        weights=distance(end, final), their_weights=[distance(end, run[1].state_dict()) for run in runs],
        test=dict(here=[last["testLoss"], last["testAccuracy"]], pytorch=[test_loss, accuracy]),
        problems=[])
    beyond = numpy.flatnonzero(own > bound)
    if beyond.size:
        step = beyond[0]
        result["problems"].append(
            f"in step {step + 1} the loss is {own[step]:.1e} off, where {bound[step]:.1e} would be rounding")
    if abs(last["testLoss"] - test_loss) > FINAL_BOUND * test_loss or last["testAccuracy"] != accuracy:
        result["problems"].append(
            f"on the test set PyTorch's loss and accuracy are {test_loss} and {accuracy}, ours "
            f"{last['testLoss']} and {last['testAccuracy']}")
    return result


def table(results):
    lines = ["| data | network | optimiser | loss, steps 1 to 10 | 1 to 100 | PyTorch's variants | weights | "
             "PyTorch's variants | test loss, loaded into PyTorch |",
             "|---|---|---|---|---|---|---|---|---|"]
    for r in results:
        own, theirs = numpy.array(r["own"]), numpy.array(r["theirs"])
        (here, _), (there, _) = r["test"]["here"], r["test"]["pytorch"]
        lines.append(
            f"| {r['dataset']} | {r['network']} | {r['optimizer']} | {own[:FIRST_STEPS].max():.1e} | {own.max():.1e} | "
            f"{theirs.max(axis=1).min():.1e} to {theirs.max():.1e} | {r['weights']:.1e} | "
            f"{min(r['their_weights']):.1e} to {max(r['their_weights']):.1e} | {abs(here - there) / there:.1e} |")
    return "\n".join(lines)


def write(results):
    made_with = dict(python=platform.python_version(), torch=torch.__version__, processor=processor(),
                     threads=os.environ.get("BATCHNORM_THREADS", str(os.cpu_count())))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "parity.json").write_text(json.dumps(dict(made_with=made_with, results=results)) + "\n")
    (RESULTS / "parity.md").write_text(f"""# Training beside PyTorch, step by step

{STEPS} steps of {BATCH} images with batch normalization, from the same weights on the same batches;
`Benchmarks/check-pytorch --write` makes this file. Differences are relative, and from PyTorch in Float64: the largest of the
loss in any step, and that of all parameters and running statistics at the end (2-norm). PyTorch's variants are Float32 in
both layouts, on one thread and two, and from initial weights changed in their last bits at random. Where the losses part by
more than 1e-6, an activation close to 0 has fallen on the other side of ReLU's kink, here as in the variants. The last
column: the trained network loaded into PyTorch (`strict=True`), its loss on the test set against ours; the accuracies are equal.

{table(results)}

torch {made_with['torch']}, {made_with['processor']}, {made_with['threads']} threads.
""")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--datasets", nargs="+", default=["digits", "fashion-mnist"])
    parser.add_argument("--networks", nargs="+", default=["mlp", "lenet", "resnet-8"])
    parser.add_argument("--optimizers", nargs="+", default=list(RECIPES))
    parser.add_argument("--write", action="store_true", help="write Results/parity.md and parity.json")
    arguments = parser.parse_args()
    results = []
    for name in arguments.datasets:
        if not data.is_installed(name):
            print(f"check-pytorch: {name} is not installed, and left out")
            continue
        for network in arguments.networks:
            for optimizer in arguments.optimizers:
                results.append(compare(arguments.program, name, network, optimizer))
                problems = results[-1]["problems"]
                print(f"{name}, {network}, {optimizer}: {'; '.join(problems) or 'agrees'}", flush=True)
    print(table(results))
    if arguments.write:
        write(results)
    sys.exit(1 if any(result["problems"] for result in results) else 0)


main()
