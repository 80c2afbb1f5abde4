"""The consumers, each a real program that runs its example: `with start(...) as judge`.

`judge(token)` returns why the token is refused, and an empty text for an accepted one.
"""

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Final

import jwt
from django.core.management import call_command
from joserfc.errors import JoseError

from django_jwtkit.errors import TokenError
from tests.consumers.examples import ROOT, example
from tests.consumers.tls import tls_front
from tests.support import services

Judge = Callable[[str], str]

NODE_FOLDER: Final = Path(os.environ.get("JWTKIT_NODE", ROOT / ".tox" / "node"))
NODE_PACKAGES: Final = (
    *("jose", "jsonwebtoken", "jwks-rsa", "express", "express-jwt", "express-oauth2-jwt-bearer"),
    *("fastify", "@fastify/jwt", "get-jwks", "openid-client"),
)
APACHE_MODULES: Final = Path("/usr/lib/apache2/modules")
RABBITMQ: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one on the path changes the user
START_UP: Final = 90  # seconds, on a very busy machine


@contextmanager
def python(heading: str, issuer: str, folder: Path) -> Iterator[Judge]:
    """A Python service: `verify(token)`."""
    module = ModuleType("example")
    text = example(heading, issuer).replace('jwks.json", alg', 'jwks.json", private_addresses=True, alg')
    exec(compile(text, str(folder / "example.py"), "exec"), vars(module))

    def judge(token: str) -> str:
        try:
            assert module.verify(token)["sub"]
        except (jwt.PyJWTError, JoseError, TokenError) as error:
            return repr(error)
        return ""

    yield judge


@contextmanager
def node(heading: str, issuer: str, folder: Path) -> Iterator[Judge]:
    """A module of node: `verify(token)`, or an app of express or fastify."""
    with module_of_node(example(heading, issuer), folder) as ask:

        def judge(token: str) -> str:
            answer = ask(token)
            assert "fault" not in answer, answer
            return answer.get("refused", "")

        yield judge


@contextmanager
def module_of_node(text: str, folder: Path) -> Iterator[Callable[[str], dict[str, str]]]:
    """Run `text`, a module, and yield a function that hands it a token."""
    (folder / "node_modules").symlink_to(node_packages())
    file = folder / "example.mjs"
    file.write_text(text)
    command = ["node", str(ROOT / "tests" / "consumers" / "node" / "consumers.mjs")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, encoding="utf-8", **pipes) as process:

        def ask(token: str) -> dict[str, str]:
            process.stdin.write(json.dumps({"file": str(file), "token": token}) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


def node_packages() -> Path:
    """Return the folder of node's packages, or skip the test."""
    folder = NODE_FOLDER / "node_modules"
    if shutil.which("node") is None or not all((folder / name).is_dir() for name in NODE_PACKAGES):
        services.missing(
            f"needs node, and its packages: npm install --prefix {NODE_FOLDER} {' '.join(NODE_PACKAGES)}"
        )
    return folder


@contextmanager
def apache(heading: str, issuer: str, _: Path) -> Iterator[Judge]:
    """Apache in the foreground, with a page at /orders. It fetches keys by TLS alone."""
    program = _program("apache2", "/usr/sbin/apache2")
    if not (APACHE_MODULES / "mod_auth_openidc.so").exists():
        services.missing("needs the Debian package libapache2-mod-auth-openidc")
    port, modules = _free_port(), ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc")
    # Its own user has to read what is there. The folders of pytest are for ours alone.
    with TemporaryDirectory(prefix="jwtkit-apache-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "site").mkdir()
        (folder / "site" / "orders").write_text("orders")
        with tls_front(issuer, folder) as (keys, certificate):
            lines = [
                *(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so" for name in modules),
                *(f"Listen 127.0.0.1:{port}", "ServerName localhost", "User www-data", "Group www-data"),
                *(f"DocumentRoot {folder}/site", f"PidFile {folder}/pid", f"DefaultRuntimeDir {folder}"),
                *(
                    f"ErrorLog {folder}/log",
                    f"OIDCCABundlePath {certificate}",
                    example(heading, issuer, keys),
                ),
            ]
            (folder / "httpd.conf").write_text("\n".join(lines))
            with _running([program, "-f", str(folder / "httpd.conf"), "-DFOREGROUND"], port, folder):
                yield _http_judge(port)


@contextmanager
def haproxy(heading: str, issuer: str, folder: Path) -> Iterator[Judge]:
    """HAProxy, with one line for each key that `export_jwks --pem` has written."""
    call_command("export_jwks", pem=str(folder / "jwt"), json=True, stdout=StringIO())
    lines = []
    for line in example(heading, issuer).splitlines():
        files = (folder / "jwt").glob("*.pem") if "KID.pem" in line else [None]
        lines += [re.sub(r'"[^"]*KID\.pem"', f'"{file}"', line) for file in files]
    lines += ["backend orders", "    mode http", "    http-request return status 200"]
    with run_haproxy("\n".join(lines), folder) as port:
        yield _http_judge(port)


@contextmanager
def run_haproxy(configuration: str, folder: Path) -> Iterator[int]:
    """Run HAProxy, and yield the port that stands for 8080."""
    program, port = _program("haproxy", "/usr/sbin/haproxy"), _free_port()
    lines = ["defaults", *(f"    timeout {name} 5s" for name in ("connect", "client", "server"))]
    lines.append(configuration.replace(":8080", f"127.0.0.1:{port}"))
    (folder / "haproxy.cfg").write_text("\n".join(lines) + "\n")
    with _running([program, "-f", str(folder / "haproxy.cfg"), "-db"], port, folder):
        yield port


@contextmanager
def rabbitmq(heading: str, issuer: str, folder: Path) -> Iterator[Judge]:
    """A node of RabbitMQ of our own, asked by its management API, to which a token is a password."""
    if not RABBITMQ.exists():
        services.missing("needs the Debian package rabbitmq-server")
    port = _free_port()
    with tls_front(issuer, folder) as (keys, certificate):
        lines = [
            example(heading, issuer, keys),
            f"auth_oauth2.https.cacertfile = {certificate}",
            f"listeners.tcp.1 = 127.0.0.1:{_free_port()}",
            *("management.tcp.ip = 127.0.0.1", f"management.tcp.port = {port}"),
        ]
        (folder / "rabbitmq.conf").write_text("\n".join(lines))
        (folder / "plugins").write_text("[rabbitmq_management,rabbitmq_auth_backend_oauth2].")
        paths = {"CONFIG_FILE": "rabbitmq.conf", "ENABLED_PLUGINS_FILE": "plugins", "PID_FILE": "pid"}
        paths |= {"MNESIA_BASE": "database", "LOG_BASE": "logs"}
        environment = {f"RABBITMQ_{variable}": str(folder / path) for variable, path in paths.items()}
        environment |= {"RABBITMQ_NODENAME": f"jwtkit-{port}@localhost", "HOME": str(folder)}
        environment |= {"RABBITMQ_DIST_PORT": str(_free_port())}
        with _running([str(RABBITMQ)], port, folder, environment):
            yield _http_judge(port, "/api/whoami", lambda token: f"Basic {_b64(f'alice:{token}')}")


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _program(name: str, usual: str) -> str:
    program = shutil.which(name) or (usual if Path(usual).exists() else None)
    return program or services.missing(f"needs the Debian package {name}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(
    command: list[str], port: int, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server until the block ends; wait until it listens."""
    log = folder / "output"
    with log.open("wb") as output:
        variables = os.environ | (environment or {})
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=variables, cwd=folder
        )
    try:
        deadline = time.monotonic() + START_UP
        while not _is_listening(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(timeout=START_UP)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _http_judge(
    port: int, path: str = "/orders", authorize: Callable[[str], str] = "Bearer {}".format
) -> Judge:
    def judge(token: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
        request.add_header("Authorization", authorize(token))
        try:
            with urllib.request.urlopen(request, timeout=10):
                return ""
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in {401, 403}:
                    raise
                return str(error)

    return judge
