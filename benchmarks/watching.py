"""Cost of watching: the share of training time that `Watch` takes, dense on MNIST, batches of 128."""

import time

from aewidgets.training.watching import Controls

EPOCHS = 4


class Idle:
    """Watcher that does nothing, to measure the cost of calling it."""

    def __init__(self):
        self.controls = Controls()

    def begin(self, plan): ...
    def batch(self, epoch, step, losses): ...
    def epoch(self, snapshot): ...
    def end(self, ended): ...


def main() -> None:
    import keras

    from aewidgets.models.families import build_autoencoder
    from aewidgets.training.autoencoders import Watch
    from aewidgets.training.data.splits import load_splits
    from aewidgets.training.fitting.batches import Batches

    class Timed(Watch):
        """Adds up the seconds within its own calls, from the second epoch on, because the first compiles."""

        spent = 0.0

        def _timed(self, call, *arguments):
            begun = time.perf_counter()
            call(*arguments)
            self.spent += (time.perf_counter() - begun) * (self._epoch > 1)

        def on_train_batch_begin(self, batch, logs=None):
            self._timed(super().on_train_batch_begin, batch, logs)

        def on_train_batch_end(self, batch, logs=None):
            self._timed(super().on_train_batch_end, batch, logs)

        def on_epoch_end(self, epoch, logs=None):
            self._timed(super().on_epoch_end, epoch, logs)

    splits = load_splits("mnist")
    for family in ("dense", "variational"):
        model = build_autoencoder(family, splits.image_shape, latent_dim=64)
        model.compile("adam", loss="mse", metrics=["mse"])
        watch, seconds = Timed(Idle(), splits), []
        clock = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs, seconds=seconds: seconds.append(-time.perf_counter()),
            on_epoch_end=lambda epoch, logs, seconds=seconds: seconds.append(time.perf_counter()),
        )
        held = Batches(splits.validation, 512)
        model.fit(
            Batches(splits.train, 128, seed=1), validation_data=held, epochs=EPOCHS, callbacks=[watch, clock],
            verbose=0, shuffle=False,
        )  # fmt: skip
        whole = sum(seconds[2:])
        print(f"{family:<12} {100 * watch.spent / whole:.2f} % of {whole:.1f} s for {EPOCHS - 1} epochs")


if __name__ == "__main__":
    main()
