"""MariaDB and Redis of a bench: started when they are installed and down."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from tests.harness import RESULTS, Unavailable
from tests.harness.shell import answer, say, start

LOCAL = ("127.0.0.1", "localhost", "::1")
PATIENCE = 90  # seconds a database may need to recover after a crash


def ensure(bench: Path, config: dict) -> None:
	"""Have MariaDB and every Redis of the bench's common_site_config.json answer.

	Raises:
		Unavailable: one is down and not installed here, or does not come up.
	"""
	_ensure_mariadb(config.get("db_host") or "127.0.0.1", int(config.get("db_port") or 3306))
	urls = {config.get(key) for key in ("redis_cache", "redis_queue", "redis_socketio")} - {None, ""}
	for url in sorted(urls):
		_ensure_redis(bench, urlsplit(url))


def _ensure_mariadb(host: str, port: int) -> None:
	if _listens(host, port):
		return
	server = shutil.which("mariadbd") or shutil.which("mysqld") or shutil.which("mariadbd", path="/usr/sbin")
	if host not in LOCAL or not server:
		raise Unavailable(f"MariaDB does not answer on {host}:{port} and is not installed here")
	say(f"starting MariaDB on port {port} …")
	for begin in (_start_mariadb_service, _start_mariadb_itself):
		if begin() and _wait_for(lambda: _listens(host, port)):
			return
	raise Unavailable(f"MariaDB does not come up on {host}:{port}; see .test-results/mariadb.log")


def _start_mariadb_service() -> bool:
	for name in ("mariadb", "mysql"):
		if Path(f"/etc/init.d/{name}").exists() or Path(f"/lib/systemd/system/{name}.service").exists():
			sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
			try:
				return start([*sudo, "service", name, "start"], RESULTS / "mariadb.log").wait(PATIENCE) == 0
			except (OSError, subprocess.TimeoutExpired):
				return False
	return False


def _start_mariadb_itself() -> bool:
	program = shutil.which("mariadbd-safe") or shutil.which("mysqld_safe")
	if not program:
		return False
	if os.geteuid() == 0:
		run_folder = Path("/run/mysqld")
		run_folder.mkdir(exist_ok=True)
		shutil.chown(run_folder, "mysql", "mysql")
	start([program, "--user=mysql"], RESULTS / "mariadb.log")
	return True


def _ensure_redis(bench: Path, url) -> None:
	host, port = url.hostname or "127.0.0.1", url.port or 6379
	if _listens(host, port):
		return
	program = shutil.which("redis-server")
	if host not in LOCAL or not program:
		raise Unavailable(f"Redis does not answer on {host}:{port} and is not installed here")
	say(f"starting Redis on port {port} …")
	config = next(
		(file for file in sorted(bench.glob("config/redis_*.conf")) if _port_of(file) == port), None
	)
	options = [config] if config else ["--port", str(port), "--bind", "127.0.0.1", "--save", ""]
	start([program, *options], RESULTS / f"redis-{port}.log", cwd=bench / "config")
	if not _wait_for(lambda: _listens(host, port)):
		raise Unavailable(f"Redis does not come up on {host}:{port}; see .test-results/redis-{port}.log")


def _port_of(config: Path) -> int | None:
	for line in config.read_text().splitlines():
		words = line.split()
		if len(words) == 2 and words[0] == "port":
			return int(words[1])
	return None


def _listens(host: str, port: int) -> bool:
	try:
		with socket.create_connection((host, port), timeout=2):
			return True
	except OSError:
		return False


def _wait_for(ready: Callable[[], bool]) -> bool:
	deadline = time.monotonic() + PATIENCE
	while not ready():
		if time.monotonic() > deadline:
			return False
		time.sleep(0.3)
	return True


def root_password(python: Path, config: dict) -> str:
	"""The password of MariaDB's root, needed to create a site: from the environment, the bench, or the usual one.

	Raises:
		Unavailable: none of them is right.
	"""
	attempt = (
		"import os, sys, pymysql\n"
		"pymysql.connect(host=sys.argv[1], port=int(sys.argv[2]), user='root', password=os.environ['ATTEMPT'])\n"
		"print('right')"
	)
	host, port = config.get("db_host") or "127.0.0.1", str(config.get("db_port") or 3306)
	candidates = (
		os.environ.get("MARIADB_ROOT_PASSWORD"),
		os.environ.get("MYSQL_ROOT_PASSWORD"),
		config.get("root_password"),
		"root",
	)
	for password in filter(None, candidates):
		if answer([python, "-c", attempt, host, port], env={"ATTEMPT": password}) == "right":
			return password
	raise Unavailable("a site cannot be created without MariaDB's root password: set MARIADB_ROOT_PASSWORD")
