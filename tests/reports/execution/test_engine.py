"""The engine hears every reply of a kernel, also one that comes while something is sent to it."""

import asyncio
import time
from collections.abc import Callable
from queue import Empty
from typing import Any

import pytest

pytest.importorskip("papermill", reason="papermill comes with the report extra")

import zmq.asyncio
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session

from aewidgets.reports.execution.engine import watchful


async def answered(wrap: Callable[[Any], Any], seconds: float) -> str:
    """Wait for a reply that comes in the moment of a sending; return its type, "" if it is not heard."""
    context, session = zmq.asyncio.Context(), Session(key=b"k")
    kernel, socket = zmq.Context.shadow(context.underlying).socket(zmq.ROUTER), context.socket(zmq.DEALER)
    try:
        socket.identity = b"client"
        socket.connect(f"tcp://127.0.0.1:{kernel.bind_to_random_port('tcp://127.0.0.1')}")
        session.send(socket, "execute_request")
        kernel.recv_multipart()
        waiting = asyncio.create_task(wrap(AsyncZMQSocketChannel(socket, session).get_msg)(timeout=None))
        await asyncio.sleep(0.05)
        session.send(kernel, "execute_reply", ident=b"client")
        time.sleep(0.3)  # the reply is here, and this loop has not been able to look
        session.send(socket, "comm_msg")
        try:
            return (await asyncio.wait_for(waiting, seconds))["msg_type"]
        except TimeoutError:
            return ""
    finally:
        kernel.close(0)
        socket.close(0)
        context.term()


def test_a_reply_that_comes_while_something_is_sent_is_heard():
    assert asyncio.run(answered(watchful, 60)) == "execute_reply"
    assert asyncio.run(answered(lambda get_msg: get_msg, 1)) == ""  # why: without it nbclient waits for ever


@pytest.mark.parametrize("timeout", [0.0, 0.1, 0.6])
def test_a_limit_is_kept(timeout: float):
    waits: list[float] = []

    async def nothing(timeout: float) -> None:
        waits.append(timeout)
        await asyncio.sleep(timeout)
        raise Empty

    with pytest.raises(Empty):
        asyncio.run(watchful(nothing)(timeout=timeout))
    assert timeout <= sum(waits) + 0.3 and max(waits) <= 0.25
