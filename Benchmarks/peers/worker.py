"""One peer of compare-peers, through the call a user makes. Same protocol as the Swift worker.

    worker.py PEER THREADS        PEER: torch, torch-compile, onednn, jax, tensorflow
"""

import os
import sys
import time

peer, threads = sys.argv[1], int(sys.argv[2])
os.environ["OMP_NUM_THREADS"] = str(threads)
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen=true intra_op_parallelism_threads={threads}"
import numpy as np


class Torch:
    """PyTorch eager; the input in the layout that the axis says."""

    def __init__(self, x, dy, axis):
        import torch

        torch.set_num_threads(threads)
        self.torch = torch
        channels = x.shape[axis]

        def tensor(a):
            t = torch.from_numpy(a)
            # Channels-last data of rank 4 is a tensor [N, C, H, W] with channels-last strides.
            return t if axis == 1 or a.ndim == 2 else t.permute(0, a.ndim - 1, *range(1, a.ndim - 1))

        kind = {2: torch.nn.BatchNorm1d, 3: torch.nn.BatchNorm1d, 4: torch.nn.BatchNorm2d,
                5: torch.nn.BatchNorm3d}[x.ndim]
        self.layer = kind(channels)
        self.x, self.dy = tensor(x), tensor(dy)
        self.axis = axis
        self.forward_function = self.layer
        self.prepare()

    def prepare(self):
        pass

    def forward(self):
        with self.torch.no_grad():
            return self.forward_function(self.x)

    def inference(self):
        self.layer.eval()
        with self.torch.no_grad():
            y = self.layer(self.x)
        self.layer.train()
        return y

    def before_backward(self):
        self.leaf = self.x.detach().requires_grad_()
        self.y = self.forward_function(self.leaf)

    def backward(self):
        self.y.backward(self.dy)
        return self.leaf.grad

    def array(self, t):
        a = t.detach()
        if self.axis != 1 and a.ndim != 2:
            a = a.permute(0, *range(2, a.ndim), 1)
        return a.contiguous().numpy()


class TorchSets(Torch):
    """PyTorch's layer, RMS and group normalization (32 groups); channels-last as strides, as above."""

    def __init__(self, x, dy, axis, norm):
        import torch

        torch.set_num_threads(threads)
        self.torch = torch
        self.axis = axis
        self.x, self.dy = torch.from_numpy(x), torch.from_numpy(dy)
        if norm == "group":
            if axis != 1:
                order = (0, x.ndim - 1, *range(1, x.ndim - 1))
                self.x, self.dy = self.x.permute(order), self.dy.permute(order)
            self.layer = torch.nn.GroupNorm(32, x.shape[axis])
        else:
            self.axis = 1  # no permutation
            kind = torch.nn.LayerNorm if norm == "layer" else torch.nn.RMSNorm
            self.layer = kind(x.shape[axis:], eps=1e-5)
        self.forward_function = self.layer
        self.prepare()

    def inference(self):
        return self.forward()


class TorchCompileSets(TorchSets):
    def prepare(self):
        self.forward_function = self.torch.compile(self.layer)


class TorchCompile(Torch):
    def prepare(self):
        self.forward_function = self.torch.compile(self.layer)


class OneDNN(Torch):
    """oneDNN through PyTorch's mkldnn tensors: training forward and inference have no autograd there, so
    the kernels are called as PyTorch's own dispatcher does."""

    def prepare(self):
        if self.x.ndim != 4:
            raise ValueError("mkldnn tensors of rank 4 only")
        self.mx, self.mdy = self.x.contiguous().to_mkldnn(), self.dy.contiguous().to_mkldnn()
        l = self.layer
        self.args = (l.weight.detach(), l.bias.detach(), l.running_mean, l.running_var)

    def call(self, training):
        w, b, m, v = self.args
        return self.torch.native_batch_norm(self.mx, w, b, m, v, training, 0.1, 1e-5)

    def forward(self):
        return self.call(True)[0]

    def inference(self):
        return self.call(False)[0]

    def before_backward(self):
        self.kept = self.call(True)

    def backward(self):
        w, b, m, v = self.args
        return self.torch.ops.aten.native_batch_norm_backward(
            self.mdy, self.mx, w, m, v, self.kept[1], self.kept[2], True, 1e-5,
            [True, True, True])[0]

    def array(self, t):
        return super().array(t.to_dense())


class Jax:
    def __init__(self, x, dy, axis):
        import jax
        import jax.numpy as jnp

        self.jax = jax
        axes = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
        shape = [1] * x.ndim
        shape[axis] = x.shape[axis]
        scale, shift = jnp.ones(shape), jnp.zeros(shape)
        mean0, var0 = jnp.zeros(shape), jnp.ones(shape)
        self.running = (mean0, var0)

        def forward(x, scale, shift, running):
            mean = jnp.mean(x, axes, keepdims=True)
            var = jnp.var(x, axes, keepdims=True)
            y = (x - mean) * jax.lax.rsqrt(var + 1e-5) * scale + shift
            return y, (0.9 * running[0] + 0.1 * mean, 0.9 * running[1] + 0.1 * var)

        def inference(x, scale, shift, running):
            return (x - running[0]) * jax.lax.rsqrt(running[1] + 1e-5) * scale + shift

        self.f = jax.jit(forward)
        self.i = jax.jit(inference)
        self.args = (jnp.asarray(x), scale, shift)
        self.dy = jnp.asarray(dy)
        # The backward pass alone: gradients for a given dy, with what the forward pass kept.
        self.vjp = jax.jit(lambda x, s, b: jax.vjp(lambda *a: forward(*a, self.running)[0], x, s, b)[1])
        self.apply = jax.jit(lambda pull, dy: pull(dy))

    def wait(self, v):
        return self.jax.block_until_ready(v)

    def forward(self):
        return self.wait(self.f(*self.args, self.running))[0]

    def inference(self):
        return self.wait(self.i(*self.args, self.running))

    def before_backward(self):
        self.pull = self.wait(self.vjp(*self.args))

    def backward(self):
        return self.wait(self.apply(self.pull, self.dy))[0]

    def array(self, v):
        return np.asarray(v)


class TensorFlow:
    def __init__(self, x, dy, axis):
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.tf = tf
        if axis == 1 and x.ndim > 2:
            raise ValueError("channels-first is not supported on the CPU")
        if x.ndim not in (2, 4):
            raise ValueError("rank 2 and 4 only")
        self.rank = x.ndim
        shape = x.shape if x.ndim == 4 else (x.shape[0], 1, 1, x.shape[1])
        self.x = tf.constant(x.reshape(shape))
        self.dy = tf.constant(dy.reshape(shape))
        c = x.shape[-1]
        self.p = (tf.ones(c), tf.zeros(c))
        self.running = (tf.zeros(c), tf.ones(c))

    def call(self, x, training):
        m, v = ((), ()) if training else self.running
        return self.tf.compat.v1.nn.fused_batch_norm(
            x, *self.p, mean=m if not training else None, variance=v if not training else None,
            epsilon=1e-5, is_training=training)[0]

    def forward(self):
        return self.call(self.x, True)

    def inference(self):
        return self.call(self.x, False)

    def before_backward(self):
        self.tape = self.tf.GradientTape()
        with self.tape as t:
            t.watch(self.x)
            self.y = self.call(self.x, True)

    def backward(self):
        return self.tape.gradient(self.y, self.x, output_gradients=self.dy)

    def array(self, v):
        a = v.numpy()
        return a if self.rank == 4 else a.reshape(a.shape[0], a.shape[-1])


KINDS = {"torch": Torch, "torch-compile": TorchCompile, "onednn": OneDNN, "jax": Jax,
         "tensorflow": TensorFlow}

SETS = {"torch": TorchSets, "torch-compile": TorchCompileSets}

work = None
for line in sys.stdin:
    words = line.split()
    try:
        if words[0] == "load":
            work = None
            tensors = np.load(words[1]), np.load(words[2]), int(words[3])
            if words[4] == "batch":
                work = KINDS[peer](*tensors)
            elif peer in SETS:
                work = SETS[peer](*tensors, words[4])
            else:
                raise ValueError("compared in batch normalization alone")
            print("ok", flush=True)
            continue
        job = words[1]
        if words[0] == "save":
            if job == "backward":
                work.before_backward()
            np.save(words[2], work.array(getattr(work, job)()))
            print("ok", flush=True)
            continue
        def once():
            if job == "backward":
                work.before_backward()  # a forward pass before each, outside the time
            start = time.perf_counter()
            getattr(work, job)()
            return time.perf_counter() - start

        for seconds in map(float, words[2:4]):  # the warm-up, and then what counts
            samples, end = [], time.perf_counter() + seconds
            while len(samples) < 3 or time.perf_counter() < end:
                samples.append(once())
        print(sorted(samples)[len(samples) // 2], flush=True)
    except Exception as error:
        print("error", str(error).replace("\n", " ")[:300], flush=True)
