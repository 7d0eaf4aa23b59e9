"""PyTorch's side of compare-training. Same protocol as the Swift worker.

    worker.py first|last THREADS [compile]      the layout of images; torch.compile for inference
"""

import os
import resource
import statistics
import sys
import time

layout, threads = sys.argv[1], int(sys.argv[2])
is_compiled = "compile" in sys.argv[3:]
os.environ["OMP_NUM_THREADS"] = str(threads)

import torch

import networks

torch.set_num_threads(threads)


class Work:
    def __init__(self, name, batch, height, width, channels):
        torch.manual_seed(1)
        self.network = networks.make(name, height, width, channels)
        shape = (batch, height * width * channels) if name == "mlp" else (batch, channels, height, width)
        self.x = torch.randn(shape)
        self.labels = torch.randint(10, (batch,))
        if layout == "last" and name != "mlp":
            self.network = self.network.to(memory_format=torch.channels_last)
            self.x = self.x.to(memory_format=torch.channels_last)
        self.loss = torch.nn.CrossEntropyLoss()
        weights = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim == 1]
        self.optimizer = torch.optim.SGD(
            [{"params": weights, "weight_decay": 1e-4}, {"params": others, "weight_decay": 0}],
            lr=1e-3, momentum=0.9)
        self.eval = torch.compile(self.network) if is_compiled else self.network

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.network(self.x), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def inference(self):
        with torch.inference_mode():
            return self.eval(self.x)


work = None
for line in sys.stdin:
    words = line.split()
    try:
        if words[0] == "load":
            work = Work(words[1], *map(int, words[2:]))
            answer = "ok"
        elif words[0] == "version":
            answer = torch.__version__
        elif words[0] == "memory":
            answer = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        else:
            job = getattr(work, words[1])
            work.network.train(words[1] == "step")
            for seconds in map(float, words[2:]):
                samples = []
                end = time.perf_counter() + seconds
                while len(samples) < 3 or time.perf_counter() < end:
                    start = time.perf_counter()
                    job()
                    samples.append(time.perf_counter() - start)
            answer = statistics.median(samples)
    except Exception as error:  # a refusal is an answer
        answer = f"error {type(error).__name__}: {error}".replace("\n", " ")
    print(answer, flush=True)
