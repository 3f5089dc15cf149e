"""Loads packages with coremltools, which rebuilds every operation, and compares the types that it infers with the declared ones.

usage: check_package.py PACKAGE...    exits with 1 if anything is wrong, with 77 if coremltools is not installed
"""

import logging
import os
import sys

logging.disable(logging.WARNING)
try:
    import coremltools as ct
    from coremltools.converters.mil.frontend.milproto import load as milproto
    from coremltools.libmodelpackage import ModelPackage
except ImportError as e:
    print(e)
    sys.exit(77)


def check(package):
    if not ModelPackage.isValid(package):
        yield "not a valid package"
        return
    spec = ct.utils.load_spec(package)
    weights = os.path.join(package, "Data", "com.apple.CoreML", "weights")
    program = milproto.load(spec, specification_version=spec.specificationVersion, file_weights_dir=weights)
    program.validate()
    compared = 0
    for name, function in program.functions.items():
        proto = spec.mlProgram.functions[name]
        block = proto.block_specializations[proto.opset]
        declared = {output.name: output.type for op in block.operations for output in op.outputs}
        for op in function.operations:
            for output in op.outputs:
                kind = declared.get(output.name)
                if kind is None or kind.WhichOneof("type") != "tensorType":
                    continue
                shape = tuple(d.constant.size for d in kind.tensorType.dimensions)
                compared += 1
                if tuple(output.shape) != shape:
                    yield f"{name}: {op.op_type} {output.name} is declared {shape}, inferred {tuple(output.shape)}"
    print(f"{package}: {compared} declared types equal the inferred ones")
    if compared == 0:
        yield "nothing to compare"


problems = []
for path in sys.argv[1:]:
    try:
        problems += [f"{path}: {problem}" for problem in check(path)]
    except Exception as e:
        problems.append(f"{path}: {type(e).__name__}: {e}")
for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
