"""Parameters to and from .safetensors and .npz: one array per name, "layer1.W", "layer1.b", "layer2.W", ..."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from gradref_support.atomic import write_file

from .arrays import Parameters
from .checks import expect
from .errors import DataError, FileError, ShapeError, shown
from .network import Network
from .paths import as_path, writable

__all__ = ["load_arrays", "load_parameters", "save_parameters"]

# the dtypes of safetensors that NumPy has, little-endian
_NUMPY = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1"} | {
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "?",
}  # fmt: skip
_NAME = re.compile(r"layer([1-9]\d{0,5})\.([Wb])")


def save_parameters(path: str | Path, parameters: Parameters) -> None:
    """Write parameters to a .safetensors or .npz file, whole or not at all, float64 or float32 as they are.

    Raises `FileError` for another ending and for a folder that does not exist.
    """
    expect("parameters", parameters, Parameters, "Write Parameters(W, b).")
    arrays = {f"layer{l}.{name}": np.ascontiguousarray(d[l]) for name, d in (("W", parameters.W), ("b", parameters.b)) for l in d}
    with writable(path) as file:
        match file.suffix.lower():
            case ".npz":
                held = BytesIO()
                np.savez(held, allow_pickle=False, **arrays)
                write_file(file, held.getvalue())
            case ".safetensors":
                from safetensors.numpy import save

                write_file(file, save(arrays))
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
            expect("network", network, Network, "Write Network((2, 3, 1), 'tanh').").check(parameters)
    except (ShapeError, DataError) as error:
        raise type(error)(f"{path}: {error}") from None
    return parameters


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """The named arrays of a .npz or .safetensors file; `FileError` when it cannot be read."""
    path = as_path(path)
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
