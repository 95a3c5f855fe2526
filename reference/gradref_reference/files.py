"""Networks to and from TOML; parameters to and from .safetensors and .npz.

Parameter files hold one array per name: "layer1.W", "layer1.b", "layer2.W", ... Every unreadable file raises a `FileError` that
names the file and, in TOML, the line and the field.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import Parameters
from .errors import DataError, FileError, ShapeError, SpecificationError, shown, unknown
from .network import Network

__all__ = ["load_parameters", "network_from_toml", "network_to_toml", "save_parameters"]

FIELDS = ("sizes", "activations", "cost", "l2")
# the dtypes of safetensors that NumPy has, little-endian
_NUMPY = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1"} | {
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "?",
}  # fmt: skip
_NAME = re.compile(r"layer([1-9]\d{0,5})\.([Wb])")


def network_to_toml(network: Network, path: str | Path | None = None) -> str:
    """The network as TOML text, written to `path` when one is given; `network_from_toml` gives the same network back."""
    names = ", ".join(f'"{name}"' for name in network.activations)
    text = f'sizes = {list(network.sizes)}\nactivations = [{names}]\ncost = "{network.cost}"\nl2 = {network.l2!r}\n'
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def read_text(path: str | Path) -> str:
    """The text of a file, without the byte-order mark that Excel and Notepad write; `FileError` when it is missing, a folder or
    not UTF-8.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileError(f"{path}: must be an existing file, got nothing there. Check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: must be a readable UTF-8 text file, got {type(error).__name__}. Check the file.") from None


def network_from_toml(path: str | Path) -> Network:
    """The network in a TOML file with `sizes`, `activations`, `cost` and optionally `l2`; `FileError` otherwise."""
    text = read_text(path)
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise FileError(f"{path}: must be valid TOML, got brackets nested too deeply to read. Write flat lists.") from None
    except ValueError as error:  # TOMLDecodeError, or a number of more digits than Python reads
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
                f"{path}, line {_line_of(text, key)}: field '{key}' must be {wanted}, got {shown(table[key])}. Correct its type."
            )
    try:
        return Network(**table)
    except SpecificationError as error:
        raise FileError(f"{path}, line {_line_of(text, error.field or FIELDS[0])}: {error}") from None


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
    match Path(path).suffix.lower():
        case ".npz":
            with open(path, "wb") as file:  # opened here, because np.savez appends .npz to a name that ends in .NPZ
                np.savez(file, allow_pickle=False, **arrays)
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
            raise FileError(f"{path}: arrays must be named layer1.W, layer1.b, ..., got {shown(name)}. Rename it.")
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
        found = "a folder" if path.is_dir() else "nothing there"
        raise FileError(f"{path}: must be an existing file, got {found}. Check the path.")
    readers = {".npz": _from_npz, ".safetensors": _from_safetensors}
    kind = path.suffix.lower()
    if kind not in readers:
        raise FileError(f"{path}: must end in .npz or .safetensors, got '{path.suffix}'. Convert it.")
    try:
        return readers[kind](path)
    except FileError:
        raise
    except Exception as error:  # zipfile, zlib, NumPy and safetensors fail in a dozen ways on damaged bytes
        reason = " ".join(str(error).split())
        raise FileError(
            f"{path}: must be a complete {kind} file, got one that cannot be read ({reason}). Write or download it again."
        ) from None


def _from_npz(path: Path) -> dict[str, np.ndarray]:
    # opened here, because np.load leaves the file open when it is not an archive
    with path.open("rb") as file:
        archive = np.load(file, allow_pickle=False)
        if isinstance(archive, np.ndarray):
            raise FileError(f"{path}: must hold named arrays, got a single one, as in a .npy file. Write it with np.savez.")
        with archive:
            return {name: archive[name] for name in archive.files}


def _from_safetensors(path: Path) -> dict[str, np.ndarray]:
    from safetensors import deserialize

    return {name: _from_tensor(path, name, tensor) for name, tensor in deserialize(path.read_bytes())}


def _from_tensor(path: Path, name: str, tensor: dict[str, Any]) -> np.ndarray:
    kind = tensor["dtype"]
    if kind == "BF16":  # the upper half of a float32
        upper = np.frombuffer(tensor["data"], "<u2").astype(np.uint32)
        with np.errstate(invalid="ignore"):  # a signalling NaN; NaN is refused where the numbers are used
            array = (upper << 16).view(np.float32).astype(np.float64)
    elif kind in _NUMPY:
        array = np.frombuffer(tensor["data"], _NUMPY[kind])
    else:
        raise FileError(f"{path}: {name} must be in one of {', '.join(_NUMPY)}, BF16, got {kind}. Convert it to float32 first.")
    return array.reshape(tensor["shape"])
