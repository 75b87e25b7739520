"""A TCP proxy that cuts connections at random moments: before, within and after what passes through it."""

from __future__ import annotations

import random
import socket
import threading
from contextlib import suppress


class CuttingProxy:
    """Stands before a port of this machine; each piece that passes is cut with a probability while `is_cutting`.

    Attributes:
        port: where to connect.
        cuts: connections killed so far.
    """

    def __init__(self, target: int, seed: int, probability: float) -> None:
        self._target, self._rng, self._probability = target, random.Random(seed), probability
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cuts, self.is_cutting = 0, True
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection(("127.0.0.1", self._target)) as server, suppress(OSError):
                self._relay(client, server)

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        """Pass requests and replies by turns until one side ends or the connection is cut."""
        source, target = client, server
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            piece = self._packet(source)
            if not piece:
                return
            if self.is_cutting and self._rng.random() < self._probability:
                self.cuts += 1
                whole = self._rng.random() < 0.5
                target.sendall(piece if whole else piece[: self._rng.randrange(len(piece))])
                if whole and target is server:
                    self._packet(server)  # carried out for sure, and the answer is lost
                return
            target.sendall(piece)
            source, target = target, source

    @staticmethod
    def _packet(source: socket.socket) -> bytes:
        head = source.recv(4, socket.MSG_WAITALL)
        return head + source.recv(int.from_bytes(head, "little"), socket.MSG_WAITALL) if head else b""
