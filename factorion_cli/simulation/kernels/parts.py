"""How kernels and their parts are compiled: functions that Python calls, and those that are put into them.

numba optimises every compiled function together with all that it calls and makes machine code of it, and does so once
more for whatever calls it in turn. Of a part nobody ever runs that code: so a part stays as it was lowered, and what is
optimised is the whole kernel, once (docs/decisions/0008).

A part is compiled once for all constants and widths of integers that it is called with, as for 64 bits. In a kernel
that is optimised as a whole, constants are constants again.

No index in a kernel is negative, and none is looked at twice to see whether it counts from the end: the flow engine is
an eighth faster for that. `make bounds` runs the tests with every index checked.
"""

from typing import Any

from numba import types
from numba.core import ir
from numba.core.codegen import CodeLibrary, JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, PassManager, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import NativeLowering, NopythonRewrites, NopythonTypeInference
from numba.core.untyped_passes import InlineClosureLikes

_LEFT_OUT = {NativeLowering, InlineClosureLikes, NopythonRewrites}
"""Steps of compiling: the one that makes machine code; and parts have no closures and no whole-array expressions."""


class _Library(JITCodeLibrary):  # type: ignore[misc]  # numba has no types
    """What one part was lowered to; what it calls is linked into the kernel beside it, not into it."""

    def finalize(self) -> None:
        """Nothing is optimised here and nothing becomes machine code."""
        self._raise_if_finalized()
        self._finalized = True

    def with_all_it_calls(self) -> tuple[CodeLibrary, ...]:
        """What a kernel links in to call this part. Callers come first: LLVM drops what nothing has called yet."""
        return (self, *dict.fromkeys(self._linking_libraries))


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(NativeLowering):  # type: ignore[misc]
    """Lowers a part into a library of its own kind and lets other functions call it."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        """As numba's own pass, but for machine code and whatever Python would need to call it."""
        state.library = _Library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        lowered = state["cr"]
        name = lowered.fndesc.mangled_name
        state.targetctx.insert_user_function(name, lowered.fndesc, state.library.with_all_it_calls())
        state["cr"] = lowered._replace(cfunc=name)
        return True


def _unsigned(index: types.Type) -> types.Type:
    """The type of an index as that of one that is never negative; slices stay what they are."""
    if isinstance(index, types.Integer):
        return types.uint64
    if isinstance(index, types.BaseTuple):
        return types.Tuple([_unsigned(part) for part in index])
    return index


@register_pass(mutates_CFG=False, analysis_only=False)
class _UnsignedIndices(FunctionPass):  # type: ignore[misc]
    """Takes every index as it is: those that count from the end, as Python's negative ones, are not allowed for."""

    _name = "unsigned_indices"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Change the types as which arrays are indexed."""
        for place, signature in list(state.calltypes.items()):
            reads = isinstance(place, ir.Expr) and place.op in ("getitem", "static_getitem")
            if signature and (reads or isinstance(place, ir.SetItem | ir.StaticSetItem)):
                array, index, *rest = signature.args
                if isinstance(array, types.Array):
                    del state.calltypes[place]
                    state.calltypes[place] = signature.replace(args=(array, _unsigned(index), *rest))
        return True


class KernelCompiler(CompilerBase):  # type: ignore[misc]
    """numba's compiler for what Python calls."""

    def define_pipelines(self) -> list[PassManager]:
        """The one way to compile a kernel."""
        steps = DefaultPassBuilder.define_nopython_pipeline(self.state)
        steps.add_pass_after(_UnsignedIndices, NopythonTypeInference)
        steps.finalize()
        return [steps]


class _PartCompiler(CompilerBase):  # type: ignore[misc]
    """numba's compiler with the lowering of parts in place of its own."""

    def define_pipelines(self) -> list[PassManager]:
        """The one way to compile a part."""
        steps = DefaultPassBuilder.define_nopython_pipeline(self.state)
        steps.add_pass_after(_UnsignedIndices, NopythonTypeInference)
        steps.add_pass_after(_PartLowering, NativeLowering)
        steps.passes = [step for step in steps.passes if step[0] not in _LEFT_OUT]
        steps.finalize()
        return [steps]


def _plain(kind: types.Type) -> types.Type:
    """The type as which a part takes an argument."""
    kind = types.unliteral(kind)
    return types.int64 if isinstance(kind, types.Integer) and kind.signed else kind


class Part(CPUDispatcher):  # type: ignore[misc]
    """A function that only compiled functions can call."""

    def __init__(self, function: Any, **options: Any) -> None:
        super().__init__(function, targetoptions={"nopython": True, **options}, pipeline_class=_PartCompiler)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """How it is called with arguments of these types; compiles it if need be."""
        _, args = self._compiler.fold_argument_types(args, kws)
        return super().get_call_template(tuple(map(_plain, args)), {})

    def add_overload(self, cres: Any) -> None:
        """Remember what was compiled, without a way in for Python."""
        self.overloads[tuple(cres.signature.args)] = cres
