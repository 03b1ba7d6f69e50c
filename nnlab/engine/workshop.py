"""Workshop: sets programs up, and has the next one compiled while the present one runs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from nnlab.engine.ahead import AtOnce, Later
from nnlab.engine.devices import cores
from nnlab.engine.faults import check_memory
from nnlab.engine.machines import Machine
from nnlab.engine.planner import Program
from nnlab.engine.programs import Compiled, compiled_program, on_all_devices
from nnlab.engine.task import Bench, Job, Task
from nnlab.study import Inputs

__all__ = ["Workshop", "overlaps"]


def overlaps(machine: Machine) -> bool:
    """Whether to compile the next program while one runs: where that takes nothing from it.

    With a device on every core there is no core to spare, and the threads of both get in each
    other's way: on two cores, four programs of 2 to 5 s took 43 and 53 s with it, 28 and 41 s
    without.
    """
    return machine.kind != "cpu" or cores() > machine.devices


class Workshop:
    """Makes the bench of a task; with `overlap`, at most one other program is compiled ahead."""

    def __init__(self, job: Job, inputs: Inputs, overlap: bool) -> None:
        self._job, self._inputs, self._overlap = job, inputs, overlap
        self._ahead: dict[Task, Later[Compiled]] = {}
        self._loaded: tuple[Any, Any] = (None, None)

    def bench(self, task: Task, following: Iterable[Task]) -> Bench:
        """Data, code and a blank state; then the first of `following` that can run is begun.

        Raises what compiling raises, and `OutOfMemory` where the program is too large.
        """
        self._job.reporter.compiling(task.number, task.program)
        data = self._data(task.program)
        making = self._ahead.pop(task, None) or AtOnce(self._compile(task.program, data))
        try:
            compiled = making.result()
        finally:
            task.compile_seconds += making.seconds
            task.waited += making.waited
        check_memory(compiled.segment, task.program.lanes)
        bench = Bench(compiled, data, compiled.blank())
        self._begin(following)
        return bench

    def _begin(self, following: Iterable[Task]) -> None:
        self._ahead = {task: making for task, making in self._ahead.items() if not task.over}
        if not self._overlap or self._ahead:
            return
        task = next(filter(self._can_run, following), None)
        if task is not None:
            self._ahead[task] = Later(self._compile(task.program, self._data(task.program)))

    def _can_run(self, task: Task) -> bool:
        free, names = self._job.reservations.free, self._job.names
        return any(free(names(task.program, chunk).values()) for chunk in task.left)

    def _compile(self, program: Program, data: Any) -> partial[Compiled]:
        return partial(compiled_program, self._job.request.study, program, data)

    def _data(self, program: Program) -> Any:
        """The program's data on all devices; programs that share it share the copy."""
        tree = self._inputs.of(program.cells[0]).tree
        if self._loaded[1] is None or self._loaded[0] is not tree:
            self._loaded = (tree, on_all_devices(tree))
        return self._loaded[1]
