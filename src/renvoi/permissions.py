"""Keep the files of an installation their owner's alone, whatever the umask with which a process was started.

They hold accounts, secrets and what was recorded of visitors. A new file is created with the mode 0600, a new folder
with 0700. Files that an older version or another program left open to others are listed by `exposed_files`.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def set_private_umask() -> None:
    """Create all further files of this process for its owner alone."""
    os.umask(_OTHERS)


def default_file_mode() -> int:
    """Return the mode that a new file of this process gets by default, according to its umask."""
    umask = os.umask(_OTHERS)
    os.umask(umask)
    return 0o666 & ~umask


def create_folder(path: Path) -> None:
    """Create a folder, with its parents, for its owner alone. One that exists is left as it is. Raises OSError."""
    if not path.is_dir():
        # Path.mkdir() would create the parents with the default mode.
        create_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)


def private_opener(path: str, flags: int) -> int:
    """Create or open a file for its owner alone: the argument `opener` of `open`."""
    return os.open(path, flags, FILE_MODE)


def replace_file(path: Path, content: bytes, *, durable: bool) -> None:
    """Replace the file at `path` in one step, if `durable` once its content is on disk. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb", opener=private_opener) as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def exposed_files(*roots: Path) -> Iterator[Path]:
    """Yield each file and folder, from these roots on down, that anybody but its owner can access.

    Links are not followed. What can't be examined, or vanishes meanwhile, is left out.
    """
    for root in roots:
        if _is_exposed(root):
            yield root
        if not root.is_symlink():
            for folder, folders, files in os.walk(root):
                yield from (path for name in (*folders, *files) if _is_exposed(path := Path(folder, name)))


def close_to_others(path: Path) -> None:
    """Take the access of the group and of all others to a file or folder away. Raises OSError."""
    path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~_OTHERS)


def _is_exposed(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return bool(mode & _OTHERS) and not stat.S_ISLNK(mode)
