"""Where a server is, in one word, and the way to it: what every verb with `--server` takes.

embedded            an embedded server in this process, gone at the end
pool                a lease of one that `factorion servers up` started
rcon://HOST:PORT    whatever listens there: `factorion serve`, a real game
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from factorion_cli.errors import UsageError
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.rcon import RconClient
from factorion_cli.servers.rcon.server import is_loopback
from factorion_cli.servers.resident import ResidentTransport
from factorion_cli.servers.serving import EmbeddedOptions
from factorion_cli.servers.state_folder import password_in, password_path

EMBEDDED, POOL, SCHEME = "embedded", "pool", "rcon"


@contextmanager
def connected(address: str, password_file: Path | None = None, timeout: float = 30.0) -> Iterator[LiveServer]:
    """A server by its address, for as long as the block lasts.

    Args:
        address: `embedded`, `pool` or `rcon://HOST:PORT`.
        password_file: holds the password of an `rcon://` address; None: what `factorion serve` or `factorion servers
            up` has written down for it.
        timeout: seconds to wait for each reply, and for a free server of the pool.

    Raises:
        UsageError: the address is none of these, or its password is not known.
        ServerError: nobody answers there.
    """
    if password_file is not None and not address.startswith(SCHEME + "://"):
        raise UsageError(f"--password-file is for rcon://HOST:PORT; {address} needs no password")
    if address == EMBEDDED:
        with LiveServer(ResidentTransport(EmbeddedOptions().start())) as live:
            yield live
    elif address == POOL:
        from factorion_cli.servers.pool import ServerPool  # needs file locks that Windows does not have

        with ServerPool(timeout).lease(timeout) as live:
            yield live
    else:
        client = client_of(address, password_file, timeout)
        with client, LiveServer(client, patience=timeout) as live:
            yield live


def client_of(address: str, password_file: Path | None = None, timeout: float = 30.0) -> RconClient:
    """A client, not connected yet, of the server at an address `rcon://HOST:PORT`; arguments as for `connected`."""
    host, port = _host_and_port(address)
    return RconClient(host, port, _password(host, port, password_file), timeout)


def _host_and_port(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:  # a port that is no number, or too large
        host = port = None
    if parts.scheme != SCHEME or not host or not port or parts.path.strip("/") or "@" in parts.netloc:
        raise UsageError(f"the server is {address!r}, expected {EMBEDDED}, {POOL} or {SCHEME}://HOST:PORT")
    return host, port


def _password(host: str, port: int, file: Path | None) -> str:
    if file is not None:
        if not file.is_file():
            raise UsageError(f"there is no password file {file}")
        return password_in(file)
    from factorion_cli.servers.records import records  # as for the pool

    for record in records():
        if (record.host, record.port) == (host, port):
            return record.password
    if is_loopback(host) and password_path(port).is_file():
        return password_in(password_path(port))
    raise UsageError(
        f"the password of {SCHEME}://{host}:{port} is not known: give it by --password-file, or start a server by "
        "`factorion serve` or `factorion servers up`"
    )
