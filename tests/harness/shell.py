"""Run programs: quietly, with everything they say in a log, and its end shown when one fails."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.harness import RESULTS, Broken

TAIL_LINES = 40


def say(text: str) -> None:
	print(text, flush=True)


def run(
	command: Sequence[str | Path],
	*,
	cwd: Path | None = None,
	env: Mapping[str, str] | None = None,
	log: str = "commands.log",
	timeout: float | None = 1800,
) -> None:
	"""Run to the end, output into `.test-results/<log>`.

	Raises:
		Broken: it ended with a status other than 0; the last lines of its output have been printed.
	"""
	path = RESULTS / log
	path.parent.mkdir(exist_ok=True)
	start = path.stat().st_size if path.exists() else 0
	with path.open("ab") as output:
		output.write(f"$ {' '.join(map(str, command))}\n".encode())
		output.flush()
		try:
			status = subprocess.run(
				list(map(str, command)),
				cwd=cwd,
				env=_environment(env),
				stdin=subprocess.DEVNULL,
				stdout=output,
				stderr=subprocess.STDOUT,
				timeout=timeout,
			).returncode
		except subprocess.TimeoutExpired:
			status = f"no end after {timeout:g} s"
		except OSError as error:
			status = str(error)
	if status != 0:
		show_end_of(log, start)
		raise Broken(f"`{_short(command)}` failed ({status}); see {path.relative_to(RESULTS.parent)}")


def stream(
	command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> None:
	"""Run to the end with its output shown as it comes.

	Raises:
		Broken: it ended with a status other than 0.
	"""
	words = list(map(str, command))
	status = subprocess.call(words, cwd=cwd, env=_environment(env), stdin=subprocess.DEVNULL)
	if status != 0:
		raise Broken(f"`{_short(command)}` failed ({status})")


def show_end_of(log: str, start: int = 0) -> None:
	"""Print the last lines of a log to stderr; progress bars in their last state."""
	text = (RESULTS / log).read_bytes()[start:].decode("utf-8", "replace")
	lines = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
	print("\n".join(lines[-TAIL_LINES:]), file=sys.stderr)


def answer(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None):
	"""What a program prints, stripped; None when it cannot be run or fails."""
	try:
		done = subprocess.run(
			list(map(str, command)),
			cwd=cwd,
			env=_environment(env),
			stdin=subprocess.DEVNULL,
			capture_output=True,
			text=True,
			timeout=120,
		)
	except (OSError, subprocess.TimeoutExpired):
		return None
	return done.stdout.strip() if done.returncode == 0 else None


def start(command: Sequence[str | Path], log: Path, **kwargs) -> subprocess.Popen:
	"""Start a program that outlives this one or is ended by its caller; it holds none of our pipes."""
	log.parent.mkdir(parents=True, exist_ok=True)
	kwargs["env"] = _environment(kwargs.get("env"))
	with log.open("ab") as output:
		return subprocess.Popen(
			list(map(str, command)),
			stdin=subprocess.DEVNULL,
			stdout=output,
			stderr=subprocess.STDOUT,
			start_new_session=True,
			**kwargs,
		)


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
	"""One process at a time; the others wait, and say so."""
	lock.parent.mkdir(parents=True, exist_ok=True)
	with lock.open("w") as file:
		try:
			fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			say(f"waiting for another run to finish ({lock.name}) …")
			fcntl.flock(file, fcntl.LOCK_EX)
		yield


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
	return {**os.environ, "PYTHONUNBUFFERED": "1", **(extra or {})}


def _short(command: Sequence[str | Path]) -> str:
	words = [Path(word).name if isinstance(word, Path) else str(word) for word in command]
	return " ".join(words[:6]) + (" …" if len(words) > 6 else "")
