"""The dense autoencoder on MNIST: images a second beside plain Keras and plain PyTorch, and seconds to PCA's error.

The same network (784-512-64-512-784), Adam at 1e-3, batches of 128, mean squared error; validation after each epoch.
Runs take turns, and the fastest epoch of each counts, since other programs may share the machine. The seconds to the
error of PCA with 64 numbers, on validation pictures, are of one run, and of its slower epochs too.
"""

import os
import time

ROUNDS = 3
EPOCHS = 3
MOST_EPOCHS = 15
THREADS = 2
for _name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, str(THREADS))
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")


def ours(splits, epochs: int) -> tuple[list[float], list[float]]:
    """Train with aewidgets: seconds and validation errors of each epoch."""
    import keras

    from aewidgets.models.families import build_autoencoder
    from aewidgets.training.autoencoders import train

    keras.utils.set_random_seed(1)
    record = train(build_autoencoder("dense", splits.image_shape, latent_dim=64), splits, epochs=epochs)
    return [e["seconds"] for e in record.epochs], [e["validation"]["error"] for e in record.epochs]


def plain_keras(x, held, epochs: int) -> list[float]:
    """Train the network as Keras's own guide would: seconds of each epoch."""
    import keras

    inputs = keras.Input((28, 28, 1))
    h = keras.layers.Flatten()(inputs)
    for width, activation in ((512, "relu"), (64, None), (512, "relu"), (784, "sigmoid")):
        h = keras.layers.Dense(width, activation)(h)
    model = keras.Model(inputs, keras.layers.Reshape((28, 28, 1))(h))
    model.compile(keras.optimizers.Adam(1e-3), "mse", metrics=["mse"])
    ends: list[float] = []
    clock = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: ends.append(time.perf_counter()),
        on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter() - ends.pop()),
    )
    validation = {"validation_data": (held, held), "validation_batch_size": 512}
    model.fit(x, x, batch_size=128, epochs=epochs, callbacks=[clock], verbose=0, **validation)
    return ends


def plain_pytorch(x, held, epochs: int) -> list[float]:
    """Train the network in a plain PyTorch loop: seconds of each epoch."""
    import torch

    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    x, held = (torch.from_numpy(part.reshape(len(part), -1)) for part in (x, held))
    layers = [torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 64), torch.nn.Linear(64, 512)]
    model = torch.nn.Sequential(*layers, torch.nn.ReLU(), torch.nn.Linear(512, 784), torch.nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    seconds = []
    for _ in range(epochs):
        begun = time.perf_counter()
        for chosen in torch.randperm(len(x)).split(128):
            batch = x[chosen]
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(batch), batch).backward()
            optimizer.step()
        with torch.no_grad():
            for batch in held.split(512):
                torch.nn.functional.mse_loss(model(batch), batch)
        seconds.append(time.perf_counter() - begun)
    return seconds


def main() -> None:
    from aewidgets.training.autoencoders import pca_error
    from aewidgets.training.data.splits import load_splits

    splits = load_splits("mnist")
    x, held = splits.train.floats(), splits.validation.floats()
    count, best = len(x), {}
    for _ in range(ROUNDS):
        for name, seconds in (
            ("aewidgets", ours(splits, EPOCHS)[0]),
            ("plain Keras", plain_keras(x, held, EPOCHS)),
            ("plain PyTorch", plain_pytorch(x, held, EPOCHS)),
        ):
            best[name] = min(best.get(name, seconds[0]), *seconds)
    for name, seconds in best.items():
        print(f"{name:<14} {count / seconds:>9,.0f} images/s   {seconds:.2f} s an epoch")
    print(f"aewidgets takes {100 * (best['aewidgets'] / best['plain Keras'] - 1):+.1f} % of plain Keras's time")
    goal = pca_error(splits, 64)
    seconds, errors = ours(splits, MOST_EPOCHS)
    needed = next((n for n, error in enumerate(errors, 1) if error < goal), None)
    reached = f"{sum(seconds[:needed]):.1f} s, {needed} epochs" if needed else f"not in {MOST_EPOCHS} epochs"
    print(f"to PCA-64's error {goal:.5f} on validation pictures: {reached}; after {MOST_EPOCHS}: {errors[-1]:.5f}")


if __name__ == "__main__":
    main()
