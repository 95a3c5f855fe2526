"""Networks to and from TOML; parameters to and from .safetensors and .npz.

Parameter files hold one array per name: "layer1.W", "layer1.b", "layer2.W", ... Every unreadable file raises a `FileError` that
names the file and, in TOML, the line and the field.
"""

import re
import tomllib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from .arrays import Parameters
from .errors import DataError, FileError, ShapeError, SpecificationError, unknown
from .network import Network

__all__ = ["load_parameters", "network_from_toml", "network_to_toml", "save_parameters"]

FIELDS = ("sizes", "activations", "cost", "l2")
_NAME = re.compile(r"layer([1-9]\d*)\.([Wb])")


def network_to_toml(network: Network, path: str | Path | None = None) -> str:
    """The network as TOML text, written to `path` when one is given; `network_from_toml` gives the same network back."""
    names = ", ".join(f'"{name}"' for name in network.activations)
    text = f'sizes = {list(network.sizes)}\nactivations = [{names}]\ncost = "{network.cost}"\nl2 = {network.l2!r}\n'
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def read_text(path: str | Path) -> str:
    """The text of a file; `FileError` when it is missing, a folder or not UTF-8."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileError(f"{path}: must be an existing file, got nothing there. Check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: must be a readable UTF-8 text file, got {type(error).__name__}. Check the file.") from None


def network_from_toml(path: str | Path) -> Network:
    """The network in a TOML file with `sizes`, `activations`, `cost` and optionally `l2`; `FileError` otherwise."""
    text = read_text(path)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{path}: must be valid TOML, got: {error}. Correct that line.") from None
    for key in table:
        if key not in FIELDS:
            raise FileError(f"{path}, line {_line_of(text, key)}: {unknown('network', 'field', key, list(FIELDS))}")
    for key in ("sizes", "activations"):
        if key not in table:
            example = 'sizes = [784, 30, 10]\nactivations = ["relu", "softmax"]\ncost = "cross_entropy"'.splitlines()
            raise FileError(f"{path}: field '{key}' must be present, got none. Add a line like: {example[key == 'activations']}")
    for key, kinds, wanted in (
        ("sizes", list, "a list of whole numbers"),
        ("activations", (list, str), "a list of names"),
        ("cost", str, "a name in quotes"),
        ("l2", (int, float), "a number"),
    ):
        if key in table and (not isinstance(table[key], kinds) or isinstance(table[key], bool)):
            raise FileError(
                f"{path}, line {_line_of(text, key)}: field '{key}' must be {wanted}, got {table[key]!r}. Correct its type."
            )
    try:
        return Network(**table)
    except (SpecificationError, TypeError) as error:
        field = next((key for key in FIELDS if str(error).startswith(key) or str(error).startswith(key[:-1])), "sizes")
        raise FileError(f"{path}, line {_line_of(text, field)}: {error}") from None


def _line_of(text: str, key: str) -> int:
    """Number of the line where a top-level key is set; 1 if it cannot be found."""
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*[\[\"']*{re.escape(key)}\b", line):
            return number
    return 1


def save_parameters(path: str | Path, parameters: Parameters) -> None:
    """Write parameters to a .safetensors or .npz file, float64 or float32 as they are.

    Raises `FileError` for another ending and for a folder that does not exist.
    """
    if not Path(path).parent.is_dir():
        raise FileError(f"{path}: must be in an existing folder, got none called {Path(path).parent}. Make it first.")
    arrays = {f"layer{l}.{name}": np.ascontiguousarray(d[l]) for name, d in (("W", parameters.W), ("b", parameters.b)) for l in d}
    match Path(path).suffix:
        case ".npz":
            np.savez(path, allow_pickle=False, **arrays)
        case ".safetensors":
            from safetensors.numpy import save_file

            save_file(arrays, str(path))
        case other:
            raise FileError(f"{path}: must end in .safetensors or .npz, got '{other}'. Rename the file.")


def load_parameters(path: str | Path, network: Network | None = None) -> Parameters:
    """Parameters from a .safetensors or .npz file.

    Raises `FileError` for a missing, truncated or foreign file, `ShapeError` or `DataError` when the arrays do not fit each
    other (or `network`, if given).
    """
    arrays = load_arrays(path)
    W, b = {}, {}
    for name, array in arrays.items():
        match = _NAME.fullmatch(name)
        if match is None:
            raise FileError(f"{path}: arrays must be named layer1.W, layer1.b, ..., got {name!r}. Rename it.")
        (W if match[2] == "W" else b)[int(match[1])] = array
    try:
        parameters = Parameters(W, b)
        if network is not None:
            network.check(parameters)
    except (ShapeError, DataError) as error:
        raise type(error)(f"{path}: {error}") from None
    return parameters


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """The named arrays of a .npz or .safetensors file; `FileError` when it cannot be read."""
    path = Path(path)
    if not path.is_file():
        raise FileError(f"{path}: must be an existing file, got nothing there. Check the path.")
    try:
        if path.suffix == ".npz":
            # opened here, because np.load leaves the file open when it is not an archive
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        if path.suffix == ".safetensors":
            from safetensors import SafetensorError
            from safetensors.numpy import load_file

            try:
                return load_file(str(path))
            except SafetensorError as error:
                raise ValueError(str(error)) from None
    except (ValueError, OSError, EOFError, KeyError, BadZipFile) as error:
        raise FileError(
            f"{path}: must be a complete {path.suffix} file, got one that cannot be read ({error}). Write or download it again."
        ) from None
    raise FileError(f"{path}: must end in .npz or .safetensors, got '{path.suffix}'. Convert it.")
